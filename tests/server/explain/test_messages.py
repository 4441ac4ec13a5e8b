"""What leaves is read event by event, however many share a request."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from core.component import Setup, Tag
from core.container import EventRun, Run
from core.tagplan import Verdict
from core.types import Line, Outbound, OutboundRequest, Payload, Reply, Request
from server.explain.explanation import Explanation, texts
from server.explain.messages import Message, messages
from server.explain.packed import packed
from tags.ga4 import Ga4, Ga4TagSettings
from tests.core.tiny import Keep

REQUEST = Request("1", 0, "GET", "/x")
REPLY = Reply(204)


def explanation(*sent: tuple[str, Outbound], fires: dict[str, list[int]]) -> Explanation:
    """``fires`` has by tag the positions of the events for which it sends something."""
    positions = sorted({position for each in fires.values() for position in each})
    runs = tuple(
        EventRun({}, tuple(Verdict(tag, "", payload=Payload(None, "", position=at)) for tag in fires if at in fires[tag]))
        for at in positions
    )
    requests = [each for tag, request in sent for each in packed(tag, KINDS[tag](request), (), 0)]
    return Explanation(REQUEST, Run("web", REPLY, runs), REPLY, requests)


class Sending(Ga4):
    """The ga4 tag, which tells of a request that it has not packed itself."""

    def __init__(self, request: Outbound) -> None:
        super().__init__(Ga4TagSettings(), Setup())
        self._request = request

    def pack(self, payloads: Sequence[Payload], now: int) -> Sequence[Outbound]:  # noqa: ARG002
        return [self._request]


class Webhook(Keep):
    """A tag that says nothing of single events."""

    def __init__(self, request: Outbound) -> None:
        super().__init__()
        self._request = request

    def pack(self, payloads: Sequence[Payload], now: int) -> Sequence[Outbound]:  # noqa: ARG002
        return [self._request]


KINDS: defaultdict[str, Callable[[Outbound], Tag]] = defaultdict(lambda: Webhook, {"ga4": Sending})


def hit(url: str, body: bytes, *payloads: int, **headers: str) -> OutboundRequest:
    named = tuple((name.replace("_", "-"), value) for name, value in headers.items())
    return OutboundRequest("POST", url, named, body, payloads)


GA4 = "https://ga.example/g/collect?v=2&cid=1.2&dt=Shoes"


def test_a_batch_is_one_message_for_each_line_which_counts_over_the_url() -> None:
    batch = hit(GA4, b"en=scroll&dt=Cart\r\nen=click&ep.a=b%26c", 0, 1)
    first, second = messages(explanation(("ga4", batch), fires={"ga4": [0, 3]}))
    assert (first.position, first.query) == (0, {"v": "2", "cid": "1.2", "dt": "Cart", "en": "scroll"})
    assert (second.position, second.query) == (3, {"v": "2", "cid": "1.2", "dt": "Shoes", "en": "click", "ep.a": "b&c"})
    assert (first.body, first.place, str(first)) == ("", "https://ga.example/g/collect", "POST https://ga.example/g/collect")


def test_they_come_by_tag_and_then_in_the_order_of_the_events() -> None:
    late, early = (("b", hit("https://b.example/", b"", index)) for index in (1, 0))
    sent: list[tuple[str, Outbound]] = [late, early, ("a", Line("f.jsonl", "{}", (0,)))]
    found = messages(explanation(*sent, fires={"a": [2], "b": [0, 1]}))
    assert [(each.tag, each.position) for each in found] == [("b", 0), ("b", 1), ("a", 2)]


def test_a_line_for_a_file_is_a_body_at_the_file() -> None:
    (line,) = messages(explanation(("file", Line("f.jsonl", '{"a":1}', (0,))), fires={"file": [0]}))
    assert (str(line), line.url, line.method, line.query, line.value()) == ("a line to f.jsonl", "f.jsonl", "", {}, {"a": 1})


@pytest.mark.parametrize(
    ("body", "headers", "value"),
    [
        (b'{"a":[1]}', {}, {"a": [1]}),
        (b"a=1&b=&a=2", {"content_type": "application/x-www-form-urlencoded"}, {"a": ["1", "2"], "b": ""}),
        (b"en=1", {"content_type": "text/plain"}, "en=1"),
        (b"[" * 100_000, {}, "[" * 100_000),
        (b"\xff", {}, "\ufffd"),
        (b"", {}, ""),
    ],
)
def test_a_body_is_json_a_form_or_a_text(body: bytes, headers: dict[str, str], value: Any) -> None:
    (message,) = messages(explanation(("hook", hit("https://h.example/x?a=1&a=2&b", body, 0, **headers)), fires={"hook": [0]}))
    assert message.value() == value
    assert message.query == {"a": ["1", "2"], "b": ""}


def test_a_body_whose_lines_are_not_its_events_stays_a_body() -> None:
    (message,) = messages(explanation(("ga4", hit(GA4, b"en=a\r\nen=b", 0)), fires={"ga4": [0]}))
    assert (message.body, "en" in message.query) == ("en=a\r\nen=b", False)


def test_late_events_are_one_document_each() -> None:
    body = b'{"client_id":"1.2","events":[{"name":"a","params":{}},{"name":"b","params":{"x":1}}]}'
    late = hit("https://ga.example/mp/collect?api_secret=s", body, 0, 1)
    first, second = messages(explanation(("ga4", late), fires={"ga4": [0, 1]}))
    assert first.value() == {"client_id": "1.2", "events": [{"name": "a", "params": {}}]}
    assert second.value() == {"client_id": "1.2", "events": [{"name": "b", "params": {"x": 1}}]}
    assert (first.query, second.query) == ({"api_secret": "s"}, {"api_secret": "s"})


@pytest.mark.parametrize("body", [b'{"events":1}', b"{", b'{"events":[{}]}', b"[]"])
def test_what_its_tag_cannot_tell_apart_is_shown_whole(body: bytes) -> None:
    found = messages(explanation(("ga4", hit(GA4, body, 0, 1)), fires={"ga4": [0, 1]}))
    assert [each.body for each in found] == [body.decode()] * 2


def test_names_of_headers_are_lower_case_and_one_that_comes_twice_is_a_list() -> None:
    assert texts((("Set-Cookie", "a=1"), ("set-cookie", "b=2"), ("Vary", "Origin"))) == {
        "set-cookie": ["a=1", "b=2"],
        "vary": "Origin",
    }


def test_without_anything_sent_there_is_none() -> None:
    assert messages(explanation(fires={})) == []
    assert Message("t", 0, "", "-", {}, {}, "x").value() == "x"
