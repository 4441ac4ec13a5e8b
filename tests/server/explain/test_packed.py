"""What each event has of a request, as its tag says; a tag whose word cannot be taken costs nobody anything."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from core.component import EventPart
from core.types import Line, Outbound, OutboundRequest, Payload
from server.explain.packed import PackedRequest, packed
from tests.core.tiny import Keep

BATCH = OutboundRequest("POST", "https://x.example/", (), b"[1,1]", (0, 1))
WHOLE = [EventPart(body=b"[1,1]")] * 2


class Told(Keep):
    """A tag that packs this, and says this of it."""

    def __init__(self, request: Outbound, said: Any) -> None:
        super().__init__()
        self._request, self._said = request, said

    def pack(self, payloads: Sequence[Payload], now: int) -> Sequence[Outbound]:  # noqa: ARG002
        return [self._request]

    def parts(self, request: Outbound) -> Any:  # noqa: ARG002
        return self._said


def told(said: Any, request: Outbound = BATCH) -> PackedRequest:
    (made,) = packed("t", Told(request, said), (), 0)
    return made


def one_by_one() -> Iterator[EventPart]:
    yield from (EventPart("a=1"), EventPart("a=2"))


def failing() -> Iterator[EventPart]:
    yield EventPart("a=1")
    raise LookupError


def test_parts_may_be_given_one_by_one() -> None:
    made = told(one_by_one())
    assert (list(made.parts), made.together) == ([EventPart("a=1"), EventPart("a=2")], True)


@pytest.mark.parametrize("said", [None, 1, [], [EventPart("a=1")], [b"1", b"1"], failing()])
def test_what_does_not_speak_of_each_event_is_not_taken(said: Any) -> None:
    made = told(said)
    assert (list(made.parts), made.together) == (WHOLE, False)


def test_events_that_say_the_same_are_still_two() -> None:
    made = told([EventPart(body=b"1")] * 2)
    assert (list(made.parts), made.together) == ([EventPart(body=b"1")] * 2, True)


def test_a_line_of_several_is_told_apart_too() -> None:
    line = Line("-", "a b", (0, 1))
    assert told([EventPart(body=b"a"), EventPart(body=b"b")], line).together
    assert not told(None, line).together
