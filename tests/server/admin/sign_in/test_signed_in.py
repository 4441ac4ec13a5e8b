"""The browsers that are signed in."""

from __future__ import annotations

import pytest

from server.admin.sign_in.signed_in import COOKIE, LASTS, MOST, SignedIn
from tests.server.admin.conftest import Time


def named(value: str) -> dict[str, str]:
    return {"cookie": f"{COOKIE}={value}"}


def test_each_browser_has_a_cookie_of_its_own_until_it_signs_out() -> None:
    signed_in = SignedIn(Time())
    one, other = signed_in.add(), signed_in.add()
    assert one != other
    assert signed_in.holds(named(one))
    assert signed_in.holds({"cookie": f"a=b; {COOKIE}={other}; c=d"})
    signed_in.remove(named(one))
    assert not signed_in.holds(named(one))
    assert signed_in.holds(named(other))


@pytest.mark.parametrize("left", ['a={"b": 1}', "x y=1", "a@b=1", 'a="', "=", "caf\xe9", f"{COOKIE}=", f"{COOKIE}=of-before"])
@pytest.mark.parametrize("order", ["{0}; {1}", "{1};{0}"])
def test_what_others_have_left_at_this_host_hides_no_cookie_of_ours(left: str, order: str) -> None:
    signed_in = SignedIn(Time())
    cookies = {"cookie": order.format(left, f"{COOKIE}={signed_in.add()}")}
    assert signed_in.holds(cookies)
    signed_in.remove(cookies)
    assert not signed_in.holds(cookies)


def test_it_lasts_for_hours_and_no_longer() -> None:
    time = Time()
    signed_in = SignedIn(time)
    value = signed_in.add()
    time.now += LASTS * 1_000_000 - 1
    assert signed_in.holds(named(value))
    time.now += 1
    assert not signed_in.holds(named(value))


def test_no_number_of_browsers_makes_it_remember_ever_more() -> None:
    signed_in = SignedIn(Time())
    first, *_, last = [signed_in.add() for _ in range(MOST + 1)]
    assert not signed_in.holds(named(first))
    assert signed_in.holds(named(last))
    assert len(signed_in._until) == MOST


@pytest.mark.parametrize("cookie", ["", f"{COOKIE}=", "other={}", f"{COOKIE}={{}}x", f'{COOKIE}="\\377', "\x00;=;a[b]=c"])
def test_anything_else_opens_nothing(cookie: str) -> None:
    signed_in = SignedIn(Time())
    headers = {"cookie": cookie.format(signed_in.add())}
    assert not signed_in.holds(headers)
    signed_in.remove(headers)
    assert not signed_in.holds({})


def test_after_a_restart_nobody_is_signed_in() -> None:
    assert not SignedIn(Time()).holds(named(SignedIn(Time()).add()))
