"""The file as a whole: what it needs, what it may leave out, a folder of files, and that nothing in it makes ``load`` raise."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config import Loaded, SourceFile, load
from core.registry import Registry

Check = Callable[..., Loaded]
Said = Callable[..., list[str]]
GOLDEN = [file.read_text() for file in sorted((Path(__file__).parent / "golden").glob("*.txt"))]


def good(loaded: Loaded) -> Any:
    assert [str(problem) for problem in loaded.problems if problem.severity == "error"] == []
    assert loaded.settings is not None
    return loaded.settings


def test_only_clients_and_tags_are_needed(check: Check) -> None:
    read = good(check("clients: {ga4: {measurement_ids: [G-1]}}\ntags: {ga4: {}}"))
    assert (read.clients["ga4"].settings.measurement_ids, read.tags["ga4"].settings.triggers) == (["G-1"], ["all"])
    assert (read.transformations, read.variables, read.triggers, read.consent, read.exceptions) == ({}, {}, {}, {}, [])
    assert (str(read.server.listen), str(read.server.admin)) == ("0.0.0.0:8080", "127.0.0.1:8081")
    assert (read.outbox.folder, read.outbox.max_age) == ("data", 259_200)


@pytest.mark.parametrize(
    ("text", "missing"),
    [("", ["clients", "tags"]), ("clients: {ga4: {measurement_ids: a}}", ["tags"]), ("tags: {ga4: {}}", ["clients"])],
)
def test_without_them_there_is_nothing_to_do(check: Check, text: str, missing: list[str]) -> None:
    said = [str(problem) for problem in check(text).problems]
    assert said == [f"a.yaml:1:1: {name} is missing: name at least one, such as `{name}: {{ga4: {{}}}}`" for name in missing]


def test_a_component_is_of_the_type_it_names_or_else_of_its_own_name(check: Check) -> None:
    read = good(
        check("clients: {web: {type: ga4, measurement_ids: a}}\ntags: {ga4: , hook: {url: x}, other: {type: hook, url: y}}")
    )
    assert [(each.name, each.kind, each.type) for each in (*read.clients.values(), *read.tags.values())] == [
        ("web", "client", "ga4"),
        ("ga4", "tag", "ga4"),
        ("hook", "tag", "hook"),
        ("other", "tag", "hook"),
    ]
    assert isinstance(read.tags["other"].settings, read.tags["other"].component.Settings)


def test_everything_is_in_the_order_of_the_file(check: Check) -> None:
    read = good(check("clients: {ga4: {}}\ntags: {z: {type: ga4}, a: {type: ga4}, m: {type: ga4}}"))
    assert list(read.tags) == ["z", "a", "m"]


def test_a_single_value_stands_for_a_list(check: Check) -> None:
    text = """
clients: {ga4: {measurement_ids: G-1}}
tags: {ga4: {triggers: a, exceptions: b, consent: ad_storage, parameters: {exclude: x}}}
triggers: {a: {event: purchase, client: ga4, when: event.a == 1}, b: {}}
transformations: {exclude: {parameters: x, tags: ga4}}
exceptions: b
"""
    read = good(check(text))
    tag = read.tags["ga4"].settings
    assert (tag.triggers, tag.exceptions, tag.consent, tag.parameters.exclude) == (["a"], ["b"], ["ad_storage"], ["x"])
    assert (read.triggers["a"].event, read.triggers["a"].client, read.exceptions) == (["purchase"], ["ga4"], ["b"])
    assert read.transformations["exclude"].settings.tags == ["ga4"]


def test_a_note_is_allowed_on_every_component(check: Check) -> None:
    text = """
clients: {ga4: {measurement_ids: a, note: one}}
tags: {ga4: {note: "{{ two }}"}}
transformations: {exclude: {parameters: a, note: three}}
"""
    loaded = check(text)
    assert loaded.problems == ()
    read = good(loaded)
    assert [each["note"] for each in ({"note": c.settings.note} for c in (*read.clients.values(), *read.tags.values()))] == [
        "one",
        "{{ two }}",
    ]


def test_consent_and_variables_are_handed_on(check: Check) -> None:
    variables = "variables: {a: '{{ var.b }}', b: [1], c: {lookup: x, map: {x: 1}}}"
    read = good(check(f"clients: {{ga4: }}\ntags: {{ga4: }}\nconsent: {{ad_storage: granted}}\n{variables}"))
    assert read.consent["ad_storage"].evaluate(None) == "granted"
    assert list(read.variables) == ["a", "b", "c"]


def test_a_folder_is_one_configuration(check: Check) -> None:
    read = good(
        check(
            "clients: {ga4: }\nserver: {listen: '0.0.0.0:80'}\nexceptions: [a]\nvariables:\ntriggers: {a: {}}",
            "tags: {ga4: {triggers: b}}\nserver: {max_body: 2 MiB}\nexceptions: [b]",
            "triggers: {b: {}}\nvariables: {v: 1}\ntags:\n",
        )
    )
    assert (read.server.listen.port, read.server.max_body) == (80, 2 << 20)
    assert (list(read.triggers), list(read.variables), read.exceptions) == (["a", "b"], ["v"], ["a", "b"])


def test_a_name_given_twice_in_a_folder_names_both_places(check: Check) -> None:
    loaded = check(
        "clients: {ga4: }\ntags: {ga4: {}}\nserver: {max_body: 1 MiB}\nexceptions: []",
        "tags: {ga4: {}}\nserver:\n  max_body: 2 MiB\nexceptions: a",
    )
    assert [str(problem) for problem in loaded.problems if problem.severity == "error"] == [
        "b.yaml:1:8: tags.ga4: ga4 is given twice; the first is at a.yaml:2:8",
        "b.yaml:3:3: server.max_body: max_body is given twice; the first is at a.yaml:3:10",
        "b.yaml:4:1: exceptions: exceptions is given twice; the first is at a.yaml:4:1",
    ]
    assert loaded.settings is None


def test_problems_of_several_files_name_theirs(check: Check) -> None:
    loaded = check("clients: {ga4: {x: 1}}", "tags: {ga4: {triggers: [nobody]}}\n", "triggers: {a: {b: 1}}")
    assert [(problem.file, problem.line) for problem in loaded.problems] == [("a.yaml", 1), ("b.yaml", 1), ("c.yaml", 1)]


def test_a_file_that_is_no_yaml_hides_no_other_unreadable_one(check: Check) -> None:
    loaded = check("a: [", "b: *x")
    assert {problem.file for problem in loaded.problems} == {"a.yaml", "b.yaml"}
    assert (loaded.settings, loaded.secrets, loaded.environment, loaded.placeholders) == (None, {}, {}, ())


def test_a_variables_file_is_read_and_checked(said: Said) -> None:
    table = "variables: {m: {file: m.csv, key: id, value: margin}}\ntags: {hook: {url: x, body: '{{ var.m.A }}'}}"
    assert said(table, files={"m.csv": b"id,margin\nA,0.5\n"}) == []
    (missing,) = said(table)
    assert missing.startswith("a.yaml:1:23: variables.m.file: ")
    assert "m.csv" in missing
    (column,) = said(table, files={"m.csv": b"id,price\nA,0.5\n"})
    assert column.startswith("a.yaml:1:23: variables.m.file: ")


def test_a_circle_of_one(said: Said) -> None:
    assert said("variables: {a: '{{ var.a }}'}") == ["a.yaml:1:13: variables.a: goes round in a circle: a -> a"]


def test_the_position_of_a_name_inside_a_long_body(said: Said) -> None:
    text = "tags:\n  hook:\n    url: x\n    body:\n      a: 1\n      b: [{c: 'x {{ var.gone }}'}]\n"
    assert said(text) == ["a.yaml:6:21: tags.hook.body.b[0].c: unknown variable gone; there is none"]


def test_a_name_that_is_not_written_with_a_dot_is_told_where_it_begins(said: Said) -> None:
    assert said("tags: {hook: {url: x, body: {a: [\"{{ var['gone'] }}\"]}}}") == [
        "a.yaml:1:38: tags.hook.body.a[0]: unknown variable gone; there is none"
    ]


EMPTY_SECTIONS = "server:\noutbox:\nenvironment:\nconsent:\nvariables:\ntriggers:\nexceptions:\ntransformations:\n"


def test_an_empty_section_is_as_if_it_were_not_there(said: Said) -> None:
    assert said(EMPTY_SECTIONS) == []


@pytest.mark.parametrize(
    "section", ["server", "outbox", "environment", "consent", "variables", "triggers", "transformations", "deduplicate"]
)
@pytest.mark.parametrize("value", ["5", "text", "[a]"])
def test_a_section_of_the_wrong_shape(said: Said, section: str, value: str) -> None:
    (problem,) = said(f"{section}: {value}")
    assert problem.endswith(("must be a mapping", "is not available in this version"))


def _mutated(text: str, at: int, piece: str) -> str:
    at %= len(text) + 1
    return text[:at] + piece + text[at + len(piece) :]


pieces = st.sampled_from(
    ["${A}", "{{ ", " }}", "[", "]", "{", "}", ": ", "\n", "- ", "null", "'", '"', "5", "&a ", "*a", "!b ", "#", "\t", "${", "}"]
)
mutations = st.builds(_mutated, st.sampled_from(GOLDEN), st.integers(0, 10**6), pieces)


@given(texts=st.lists(mutations | st.text(max_size=40), min_size=1, max_size=2), serve=st.booleans())
@settings(max_examples=150)
def test_nothing_makes_it_raise(registry: Registry, texts: list[str], serve: bool) -> None:
    def read(path: str) -> bytes:
        raise IsADirectoryError(21, "Is a directory", path)

    sources = [SourceFile(str(i), text.encode("utf-8", "surrogatepass")) for i, text in enumerate(texts)]
    loaded = load(sources, registry=registry, environ={"A": "\x00 {{ ${A} }}", "STAGE": ""}, read=read, serve=serve)
    assert (loaded.settings is None) == any(problem.severity == "error" for problem in loaded.problems)
    assert all(problem.line > 0 and problem.column > 0 for problem in loaded.problems)


MISTAKES = {
    "type: augmentt": "unknown transformation type augmentt",
    "unknwn: 1": "unknown key",
    "priority: high": "must be a whole number",
    "tags: [ga4, nope]": "unknown tag nope",
    "except: nowhere": "unknown tag nowhere",
    """when: ["event.a == '${A}'"]""": "${NAME} is not replaced inside a `when`",
    "when: [var.gone == 1]": "unknown variable gone",
    "when: [a b]": "unexpected 'b' after the expression",
    """when: ["event.a == '${A}'", "var.gone == 1"]""": "unknown variable gone",
    """when: ["event.a == '${A}'", "a b"]""": "unexpected 'b' after the expression",
    """when: ["event.a == '${A}'", "event.b == '${A}'"]""": "when[1]: ${NAME} is not replaced",
}
"""What may be wrong with a transformation, and what is said of it."""


@pytest.mark.parametrize("one", MISTAKES)
@pytest.mark.parametrize("other", MISTAKES)
def test_no_mistake_of_a_component_waits_for_another_to_be_mended(said: Said, one: str, other: str) -> None:
    keys = {text.partition(":")[0]: text for text in (one, other)}
    whole = "" if "type" in keys else "type: augment, parameters: {x: 1}, "
    problems = said(f"environment: {{A: '1'}}\ntransformations: {{t: {{{whole}{', '.join(keys.values())}}}}}")
    # Whose settings are not known has no keys but those of its kind.
    expected = [MISTAKES[text] for text in keys.values() if not ("type" in keys and text.startswith("unknwn"))]
    assert [[message in problem for problem in problems].count(True) for message in expected] == [1] * len(expected)


def test_a_value_that_came_to_a_condition_is_not_looked_for_as_a_name(said: Said) -> None:
    problems = said("environment: {A: nothing}\ntransformations: {augment: {parameters: {x: 1}, when: 'var.${A} == 1'}}")
    assert len(problems) == 1
    assert "${NAME} is not replaced" in problems[0]


def test_a_key_that_is_missing_hides_nothing_that_every_tag_has(said: Said) -> None:
    assert said("tags: {hook: {triggers: [nope, 5], exceptions: gone}}") == [
        "a.yaml:1:8: tags.hook: url is missing",
        "a.yaml:1:32: tags.hook.triggers[1]: must be a text; put quotes around it",
        "a.yaml:1:48: tags.hook.exceptions: unknown trigger gone; known are all",
    ]


def test_what_is_wrong_inside_a_setting_takes_only_its_own_key_out(said: Said) -> None:
    assert said("tags: {hook: {url: x, headers: {a: '{{ var.b }}', c: '{{ }}'}, sign: {header: x}, anything: '${S}'}}") == [
        "a.yaml:1:40: tags.hook.headers.a: unknown variable b; there is none",
        "a.yaml:1:58: tags.hook.headers.c: there is nothing between {{ and }}",
        "a.yaml:1:64: tags.hook.sign: secret is missing",
        "a.yaml:1:93: tags.hook.anything: a secret is not allowed here; list its name under `environment` if it is not secret",
    ]


def test_so_it_is_with_triggers_consent_and_variables(said: Said) -> None:
    text = """environment: {A: x}
triggers: {t: {event: 5, client: none, when: ["'${A}'", var.q]}}
consent: {ad_storage: '{{ var.a }}', ad_user_data: '{{ }}'}
variables: {v: {lookup: '{{ var.z }}', map: {}, defult: 1}}"""
    assert [problem.split(": ", 1)[1] for problem in said(text)] == [
        "triggers.t.event: must be a text or a list of them; put quotes around it",
        "triggers.t.client: unknown client none; known are ga4",
        "triggers.t.when[0]: ${NAME} is not replaced inside a `when`; list NAME under `environment` and write env.NAME",
        "triggers.t.when[1]: unknown variable q; known are v",
        "consent.ad_storage: unknown variable a; known are v",
        "consent.ad_user_data: there is nothing between {{ and }}",
        "variables.v.lookup: unknown variable z; known are v",
        "variables.v.defult: unknown key, did you mean default?",
    ]
