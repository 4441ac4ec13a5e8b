"""Browsers that are watched have room of their own in the memory, and nobody else pays for it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.container import UNCLAIMED, Run
from core.product import COMPILED
from core.types import Request
from server.observe import Counts, Observer, Record, Recorder
from server.observe.recorder import MOST_UNSEEN
from server.observe.watching import MOST, MOST_BROWSERS, MOST_BYTES, Watched, Watching
from server.visitors.marks import Mark, Marks, preview_of
from tests.server.in_force import EMPTY

NOW = 1_764_340_311
MARKS = Marks("secret")
MINE = Mark("0123456789ab", NOW + 3600)
SERVING = replace(EMPTY, marks=MARKS)
CLAIMED = Run("ga4", UNCLAIMED)


def observer(limit: int = 100) -> Observer:
    return Observer(Counts(), Recorder(limit, 0), SERVING)


def watching(limit: int = 100) -> Observer:
    made = observer(limit)
    made.watch(MINE, NOW)
    return made


def send(to: Observer, id: object, mine: bool = False, at: int = NOW, body: bytes = b"") -> Record:
    headers = (("cookie", f"tagyard_debug={MARKS.signed(MINE)}"),) if mine else ()
    return to.handled(Request(str(id), at * 1_000_000, "POST", "/g/collect", headers=headers, body=body), CLAIMED)


def ids(to: Observer) -> list[str]:
    return [record.request.id for record in to.recorder.since(0)]


def test_while_nobody_is_watched_the_memory_is_the_usual_one() -> None:
    assert type(observer().recorder) is Recorder


def test_a_watched_browser_is_remembered_however_many_others_come() -> None:
    to = watching(limit=10)
    record = send(to, "mine", mine=True)
    for number in range(1000):
        send(to, number)
    send(to, "late", mine=True)
    assert ids(to)[-1] == "mine"
    assert ids(to)[0] == "late"
    assert to.recorder.find("mine") is record
    assert len(to.recorder) == len(ids(to)) == 12
    assert to.recorder.passed_over == 1001 - MOST_UNSEEN


def test_the_memory_goes_back_as_far_as_it_does_for_all() -> None:
    to = watching(limit=1)
    send(to, "mine", mine=True)
    send(to, "other", at=NOW + 60)
    assert ids(to) == ["other", "mine"]
    assert to.recorder.oldest == (NOW + 60) * 1_000_000
    assert observer().recorder.oldest == 0


def test_what_was_remembered_before_still_is_and_numbers_go_on() -> None:
    to = observer()
    before = send(to, "before")
    to.watch(MINE, NOW)
    assert send(to, "after").number == before.number + 1
    assert ids(to) == ["after", "before"]


@pytest.mark.skipif(COMPILED, reason="compiled objects do not list what they have")
def test_everything_is_taken_over() -> None:
    to = observer()
    send(to, "before")
    to.recorder.look(NOW * 1_000_000)
    before, other = vars(to.recorder), Recorder(1, 9)
    other.take_over(to.recorder)
    assert vars(other) == before
    assert all(before[name] != value for name, value in vars(Recorder(1, 9)).items() if name != "passed_over")


def test_only_a_genuine_mark_of_a_watched_browser_counts() -> None:
    to = watching(limit=1)
    for text in (Marks("another").signed(MINE), MARKS.signed(Mark("ba9876543210", NOW + 60)), MARKS.signed(MINE)[:-1] + "x"):
        to.handled(Request(text, NOW * 1_000_000, "POST", "/", headers=(("cookie", f"tagyard_debug={text}"),)), CLAIMED)
    send(to, "last")
    assert ids(to) == ["last"]


def test_a_preview_counts_once_somebody_has_named_its_value() -> None:
    value = "ZW52LTd8S3FMdWxMMUE2"
    to, headers = observer(limit=1), (("x-gtm-server-preview", value),)
    to.watch(Mark(preview_of(value) or "", NOW + 60), NOW)
    to.handled(Request("mine", NOW * 1_000_000, "POST", "/", headers=headers), CLAIMED)
    send(to, "last")
    assert ids(to) == ["last", "mine"]


def test_its_room_is_bounded_in_requests_and_in_bytes() -> None:
    to = watching(limit=1)
    for number in range(MOST + 5):
        send(to, number, mine=True, at=NOW + number)
    assert len(ids(to)) == MOST
    assert to.recorder.find("4") is None
    send(to, "large", mine=True, at=NOW + MOST + 5, body=bytes(MOST_BYTES))
    assert ids(to) == ["large"]


def test_a_memory_that_remembers_nobody_remembers_no_watched_browser() -> None:
    to = watching(limit=0)
    send(to, "mine", mine=True)
    assert ids(to) == []


def test_when_the_last_mark_is_over_the_usual_memory_is_back() -> None:
    to = watching()
    send(to, "mine", mine=True)
    send(to, "later", at=MINE.until)
    assert type(to.recorder) is Recorder
    assert ids(to) == ["later", "mine"]
    to.watch(Mark("ba9876543210", NOW + 9000), MINE.until)
    assert type(to.recorder) is Watching
    assert list(to.watched.until) == ["ba9876543210"]


def test_a_mark_that_is_over_makes_nobody_watched() -> None:
    to = observer()
    to.watch(MINE, MINE.until)
    assert type(to.recorder) is Recorder


def test_of_too_many_browsers_those_with_the_longest_to_go_are_watched() -> None:
    watched = Watched()
    for number in range(MOST_BROWSERS + 10):
        watched.add(Mark(f"{number:012}", NOW + 1 + number), NOW)
    assert len(watched.until) == MOST_BROWSERS
    assert min(watched.until.values()) == NOW + 11
