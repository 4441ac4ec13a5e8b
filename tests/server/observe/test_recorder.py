"""The ring of the latest requests."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.container import UNCLAIMED, Run
from core.failure import Failure
from core.types import Delivered, Headers, Payload, Rejected, Request
from server.delivery import Attempt
from server.observe import Recorder
from server.observe.recorder import LOOKS_FOR, MOST_ATTEMPTS, MOST_BYTES, MOST_UNSEEN, OF_DELIVERY
from server.outbox.row import Row
from tests.server.in_force import EMPTY

RUN = Run(None, UNCLAIMED)
CLAIMED = Run("ga4", UNCLAIMED)
SECOND = 1_000_000


def request(id: object, body: bytes = b"", query: str = "", headers: Headers = (), path: str = "/x") -> Request:
    return Request(str(id), 0, "POST", path, query, headers, body)


def filled(recorder: Recorder, *requests: Request) -> list[int]:
    return [recorder.add(each, RUN, EMPTY).number for each in requests]


def kept(recorder: Recorder) -> list[str]:
    return [record.request.id for record in recorder.since(0)]


def test_the_latest_requests_are_kept_and_the_oldest_forgotten() -> None:
    recorder = Recorder(3, 0)
    filled(recorder, *map(request, "abcde"))
    assert kept(recorder) == ["e", "d", "c"]
    assert len(recorder) == 3
    assert recorder.find("b") is None
    found = recorder.find("c")
    assert found is not None
    assert found.request.id == "c"


def test_what_makes_very_many_deliveries_leaves_room_for_few() -> None:
    recorder = Recorder(10_000, 0)
    for number in range(50):
        recorder.add(request(number), CLAIMED, EMPTY, 100, deliveries=2500)
    assert recorder.bytes <= MOST_BYTES
    assert len(recorder) == MOST_BYTES // (2500 * OF_DELIVERY + 612)


def test_numbers_rise_and_begin_after_the_start() -> None:
    assert filled(Recorder(2, 1000), *map(request, "abc")) == [1001, 1002, 1003]


def test_what_is_newer_than_a_number_is_told_latest_first() -> None:
    recorder = Recorder(10, 0)
    numbers = filled(recorder, *map(request, "abcd"))
    assert [record.request.id for record in recorder.since(numbers[1])] == ["d", "c"]
    assert not list(recorder.since(numbers[-1]))


def test_a_limit_of_nothing_keeps_nothing_and_still_gives_a_record_to_its_request() -> None:
    recorder = Recorder(0, 5)
    assert filled(recorder, request("a", b"body")) == [6]
    assert (len(recorder), recorder.bytes, recorder.find("a")) == (0, 0, None)


@pytest.mark.parametrize(
    "large",
    [
        {"body": bytes(MOST_BYTES // 2)},
        {"query": "q" * (MOST_BYTES // 2)},
        {"path": "/" * (MOST_BYTES // 2)},
        {"headers": (("x-much", "h" * (MOST_BYTES // 2)),)},
    ],
    ids=lambda large: next(iter(large)),
)
def test_large_requests_leave_room_for_fewer(large: dict[str, Any]) -> None:
    recorder = Recorder(100, 0)
    filled(recorder, *(request(at, **large) for at in range(4)))
    assert kept(recorder) == ["3"]
    assert recorder.bytes <= MOST_BYTES


def test_one_request_is_kept_however_large_it_is() -> None:
    recorder = Recorder(2, 0)
    filled(recorder, request("a"), request("b", bytes(MOST_BYTES + 1)))
    assert kept(recorder) == ["b"]
    filled(recorder, request("c"))
    assert kept(recorder) == ["c"]


def test_of_two_requests_with_one_id_the_later_is_found_until_it_is_forgotten_itself() -> None:
    recorder = Recorder(2, 0)
    first, second = (recorder.add(request("a"), RUN, EMPTY) for _ in range(2))
    assert recorder.find("a") is second
    filled(recorder, request("b"))
    assert first not in list(recorder.since(0))
    assert recorder.find("a") is second
    filled(recorder, request("c"))
    assert recorder.find("a") is None


@given(st.integers(0, 5), st.lists(st.tuples(st.integers(0, 3), st.binary(max_size=20)), max_size=30))
def test_what_is_counted_is_what_is_kept(limit: int, added: list[tuple[int, bytes]]) -> None:
    recorder = Recorder(limit, 0)
    filled(recorder, *(request(id, body) for id, body in added))
    records = list(recorder.since(0))
    assert len(recorder) == len(records) <= limit
    assert recorder.bytes == sum(record.weight for record in records)
    assert [record.number for record in records] == sorted((record.number for record in records), reverse=True)
    assert all(recorder.find(record.request.id) is not None for record in records)


def test_of_many_attempts_the_latest_are_kept() -> None:
    record = Recorder(1, 0).add(request("a"), RUN, EMPTY)
    for at in range(MOST_ATTEMPTS + 5):
        record.attempted(Attempt("ga4", "https://v.example", (), at, 0, None, Delivered()))
    assert [attempt.now for attempt in record.attempts] == list(range(5, MOST_ATTEMPTS + 5))


def test_answers_that_refuse_stay_for_longer_than_those_that_delivered_and_what_those_did_is_known() -> None:
    record = Recorder(1, 0).add(request("a"), RUN, EMPTY)
    refused = Attempt("ga4", "https://v.example", [row("a", 0)], 0, 0, None, Rejected("HTTP 400"))
    record.attempted(refused)
    for at in range(1, MOST_ATTEMPTS + 5):
        rows = [row("a", at), row("another request", at)]
        record.attempted(Attempt("ga4", "https://v.example", rows, at, 0, None, Delivered()))
    assert record.attempts[0] is refused
    assert len(record.attempts) == MOST_ATTEMPTS
    delivered = {place: standing.delivered for place, standing in record.standing.items()}
    assert delivered == {("ga4", at): {at} for at in range(1, 6)}


def row(group: str, position: int) -> Row:
    return Row(position, "ga4", Payload({}, "https://v.example", group=group, position=position), 0)


def of_second(recorder: Recorder, second: int, number: int, run: Run = CLAIMED) -> int:
    """How many of so many requests of a second are kept."""
    before = len(recorder)
    for at in range(number):
        recorder.add(Request(f"{second}-{before + at}", second * SECOND + at, "GET", "/x"), run, EMPTY)
    return len(recorder) - before


def test_while_nobody_looks_only_the_first_of_a_second_are_kept_and_the_others_counted() -> None:
    recorder = Recorder(10_000, 0)
    assert of_second(recorder, 7, 3 * MOST_UNSEEN) == MOST_UNSEEN
    assert of_second(recorder, 8, MOST_UNSEEN + 1) == MOST_UNSEEN
    assert recorder.passed_over == 2 * MOST_UNSEEN + 1


def test_from_a_look_on_every_request_is_kept_until_nobody_has_looked_for_a_while() -> None:
    recorder = Recorder(10_000, 0)
    recorder.look(7 * SECOND)
    kept = [of_second(recorder, second, 2 * MOST_UNSEEN) for second in (7, 7 + LOOKS_FOR, 8 + LOOKS_FOR)]
    assert kept == [2 * MOST_UNSEEN, 2 * MOST_UNSEEN, MOST_UNSEEN]


@pytest.mark.parametrize("run", [RUN, replace(CLAIMED, failures=(Failure("client", "other", "KeyError"),))])
def test_what_no_client_took_and_what_made_one_fail_is_kept_among_however_many(run: Run) -> None:
    recorder = Recorder(10_000, 0)
    of_second(recorder, 7, 2 * MOST_UNSEEN)
    assert of_second(recorder, 7, 5, run) == 5
    assert recorder.passed_over == MOST_UNSEEN


def test_a_record_that_is_not_kept_serves_its_request_all_the_same() -> None:
    recorder = Recorder(10_000, 0)
    of_second(recorder, 7, MOST_UNSEEN)
    record = recorder.add(Request("late", 7 * SECOND, "GET", "/x"), CLAIMED, EMPTY)
    assert (record.request.id, record.number, recorder.find("late")) == ("late", MOST_UNSEEN + 1, None)
