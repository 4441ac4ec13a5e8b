"""Built-in variables: by the export's own names, by Google's, and by type in either spelling."""

from __future__ import annotations

from typing import Any

import pytest

from server.tag_manager.built_ins import ENGLISH
from tests.server.tag_manager.building import importing, tag, template, told, value_of, variable, written

DEBUG = "there is no preview: env.GTM_DEBUG_MODE, false unless the environment says otherwise"
ENVIRONMENT = "env.GTM_ENVIRONMENT, Live unless the environment says otherwise"
CLIENT = "as a value it is the client's key in the file"
REGION = "country and region as the proxy tells them"
CHANCE = "the same number in all that is made of one request"


def read(name: str, *declared: Any) -> Any:
    """What stands for ``{{name}}``, and what is said of the one built-in that is declared."""
    needing = tag(values={"eventParameters": [{"fieldName": "p", "value": f"{{{{{name}}}}}"}]})
    made = importing(tag=[needing], builtInVariable=declared)
    file = written(tag=[needing], builtInVariable=declared)
    return file["tags"]["tag"].get("parameters", {}).get("set", {}).get("p"), told(made, "built_in")


@pytest.mark.parametrize(
    ("type", "expression", "reason"),
    [
        ("EVENT_NAME", "event.event_name", None),
        ("CLIENT_NAME", "client", CLIENT),
        ("REQUEST_PATH", "request.path", None),
        ("REQUEST_METHOD", "request.method", None),
        ("QUERY_STRING", "request.query_string", None),
        ("CONTAINER_ID", "'GTM-EX0'", None),
        ("CONTAINER_VERSION", "'5'", None),
        ("DEBUG_MODE", "env.GTM_DEBUG_MODE", DEBUG),
        ("ENVIRONMENT_NAME", "env.GTM_ENVIRONMENT", ENVIRONMENT),
        ("SERVER_PAGE_LOCATION_URL", "event.page_location", None),
        ("SERVER_PAGE_LOCATION_PATH", "event.page_path", None),
        ("SERVER_PAGE_LOCATION_HOSTNAME", "event.page_hostname", None),
        ("ANALYTICS_CLIENT_ID", "event.client_id", None),
        ("ANALYTICS_SESSION_ID", "event.ga_session_id", None),
        ("ANALYTICS_SESSION_NUMBER", "event.ga_session_number", None),
        (
            "VISITOR_REGION",
            "(request.country ~ ('-' ~ request.region if request.region is defined else ''))",
            REGION,
        ),
        ("RANDOM_NUMBER", "((request.random * 2147483647) | round)", CHANCE),
    ],
)
def test_a_built_in_variable_is_an_expression(type: str, expression: str, reason: str | None) -> None:
    api = type.title().replace("_", "")
    status = "approximated" if reason else "imported"
    for spelling in (type, api[0].lower() + api[1:]):
        value, said = read("Mine", {"type": spelling, "name": "Mine"})
        assert value == f"{{{{ {expression} }}}}"
        assert said == [(status, None, [reason] if reason else [])]


@pytest.mark.parametrize("name", sorted(ENGLISH))
def test_googles_own_names_need_no_declaration(name: str) -> None:
    value, said = read(name)
    assert value is not None
    assert said == []


def test_one_that_nobody_knows_is_lost() -> None:
    value, said = read("Mine", {"type": "MOON_PHASE", "name": "Mine"})
    assert value is None
    assert said == [("skipped", None, ["no built-in variable MOON_PHASE"])]


def test_one_that_nothing_uses_is_said_to_be() -> None:
    assert read("Request Path", {"type": "DEBUG_MODE", "name": "Debug Mode"})[1] == [("unused", None, ["nothing uses it"])]


def test_names_of_the_environment_stand_in_the_file_with_their_defaults() -> None:
    rows = [{"fieldName": name, "value": f"{{{{{name}}}}}"} for name in ("Debug Mode", "Environment Name")]
    file = written(tag=[tag(values={"eventParameters": rows})])
    assert file["environment"] == {"GTM_ENVIRONMENT": "Live", "GTM_DEBUG_MODE": "false"}


def test_a_random_variable_is_an_entry() -> None:
    assert value_of(variable("x", "r")) == "{{ var.x }}"


BUILDER = template("Object Builder", "stape-io/object-builder-variable", "95")


def built(*rows: Any, **values: Any) -> Any:
    """An object of these rows as it stands under ``variables``, and what is said of it."""
    objects = variable("x", "cvt_1_95", {"object_data": list(rows), **values})
    entities: dict[str, Any] = {
        "variable": [objects, variable("lost", "fs"), variable("y", "ed", {"keyPath": "y"})],
        "tag": [tag(values={"eventParameters": [{"fieldName": "p", "value": "{{x}}"}]})],
        "customTemplate": [BUILDER],
    }
    return written(**entities)["variables"]["x"], told(importing(**entities), "variable")[0]


def test_an_object_is_one() -> None:
    value, said = built({"property": "city", "value": "{{y}}"}, {"property": "plan", "value": "gold"})
    assert value == {"object": {"city": "{{ event.y }}", "plan": "gold"}}
    assert said == ("imported", "x", [])


def test_an_object_may_be_the_only_one_of_a_list() -> None:
    value, said = built({"property": "city", "value": "{{y}}"}, inside_array=True)
    assert value == [{"city": "{{ event.y }}"}]
    assert said == ("imported", "x", [])


@pytest.mark.parametrize(
    ("rows", "value", "reason"),
    [
        (
            [{"property": "a", "value": "{{lost}}"}],
            {},
            "a is left out: no database lookups (a table in a file: `file`, `key`, `value`)",
        ),
        (
            [{"property": "{{y}}", "value": "b"}],
            {},
            "a row is left out: it depends on the event, and a plain text is needed",
        ),
        ([{"property": "${X}", "value": "b"}], {}, "a row is left out: a name cannot hold ${"),
        (
            [{"property": "a", "value": "b"}, {"property": "a", "value": "c"}],
            {"a": "c"},
            "a stands twice: the last counts",
        ),
    ],
)
def test_what_is_not_in_the_object_is_said(rows: Any, value: Any, reason: str) -> None:
    found, said = built(*rows)
    assert found == {"object": value}
    assert said == ("approximated", "x", [reason])
