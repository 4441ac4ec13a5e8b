"""How fast tokens may be tried."""

from __future__ import annotations

import pytest

from server.admin.sign_in.attempts import ALL, EACH, MOST_ADDRESSES, MOST_WELCOME, Attempts
from tests.server.admin.conftest import Time

SECOND = 1_000_000


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def attempts(time: Time) -> Attempts:
    return Attempts(time)


def fail(attempts: Attempts, address: str, times: int) -> None:
    for _ in range(times):
        attempts.wrong(address)


def test_a_few_slips_cost_nothing_and_more_cost_a_pause_each(attempts: Attempts, time: Time) -> None:
    most, every = EACH
    fail(attempts, "192.0.2.1", most - 1)
    assert attempts.pause("192.0.2.1") == 0
    fail(attempts, "192.0.2.1", 1)
    assert attempts.pause("192.0.2.1") == every / SECOND
    assert attempts.pause("192.0.2.2") == 0
    time.now += every
    assert attempts.pause("192.0.2.1") == 0
    fail(attempts, "192.0.2.1", 1)
    assert attempts.pause("192.0.2.1") == every / SECOND


def test_whoever_waits_long_enough_is_where_he_was(attempts: Attempts, time: Time) -> None:
    most, every = EACH
    fail(attempts, "192.0.2.1", most)
    time.now += most * every
    fail(attempts, "192.0.2.1", most - 1)
    assert attempts.pause("192.0.2.1") == 0


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
        ("192.0.2.1", "192.0.2.2", False),
        ("::ffff:192.0.2.1", "::ffff:192.0.2.2", False),
        ("fe80::1%eth0", "fe80::2%eth0", True),
        ("", "no address", True),
    ],
)
def test_all_that_one_visitor_may_choose_from_is_one_address(attempts: Attempts, one: str, other: str, same: bool) -> None:
    fail(attempts, one, EACH[0])
    assert (attempts.pause(other) > 0) is same


def test_many_addresses_together_are_slowed_down_as_well(attempts: Attempts, time: Time) -> None:
    most, every = ALL
    for number in range(most):
        assert attempts.pause(f"192.0.2.{number}") == 0
        attempts.wrong(f"192.0.2.{number}")
    assert attempts.pause("198.51.100.1") == every / SECOND
    time.now += every
    assert attempts.pause("198.51.100.1") == 0


def test_whoever_has_the_token_is_not_locked_out_by_others_but_by_his_own_mistakes(attempts: Attempts) -> None:
    attempts.right("203.0.113.5")
    for number in range(ALL[0]):
        attempts.wrong(f"192.0.2.{number}")
    assert attempts.pause("203.0.113.5") == 0
    fail(attempts, "203.0.113.5", EACH[0])
    assert attempts.pause("203.0.113.5") > 0


def test_no_flood_makes_it_remember_ever_more(attempts: Attempts) -> None:
    for number in range(5 * MOST_ADDRESSES):
        attempts.wrong(f"2001:db8:{number:x}::1")
        attempts.right(f"2001:db8:{number:x}::1")
    assert len(attempts._each) == MOST_ADDRESSES
    assert len(attempts._welcome) == MOST_WELCOME
