"""The log tag: one event, one line."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from pydantic import ValidationError

from core.component import Setup
from core.context import Context, Shared
from core.secret import SealedText, SecretValue
from core.types import Delivered, Event, Line, Payload, Rejected, Request, Response, Retry
from tags.log import Log, LogSettings


def log(**settings: Any) -> Log:
    return Log(LogSettings.model_validate(settings), Setup("log"))


def mapped(tag: Log, event: Event) -> Payload:
    payload = tag.map(event, Context(Request("r", 0, "GET", "/"), "web", event, 0, Shared(secrets={"T": "canary"})))
    assert isinstance(payload, Payload)
    return payload


@pytest.mark.parametrize("text", ["two\nlines", "\r\n", "\u2028", "naïve", '"', "\\", "\x00", "{{ 1 }}"])
def test_an_event_is_one_line_whatever_it_holds(text: str) -> None:
    event = {"event_name": text, "items": [{"item_name": text}], text: 1}
    [line] = log().pack([mapped(log(), event)], 0)
    assert isinstance(line, Line)
    assert "\n" not in line.text
    assert "\r" not in line.text
    assert orjson.loads(line.text) == event


def test_the_order_of_the_parameters_is_the_events() -> None:
    assert mapped(log(), {"b": 1, "a": 2}).body == '{"b":1,"a":2}'


def test_a_secret_in_the_event_is_masked() -> None:
    event = {"token": SealedText(("Bearer ", SecretValue("T", "canary")))}
    [line] = log().pack([mapped(log(), event)], 0)
    assert isinstance(line, Line)
    assert line.text == '{"token":"Bearer ***"}'


@pytest.mark.parametrize(
    ("settings", "target", "destination"), [({}, "-", "stdout"), ({"file": "a/b.jsonl"}, "a/b.jsonl", "a/b.jsonl")]
)
def test_where_it_goes(settings: dict[str, str], target: str, destination: str) -> None:
    tag = log(**settings)
    payloads = [mapped(tag, {"event_name": name}) for name in ("a", "b")]
    assert {payload.destination for payload in payloads} == {destination}
    assert tag.pack(payloads, 0) == [Line(target, '{"event_name":"a"}', (0,)), Line(target, '{"event_name":"b"}', (1,))]


def test_an_empty_file_name_is_refused() -> None:
    with pytest.raises(ValidationError, match="file"):
        log(file="")


@pytest.mark.parametrize(("status", "outcome"), [(200, Delivered()), (503, Retry("HTTP 503")), (404, Rejected("HTTP 404"))])
def test_written_is_delivered(status: int, outcome: object) -> None:
    assert log().judge(Line("-", "{}", (0,)), Response(status)) == outcome
