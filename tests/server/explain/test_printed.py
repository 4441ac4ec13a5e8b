"""How an outgoing message is shown to a person."""

from __future__ import annotations

import pytest
from rich.text import Text

from core.component import EventPart
from core.types import Line, Outbound, OutboundRequest, Payload
from server.explain import printed
from server.explain.packed import PackedRequest
from server.explain.printed import groups
from tests.core.tiny import Keep


def show(tag: str, outbound: Outbound) -> Text:
    """As it is shown of a tag that says nothing of its events."""
    return printed.show(PackedRequest(tag, outbound, Keep().parts(outbound)))


def request(url: str, body: bytes = b"", method: str = "POST") -> OutboundRequest:
    return OutboundRequest(method, url, (), body, (0,))


def test_payloads_are_grouped_by_tag_in_order() -> None:
    one, two, three = (Payload(number, "x") for number in range(3))
    assert groups([("a", one), ("b", two), ("a", three)]) == {"a": [one, three], "b": [two]}
    assert groups([]) == {}


def test_a_request_is_where_it_goes_and_what_it_carries_decoded() -> None:
    text = show("ga4", request("https://x.example/g/collect?v=2&ep.a=b%20c&flag=", method="GET")).plain
    assert text.splitlines() == [
        "→ ga4  GET https://x.example/g/collect",
        "    v                      2",
        "    ep.a                   b c",
        "    flag                   ",
    ]


def test_a_batch_shows_each_event_by_what_its_tag_says() -> None:
    batch = OutboundRequest("POST", "https://x.example/?v=2", (), b"whatever", (0, 1))
    parts = [EventPart("en=a&ep.x=1"), EventPart(body=b'{"en":\n"b"}')]
    assert [line.split() for line in printed.show(PackedRequest("t", batch, parts)).plain.splitlines()[1:]] == [
        ["v", "2"],
        ["─", "event"],
        ["en", "a"],
        ["ep.x", "1"],
        ["─", "event"],
        ['{"en":'],
        ['"b"}'],
    ]


def test_events_that_cannot_be_told_apart_are_shown_once() -> None:
    text = show("t", OutboundRequest("POST", "https://x.example/", (), b"a\nb", (0, 1))).plain
    assert text.splitlines() == ["→ t  POST https://x.example/", "    a", "    b"]


def test_another_body_is_shown_as_it_is() -> None:
    text = show("webhook", request("https://x.example/", '{"a":\n "ü"}'.encode())).plain
    assert text.splitlines() == ["→ webhook  POST https://x.example/", '    {"a":', '     "ü"}']


@pytest.mark.parametrize(("target", "shown"), [("-", "standard output"), ("/var/log/events", "/var/log/events")])
def test_a_line_says_where_it_is_written(target: str, shown: str) -> None:
    assert show("log", Line(target, '{"a": 1}', (0,))).plain == f'→ log  a line to {shown}\n    {{"a": 1}}'


@pytest.mark.parametrize("bad", ["\x1b[2J", "\x07", "\u202e", "\x9b31m"])
def test_nothing_a_visitor_sends_steers_the_terminal(bad: str) -> None:
    shown = [
        show("t", Line("-", bad, (0,))),
        show("t", request(f"https://x.example/?a={bad}&{bad}=1".replace("\x1b", "%1B"))),
        show("t", request("https://x.example/", bad.encode())),
        show("t", request("https://x.example/", f"en={bad}".encode())),
        show("t", request(f"https://x.example/{bad}")),
    ]
    assert not [text.plain for text in shown if bad in text.plain]


def test_bytes_that_are_no_text_are_shown_all_the_same() -> None:
    assert "\ufffd" in show("t", request("https://x.example/", b"\xff\x80")).plain


def test_markup_of_the_terminals_library_is_just_text() -> None:
    assert "[red]x[/red]" in show("t", Line("-", "[red]x[/red]", (0,))).plain
