"""The gallery's tag for JSON over HTTP becomes ``http_request``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from tests.server.tag_manager.building import constant, event_data, importing, tag, template, told, written

URL = "https://hooks.shop.example/in"
TEMPLATE = template("JSON HTTP Request", "stape-io/json-http-request-tag")
VARIABLES = [
    constant("host", "https://hooks.shop.example"),
    event_data("x", "x"),
    event_data("y", "a.b"),
    constant("a token", "EAAInvented0123456789"),
]


def lists(values: dict[str, Any]) -> dict[str, Any]:
    """An export with such a tag."""
    found = {"url": URL, "requestMethod": "POST", **values}
    return {"tag": [tag("T", found, "cvt_1_90")], "variable": VARIABLES, "customTemplate": [TEMPLATE]}


def made(**values: Any) -> Any:
    """It in the file, without what all tags have; None where it is a comment."""
    tags = written(**lists(values)).get("tags") or {}
    common = ("type", "note", "triggers")
    return {key: value for key, value in tags["t"].items() if key not in common} if "t" in tags else None


def outcome(**values: Any) -> tuple[str, Sequence[str]]:
    """Its status and reasons."""
    ((status, _, reasons),) = told(importing(**lists(values)), "tag")
    return status, reasons


def rows(**pairs: str) -> list[dict[str, str]]:
    return [{"key": key.replace("__", "."), "value": value} for key, value in pairs.items()]


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        (URL, URL),
        (f"{URL}?v=1", f"{URL}?v=1"),
        ("http://shop.example:8080/in", "http://shop.example:8080/in"),
        ("{{host}}/in", None),
        (f"{URL}/{{{{x}}}}", f"{URL}/{{{{ event.x }}}}"),
        (f"{URL}?k={{{{a token}}}}", f"{URL}?k=${{A_TOKEN}}"),
        (f"{URL}?k={{{{a token}}}}&x={{{{x}}}}", f"{URL}?k=${{A_TOKEN}}&x={{{{ event.x }}}}"),
        ("", None),
        ("/in", None),
        ("https://{{x}}.example/in", None),
        ("{{x}}", None),
        ("{{gone}}", None),
    ],
)
def test_the_host_must_be_known_and_the_rest_may_depend_on_the_event(url: str, expected: str | None) -> None:
    found = made(url=url)
    if expected is None and found is not None:
        assert found["url"] == "https://hooks.shop.example/in"
    else:
        assert (found["url"] if found else None) == expected


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("", "url: scheme and host depend on the event, or are missing"),
        ("https://{{x}}/in", "url: scheme and host depend on the event, or are missing"),
        ("https://me:{{a token}}@shop.example/in", "url: scheme and host depend on the event, or are missing"),
        ("{{gone}}/in", "url: the export has no variable «gone»"),
    ],
)
def test_else_it_is_a_comment(url: str, reason: str) -> None:
    assert outcome(url=url) == ("skipped", [reason])


def test_the_comment_is_of_the_type_that_it_would_have() -> None:
    assert "  #t:\n  #  type: http_request\n" in importing(**lists({"url": "{{gone}}"})).text


@pytest.mark.parametrize(
    ("method", "expected"), [("POST", None), ("post", None), ("", None), ("PUT", "PUT"), ("patch", "PATCH"), ("DELETE", "DELETE")]
)
def test_methods(method: str, expected: str | None) -> None:
    assert made(requestMethod=method).get("method") == expected


def test_a_method_that_there_is_not_leaves_a_comment() -> None:
    assert outcome(requestMethod="BREW") == ("skipped", ["no method BREW"])


@pytest.mark.parametrize(("timeout", "expected"), [("2500", "2500ms"), ("", None), ("0", None), ("soon", None), ("{{x}}", None)])
def test_timeouts(timeout: str, expected: str | None) -> None:
    assert made(requestTimeout=timeout).get("timeout") == expected


@pytest.mark.parametrize(
    ("headers", "expected", "reasons"),
    [
        (rows(), None, []),
        (rows(**{"X-A": "b"}), {"X-A": "b"}, []),
        (rows(**{"X-A": "{{x}}"}), {"X-A": "{{ event.x }}"}, []),
        (rows(**{"Content-Type": "application/json"}), None, []),
        (rows(**{"content-type": "Application/JSON; charset=utf-8"}), None, []),
        (rows(**{"Content-Type": "text/plain"}), {"Content-Type": "text/plain"}, []),
        (rows(**{"X-A": "{{gone}}", "X-B": "c"}), {"X-B": "c"}, ["X-A is left out: the export has no variable «gone»"]),
        (rows(Host="a.example"), None, ["Host is left out: the connection sets it"]),
        (rows(**{"{{x}}": "a"}), None, ["a header is left out: it depends on the event, and a plain text is needed"]),
        (rows(**{"X-A": "{{a token}}"}), {"X-A": "${A_TOKEN}"}, []),
        (rows(Authorization="Basic {{a token}}"), {"Authorization": "Basic ${A_TOKEN}"}, []),
        (rows(Authorization="Basic abc"), {"Authorization": "Basic ${T_AUTHORIZATION}"}, []),
    ],
)
def test_headers(headers: Any, expected: Any, reasons: Sequence[str]) -> None:
    assert made(headers=headers).get("headers") == expected
    assert outcome(headers=headers)[1] == reasons


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({}, {}),
        ({"data": rows(a="b")}, {"a": "b"}),
        ({"data": rows(a__b="c", a__d="e", f="g")}, {"a": {"b": "c", "d": "e"}, "f": "g"}),
        ({"data": rows(a__b="c"), "simple_object": True}, {"a.b": "c"}),
        ({"data": rows(a="x", a__b="c")}, {"a": {"b": "c"}}),
        ({"data": rows(a="{{x}}"), "inside_array": True}, [{"a": "{{ event.x }}"}]),
        ({"data": rows(a="{{a token}}")}, {"a": "${A_TOKEN}"}),
        ({"data": rows(a="n {{x}} of {{y}}")}, {"a": "n {{ event.x }} of {{ event.a.b }}"}),
        ({"data": rows(a="true", b="12", c="")}, {"a": "true", "b": "12", "c": ""}),
        ({"data": [{"name": "a", "value": "b"}]}, {"a": "b"}),
    ],
)
def test_bodies(values: dict[str, Any], expected: Any) -> None:
    assert made(**values)["body"] == expected
    assert outcome(**values) == ("imported", [])


def test_a_value_without_a_translation_is_left_out() -> None:
    data = rows(a="{{gone}}", b="c")
    assert made(data=data)["body"] == {"b": "c"}
    assert outcome(data=data) == ("approximated", ["a: a value is left out: the export has no variable «gone»"])


def test_a_name_that_depends_on_the_event_is_left_out() -> None:
    data = rows(**{"{{x}}": "a", "b": "c"})
    assert made(data=data)["body"] == {"b": "c"}
    why = "a row of data is left out: it depends on the event, and a plain text is needed"
    assert outcome(data=data) == ("approximated", [why])


class TestEventData:
    """All of it, with rows besides."""

    WITHOUT = "the event data leaves without user_data and x-ga-*"

    def test_it_is_the_body_that_there_is_without_one(self) -> None:
        assert "body" not in made(includeEventData=True)
        assert outcome(includeEventData=True) == ("approximated", [self.WITHOUT])

    def test_rows_are_set_on_it(self) -> None:
        found = made(includeEventData=True, data=rows(a="b", c__d="{{x}}"))
        assert found["parameters"] == {"set": {"a": "b", "c.d": "{{ event.x }}"}}

    @pytest.mark.parametrize("flag", ["flatten", "inside_array"])
    def test_its_form_stays(self, flag: str) -> None:
        assert outcome(includeEventData=True, **{flag: True})[1] == [self.WITHOUT, f"{flag} does not change the event data"]

    def test_no_secret_can_be_set_on_it(self) -> None:
        status, reasons = outcome(includeEventData=True, data=rows(a="{{a token}}"))
        assert reasons == ["a: a value is left out: a variable cannot hold a secret", self.WITHOUT]
        assert status == "approximated"


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_what_carries_no_body_has_none(method: str) -> None:
    assert "body" not in made(requestMethod=method)
    assert outcome(requestMethod=method) == ("imported", [])
    why = f"a {method} carries no body: data is left out"
    assert outcome(requestMethod=method, data=rows(a="b")) == ("approximated", [why])
    assert outcome(requestMethod=method, includeEventData=True) == ("approximated", [why])


def test_consent_is_asked_for_where_it_was() -> None:
    assert made(adStorageConsent="required")["consent"] == ["ad_storage"]
    assert "consent" not in made(adStorageConsent="optional")


def test_what_has_no_counterpart_is_named() -> None:
    found = outcome(useOptimisticScenario=True, logType="always", retries="3", off=False)
    assert found == ("approximated", ["retries has no counterpart"])
