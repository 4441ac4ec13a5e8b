"""The file as a whole: its sections and comments, what the check refuses, limits, and the report."""

from __future__ import annotations

import pytest

from server.tag_manager import product
from server.tag_manager.product import OwnFaultError, imported, mistakes
from server.tag_manager.reading import ExportError, read
from server.tag_manager.report import as_json, as_text
from tests.server.tag_manager import given
from tests.server.tag_manager.building import (
    client,
    condition,
    constant,
    event_data,
    export,
    importing,
    tag,
    template,
    told,
    trigger,
    variable,
    written,
)

SERVER = {"cookieManagement": "server", "migrateFromJsClientId": True}


def test_sections_have_an_order_and_a_blank_line_between() -> None:
    rows = [{"fieldName": name, "value": f"{{{{{name}}}}}"} for name in ("k", "Debug Mode")]
    made = importing(
        client=[client()],
        variable=[constant("k", "v")],
        trigger=[trigger("t", condition("EQUALS", "{{_event}}", "a"))],
        tag=[tag(values={"eventParameters": rows}, firingTriggerId=["1"])],
    )
    assert made.text == (
        "# Imported by `tagyard import` from GTM-EX0, version 5.\n"
        "# A line that begins with `# --` says why the lines after it, which begin with `#`, are a comment.\n"
        "\n"
        "environment:\n"
        '  GTM_DEBUG_MODE: "false"\n'
        "\n"
        "clients:\n"
        "  ga4:\n"
        "    type: ga4\n"
        "    note: GA4\n"
        "\n"
        "variables:\n"
        "  k: v\n"
        "\n"
        "triggers:\n"
        "  t: {event: [a]}\n"
        "\n"
        "tags:\n"
        "  tag:\n"
        "    type: ga4\n"
        "    note: Tag\n"
        "    triggers: [t]\n"
        '    parameters: {set: {k: "{{ var.k }}", Debug Mode: "{{ env.GTM_DEBUG_MODE }}"}}\n'
    )


def test_what_is_approximated_says_so_above_it() -> None:
    made = importing(client=[client(values={**SERVER, "cookieSamesite": "none"})])
    assert "clients:\n  # -- approximated: SameSite is Lax, not none\n  ga4:\n" in made.text


def test_what_was_added_says_so_above_it() -> None:
    assert "clients:\n  # -- added: a file needs a client\n  ga4:\n" in importing().text


def test_comments_stand_after_what_is_live() -> None:
    made = importing(client=[client("odd", "odd"), client("web")])
    text = made.text.partition("clients:\n")[2]
    assert text.index("  web:") < text.index("  #odd:")


def test_a_file_without_names_is_from_a_container() -> None:
    data = export().replace(b'"publicId": "GTM-EX0", ', b"").replace(b'"containerVersionId": "5"', b'"x": 1')
    assert imported(read(data)).text.startswith("# Imported by `tagyard import` from a container, version 0.\n")


def test_a_public_id_of_several_lines_is_one() -> None:
    text = imported(read(export().replace(b"GTM-EX0", b"GTM\\n\\nclients: {}"))).text
    assert text.startswith("# Imported by `tagyard import` from GTM clients: {}, version 5.\n")


def test_a_section_of_comments_alone_is_one_itself() -> None:
    made = importing(variable=[constant("k", "v")], tag=[tag(type="odd", values={"a": "{{k}}"})])
    assert "\n#variables:\n  # -- only what is a comment uses it\n  #k: v\n" in made.text
    assert "\ntags:\n  # -- no tag for the tag type odd\n  #tag:\n" in made.text
    assert mistakes(made.text) == []


def test_comments_can_be_taken_in() -> None:
    made = importing(
        client=[client("odd", "odd", {"a": "b"})],
        variable=[constant("k", "v")],
        tag=[tag(type="odd", values={"a": "{{k}}", "rows": [{"name": "n", "value": "v"}], "list": [{"a": "b", "c": "d"}]})],
    )
    file = given.values(given.uncommented(made.text))
    assert file == {
        "clients": {"odd": {"type": "unknown", "settings": {"a": "b"}}},
        "variables": {"k": "v"},
        "tags": {
            "tag": {
                "type": "unknown",
                "note": "Tag",
                "triggers": ["all"],
                "settings": {"a": "{{ var.k }}", "rows": {"n": "v"}, "list": [{"a": "b", "c": "d"}]},
            }
        },
    }


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([{"name": "a", "value": "b"}], {"a": "b"}),
        ([{"key": "a", "value": "b"}, {"key": "c", "value": "d"}], {"a": "b", "c": "d"}),
        ([{"name": "a", "value": "b"}, {"name": "a", "value": "c"}], [{"name": "a", "value": "b"}, {"name": "a", "value": "c"}]),
        ([{"name": "a", "value": "b", "more": "c"}], [{"name": "a", "value": "b", "more": "c"}]),
        ([{"name": "{{x}}", "value": "b"}], [{"name": "{{ event.y }}", "value": "b"}]),
        ([], []),
        (["a", "b"], ["a", "b"]),
    ],
)
def test_a_table_of_names_and_values_is_a_mapping(rows: object, expected: object) -> None:
    made = importing(variable=[event_data("x", "y")], tag=[tag(type="odd", values={"table": rows})])
    assert given.values(given.uncommented(made.text))["tags"]["tag"]["settings"] == {"table": expected}


def test_a_variable_that_the_check_refuses_is_left_out_and_what_needs_it_says_why() -> None:
    long = constant("k", "{% x " * 20_000)
    made = importing(variable=[long], tag=[tag(values={"eventParameters": [{"fieldName": "p", "value": "{{k}}"}]})])
    ((status, key, reasons),) = told(made, "variable")
    assert (status, key) == ("skipped", None)
    assert "characters" in reasons[0]
    ((status, key, reasons),) = told(made, "tag")
    assert (status, key) == ("approximated", "tag")
    assert reasons[0].startswith("p is left out: ")
    assert mistakes(made.text) == []


def test_a_trigger_that_the_check_refuses_matches_nothing_and_holds_back_always() -> None:
    long = trigger("long", *[condition("EQUALS", "{{x}}", "y" * 70_000)])
    made = importing(
        variable=[event_data("x", "x")],
        trigger=[long, trigger("t", condition("EQUALS", "{{_event}}", "a"))],
        tag=[tag("held", firingTriggerId=["2"], blockingTriggerId=["1"]), tag("fires", firingTriggerId=["1"])],
    )
    ((status, _, reasons), _) = told(made, "trigger")
    assert status == "skipped"
    assert reasons[0].startswith("matches nothing: ")
    file = given.values(made.text)
    assert file["tags"]["held"]["paused"] is True
    assert file["triggers"]["long"] == {"when": False}


def test_a_tag_that_the_check_refuses_is_a_comment() -> None:
    made = importing(tag=[tag("t", {"eventName": "{% x " * 20_000}), tag("u")])
    ((status, key, _), other) = told(made, "tag")
    assert (status, key) == ("skipped", "t")
    assert other == ("imported", "u", [])
    assert given.values(made.text)["tags"].keys() == {"u"}


def test_what_nobody_is_to_blame_for_is_a_fault_of_ones_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(product, "file_of", lambda *_: "clients: [")
    with pytest.raises(OwnFaultError, match="a fault of Tagyard's"):
        imported(read(export()))


def test_a_result_over_the_products_limits_is_refused() -> None:
    many = [
        tag(f"t{at}", {"eventParameters": [{"fieldName": f"p{row}", "value": "v"} for row in range(60)]}) for at in range(500)
    ]
    with pytest.raises(ExportError, match=r"^becomes a file that has more than 50000 values$"):
        imported(read(export(tag=many)))
    with pytest.raises(ExportError, match=r"^becomes a file that is larger than 1 MiB$"):
        imported(read(export(tag=[tag(f"t{at}", notes="n" * 9_000) for at in range(200)])))


def test_a_long_row_of_variables_is_no_fault() -> None:
    row = [event_data("v0", "x")]
    row += [variable(f"v{at}", "smm", {"input": f"{{{{v{at - 1}}}}}"}) for at in range(1, 200)]
    made = importing(variable=row, tag=[tag(values={"eventParameters": [{"fieldName": "p", "value": "{{v199}}"}]})])
    assert mistakes(made.text) == []
    assert told(made, "tag") == [("approximated", "tag", ["p is left out: needs v198, which was not imported"])]


def test_kinds_that_nobody_knows_have_a_line_each() -> None:
    made = importing(
        zone=[{"name": "z"}],
        gtagConfig=[{"type": "x", "name": "g"}],
        newThing=[{"name": "n"}],
        customTemplate=[template("t")],
        folder=[{"name": "f", "folderId": "1"}],
    )
    assert [(each.entity.kind, each.status, each.reasons) for each in made.report.outcomes] == [
        ("template", "unused", ["nothing uses it"]),
        ("folder", "imported", ["stands before the names in `note`"]),
        ("zone", "skipped", ["has no counterpart"]),
        ("gtag_config", "skipped", ["has no counterpart"]),
        ("new_thing", "skipped", ["has no counterpart"]),
    ]


def test_a_folder_and_notes_stand_in_the_note() -> None:
    file = written(
        folder=[{"name": "Shop", "folderId": "7"}],
        client=[client("GA4", parentFolderId="7", notes="two\nlines"), client("ga4_2"), client("b", parentFolderId="8")],
    )
    assert {key: each.get("note") for key, each in file["clients"].items()} == {
        "ga4": "Shop / GA4: two lines",
        "ga4_2": None,
        "b": None,
    }


def test_a_note_names_no_secret_of_the_environment() -> None:
    file = written(client=[client("a", notes="${HOME} costs {{ braces")])
    assert file["clients"]["a"]["note"] == "a: $ {HOME} costs {{ braces"
    assert written(client=[client("a", notes="${HOME}")])["clients"]["a"]["note"] == "a: $${HOME}"


def test_the_report_has_a_table_lines_and_what_to_do() -> None:
    made = importing(client=[client("web", values={**SERVER, "cookieSamesite": "none"})], variable=[constant("k", "v")])
    assert list(as_text(made.report, "my.yaml")) == [
        "                      imported  approximated       skipped        unused",
        "client                       0             1             0             0",
        "variable                     0             0             0             1",
        "",
        "approximated  client          web                          «web»: SameSite is Lax, not none",
        "unused        variable        -                            «k»: nothing uses it",
        "",
        "Next: put the secrets into .env, from .env.example",
        "      name your `measurement_ids` on the clients, and `trusted_proxies` under `server`",
        "      tagyard check my.yaml",
    ]


def test_the_report_of_an_empty_container_is_complete() -> None:
    made = importing()
    assert made.report.complete
    assert as_json(made.report) == {
        "container": "GTM-EX0",
        "version": "5",
        "entities": [],
        "counts": {"imported": {}, "approximated": {}, "skipped": {}, "unused": {}},
        "secrets": [],
        "added": ["client ga4: a file needs a client"],
    }


@pytest.mark.parametrize(
    ("entities", "complete"),
    [
        ({"client": [client()]}, True),
        ({"variable": [constant("k", "v")]}, True),
        ({"zone": [{"name": "z"}]}, False),
        ({"client": [client(values={"activateDefaultPaths": False})]}, False),
    ],
)
def test_a_report_is_complete_where_nothing_was_approximated_or_skipped(
    entities: dict[str, list[object]], complete: bool
) -> None:
    assert importing(**entities).report.complete is complete


def test_what_a_reason_quotes_begins_no_line_of_the_file() -> None:
    odd = "6\n  mine: {type: ga4}\n#"
    made = importing(
        tag=[tag(blockingTriggerId=[odd], firingTriggerId=[odd], consentSettings={"consentStatus": "NEEDED"})],
        builtInVariable=[{"type": odd, "name": "b"}],
        variable=[variable("v", odd)],
    )
    assert list(given.values(made.text)["tags"]) == ["tag"]
    assert all(reason.isprintable() for each in made.report.outcomes for reason in each.reasons)
