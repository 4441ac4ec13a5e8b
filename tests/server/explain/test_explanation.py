"""What differs between two versions of an event, and an explanation as JSON."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config.assembly import Assembled
from core.container import Container, Run
from core.types import Claim, OutboundRequest, Reply, Request, Upstream
from core.undefined import UNDEFINED
from server.explain.explanation import Change, Explainer, Explanation, as_json, changes
from server.explain.packed import PackedRequest
from server.visitors.origins import Origins
from tests.core.tiny import client

EXPLAINER = Explainer(Assembled(Container((), ()), {}), Origins([]), 0)
REQUEST = Request("1", 0, "GET", "/x")


@pytest.mark.parametrize(
    ("before", "after", "found"),
    [
        ({"a": 1}, {"a": 1}, []),
        ({"a": 1}, {"a": 2}, [Change("a", 1, 2)]),
        ({"a": 1}, {}, [Change("a", 1, UNDEFINED)]),
        ({}, {"a": 1}, [Change("a", UNDEFINED, 1)]),
        ({"a": 1}, {"a": True}, [Change("a", 1, True)]),
        ({"a": {"b": 1, "c": 2}}, {"a": {"c": 2}}, [Change("a.b", 1, UNDEFINED)]),
        ({"a": [{"b": 1}, 2]}, {"a": [{"b": 3}]}, [Change("a.0.b", 1, 3), Change("a.1", 2, UNDEFINED)]),
        ({"a": [1]}, {"a": {"0": 1}}, [Change("a", [1], {"0": 1})]),
        ({"a": None}, {"a": {}}, [Change("a", None, {})]),
    ],
)
def test_changes_are_told_down_to_single_values(before: Any, after: Any, found: list[Change]) -> None:
    assert list(changes(before, after)) == found


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda of: st.lists(of, max_size=3) | st.dictionaries(st.text("ab", max_size=2), of, max_size=3),
    max_leaves=8,
)


@settings(max_examples=200)
@given(JSON, JSON)
def test_nothing_is_told_exactly_where_nothing_differs(before: Any, after: Any) -> None:
    assert not list(changes(before, before))
    assert bool(list(changes(before, after))) is (repr(before) != repr(after) and not same(before, after))


def same(one: Any, other: Any) -> bool:
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    return type(one) is type(other) and bool(one == other)


def test_a_header_that_comes_twice_is_a_list_and_bytes_that_are_no_text_do_not_stop_it() -> None:
    reply = Reply(200, (("Set-Cookie", "a=1"), ("set-cookie", "b=2"), ("vary", "Origin")), b"\xff")
    told = as_json("/x", Explanation(REQUEST, Run("web", reply), reply, ()), EXPLAINER)
    assert told["reply"] == {"status": 200, "headers": {"set-cookie": ["a=1", "b=2"], "vary": "Origin"}, "body": "\ufffd"}


def test_an_outgoing_request_is_told_as_it_leaves() -> None:
    sent = OutboundRequest("POST", "https://a.example/", (("X-A", "b"),), b"{}", (0,))
    told = as_json("/x", Explanation(REQUEST, Run("web", Reply(204)), Reply(204), [PackedRequest("hook", sent, ())]), EXPLAINER)
    assert told["requests"] == [
        {"tag": "hook", "method": "POST", "url": "https://a.example/", "headers": {"x-a": "b"}, "body": "{}"}
    ]


def test_an_origin_that_no_header_can_hold_is_no_origin() -> None:
    request = Request("1", 0, "GET", "/x", headers=(("origin", "https://€.example"), ("host", "€.example")))
    assert EXPLAINER.request(request).reply.headers[-1] == ("vary", "Origin")


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/healthy", "health"),
        ("/metrics/healthz", "health"),
        ("/healthy/", "health"),
        ("/alive", "alive"),
        ("/a/alive/", "alive"),
    ],
)
def test_whoever_asks_how_the_server_is_gets_the_same_answer_everywhere(path: str, kind: str) -> None:
    for prefix in ("", "/metrics"):
        explainer = Explainer(Assembled(Container((), ()), {}), Origins([]), 0, prefix=prefix)
        explained = explainer.request(Request("1", 0, "GET", path))
        assert (explained.reply.status, explained.reply.body, explained.run.probe) == (200, b"ok\n", kind)
        assert explainer.request(Request("1", 0, "POST", path)).reply.status == 400
        assert explainer.request(Request("1", 0, "OPTIONS", "/")).reply.body == b"ok\n"


def test_a_file_of_somebody_elses_is_told_by_its_url() -> None:
    script = client()
    script.claims = Claim((), Upstream("script", "G-1", "https://up.example/gtag/js?id=G-1"))
    explained = Explainer(Assembled(Container([("scripts", script)], ()), {}), Origins([]), 0).request(REQUEST)
    assert explained.reply.status == 200
    assert b"https://up.example/gtag/js?id=G-1" in explained.reply.body
