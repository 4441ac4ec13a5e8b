"""Who comes in, and who gives his place to somebody else."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
import structlog

from server.connections import refusals
from server.connections.gate import LOOK_COST, RECENT, Claim, Gate
from server.connections.terms import Patience, Terms

ME, OTHER, PROXY = "198.51.100.7", "198.51.100.8", "10.0.0.1"


@dataclass(eq=False)
class Guest:
    name: str
    place: Claim | None = None
    left: list[str] = field(default_factory=list)

    def claim(self, now: float) -> Claim | None:  # noqa: ARG002
        return self.place

    def give_way(self) -> None:
        self.place = None
        self.left.append(self.name)


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


class Hall:
    """A gate with so many places, and guests."""

    def __init__(self, most: int | None = 2, from_one: int | None = None) -> None:
        self.clock = Clock()
        self.left: list[str] = []
        self.guests: list[Guest] = []
        patience = lambda peer: Patience(15, 15, trusted=peer == PROXY)  # noqa: E731
        self.terms = Terms(max_connections=most, max_from_one=from_one, patience=patience)
        self.gate = Gate(self.terms, self.guests, self.clock)

    def comes(self, name: str, place: Claim | None = None, peer: str = ME) -> bool:
        if self.gate.refusal(peer) is not None:
            return False
        self.gate.enter(peer)
        self.guests.append(Guest(name, place, self.left))
        return True


def test_while_there_are_places_everybody_comes_in_and_nobody_gives_way() -> None:
    hall = Hall()
    assert hall.comes("a", Claim(0, 1.0))
    assert hall.comes("b", Claim(0, 2.0))
    assert hall.left == []
    assert hall.gate.as_json() == {"connections": {"open": 2, "most": 2}, "accept_pauses": {}}


def test_the_one_that_is_idle_for_the_longest_time_gives_way() -> None:
    hall = Hall(4)
    for name, since in (("b", 2.0), ("a", 1.0), ("c", 3.0)):
        assert hall.comes(name, Claim(0, since))
    assert hall.comes("busy")
    assert hall.comes("d", Claim(0, 4.0))
    assert hall.comes("e", Claim(0, 5.0))
    assert hall.left == ["a", "b"]


def test_a_proxys_gives_way_after_everybody_elses_and_an_unfinished_request_after_that() -> None:
    hall = Hall(4)
    for name, place in (("body", Claim(3, 1.0)), ("head", Claim(2, 1.0)), ("proxy", Claim(1, 1.0)), ("idle", Claim(0, 9.0))):
        assert hall.comes(name, place)
    for name in ("1", "2", "3", "4"):
        assert hall.comes(name)
    assert hall.left == ["idle", "proxy", "head", "body"]


def test_where_all_are_in_use_a_new_one_is_refused() -> None:
    hall = Hall(1)
    assert hall.comes("busy")
    assert hall.gate.refusal(ME) is refusals.FULL
    assert hall.gate.reasons() == ["new connections were refused: all 1 were in use (server.max_connections)"]
    hall.clock.now += RECENT + 1
    assert hall.gate.reasons() == []


def test_one_that_was_used_meanwhile_stays() -> None:
    hall = Hall(2)
    assert hall.comes("a", Claim(0, 1.0))
    assert hall.comes("b", Claim(0, 2.0))
    assert hall.comes("c", Claim(0, 3.0))
    hall.guests[1].place = Claim(0, 50.0)
    hall.clock.now += 1
    assert hall.comes("d", Claim(0, 4.0))
    assert hall.left == ["a", "c"]


def test_a_crowd_of_busy_ones_is_not_looked_through_for_each_that_comes() -> None:
    hall = Hall(1)
    assert hall.comes("busy")
    assert not hall.comes("a")
    hall.guests[0].place = Claim(0, 1.0)
    assert not hall.comes("b")
    hall.clock.now += LOOK_COST
    assert hall.comes("c")


def test_of_one_address_only_so_many_come_in_but_a_trusted_proxy_stands_for_many() -> None:
    hall = Hall(None, from_one=2)
    assert [hall.comes(str(n)) for n in range(3)] == [True, True, False]
    assert hall.gate.refusal(ME) is refusals.CROWD
    assert hall.comes("other", peer=OTHER)
    assert all(hall.comes(str(n), peer=PROXY) for n in range(5))
    hall.gate.leave(ME)
    assert hall.comes("again")
    house = [f"2001:db8::{n}" for n in range(3)]
    assert [hall.comes("v6", peer=peer) for peer in house] == [True, True, False]


def test_the_terms_may_change_while_it_is_open() -> None:
    hall = Hall(None)
    assert all(hall.comes(str(n)) for n in range(3))
    hall.terms.renew(Terms(max_connections=3, max_from_one=3))
    assert hall.gate.refusal(ME) is refusals.CROWD
    assert hall.gate.refusal(OTHER) is refusals.FULL
    hall.gate.leave(ME)
    assert hall.comes("again")


def test_nobody_is_remembered_who_has_left() -> None:
    hall = Hall(None, from_one=1)
    for n in range(100):
        peer = f"198.51.100.{n}"
        assert hall.comes("x", peer=peer)
        hall.gate.leave(peer)
    assert hall.gate.open == 0
    assert not hall.gate._households


def test_a_pause_is_counted_told_of_for_a_minute_and_logged_once_in_it() -> None:
    hall = Hall()
    with structlog.testing.capture_logs() as said:
        hall.gate.paused("no_descriptor")
        hall.gate.paused("no_descriptor")
        (reason,) = hall.gate.reasons()
        assert "no_descriptor (2 times)" in reason
        hall.clock.now += RECENT + 1
        assert hall.gate.reasons() == []
        hall.gate.paused("no_descriptor")
    assert [line["why"] for line in said] == ["no_descriptor"] * 2
    assert hall.gate.pauses == {"no_descriptor": 3}


@pytest.mark.parametrize("most", [1, 3])
def test_room_is_made_on_request_even_below_the_limit(most: int) -> None:
    hall = Hall(most)
    assert hall.comes("idle", Claim(0, 1.0))
    assert hall.gate.make_room()
    assert not hall.gate.make_room()
    assert hall.left == ["idle"]
