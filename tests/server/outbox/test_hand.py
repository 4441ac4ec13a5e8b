"""What a replica has in hand of rows that somebody changes meanwhile."""

from __future__ import annotations

from dataclasses import replace

import pytest

from server.outbox.jetstream import hand as hands
from server.outbox.jetstream.hand import Hand, Held
from server.outbox.jetstream.stored import StoredRow
from tests.server.outbox.stores import payload


def held(id: int, number: int) -> Held:
    return Held(StoredRow.of(id, "ga4", payload(id), 0), "place", number, f"reply-{number}")


def ready(hand: Hand) -> list[int]:
    return [each.number for each in hand.ready("place")]


def test_what_is_changed_does_not_leave_until_that_is_done() -> None:
    hand = Hand()
    hand.take(held(7, 1))
    assert hand.bar(7)
    assert not hand.bar(7), "somebody changes it already"
    assert ready(hand) == []
    hand.lift(7)
    assert ready(hand) == [1]


def test_what_is_on_the_wire_cannot_be_changed_and_stays_there() -> None:
    hand = Hand()
    hand.take(held(7, 1))
    hand[7].leased = True
    assert not hand.bar(7)
    assert hand.replaced(7, 1) is None
    assert hand.leased(7) is not None


def test_a_message_that_was_replaced_is_not_taken_though_it_comes_later() -> None:
    hand = Hand()
    hand.take(held(7, 1))
    before = hand.replaced(7, 1)
    assert before is not None
    assert before.reply == "reply-1"
    hand.take(held(7, 1))
    assert ready(hand) == []
    hand.take(held(7, 2))
    assert ready(hand) == [2]
    assert hand.replaced(7, 1) is None, "that is the later one"
    assert ready(hand) == [2]


def test_what_was_replaced_is_not_remembered_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hands, "REMEMBERED", 2)
    hand = Hand()
    for number in (1, 2, 3):
        hand.replaced(number, number)
        hand.take(held(number, number))
    assert ready(hand) == []
    for number in (1, 2, 3):
        hand.take(held(number, number))
    assert ready(hand) == [1]


def test_what_has_been_ready_for_too_long_is_ready_no_more_and_what_is_on_the_wire_stays() -> None:
    hand = Hand(lambda: 2 * hands.READY_FOR)
    for number in (1, 2, 3):
        hand.take(held(number, number))
    hand[1].leased = True
    hand[2].since = hands.READY_FOR
    hand.forget_what_is_old("place")
    assert ready(hand) == [2]
    assert hand.leased(1) is not None
    assert hand.get(3) is None
    assert hand.bytes("place") == hand[1].size + hand[2].size


def test_each_consumer_has_its_own() -> None:
    hand = Hand()
    for number, consumer in enumerate(("place", "lone", "place"), 1):
        hand.take(replace(held(number, number), consumer=consumer))
        hand[number].leased = number > 1
    assert hand.on_wire("place") == [(3, 0)]
    assert hand.on_wire("lone") == [(2, 0)]
    hand.drop(3)
    assert hand.on_wire("place") == []
    assert ready(hand) == [1]


def test_a_row_that_does_not_leave_after_all_is_ready_though_it_has_come_a_second_time_meanwhile() -> None:
    hand = Hand()
    hand.take(held(7, 1))
    hand[7].leased = True
    hand.take(held(7, 1))
    assert ready(hand) == [], "on the wire, as far as is known"
    hand.stays(7)
    assert ready(hand) == [1]
    hand.stays(8)
