"""The link cookie: an identity that goes from one domain to another, and the secrets that seal it."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest

from tests.clients.server_cookies import FRESH, NOW, OLD, SECRET, VECTOR, VECTOR_ID, claim, cookies_of, event_of, hit, linking


@pytest.mark.parametrize("cid", [OLD, FRESH])
def test_a_link_between_two_domains_keeps_one_identity(cid: str) -> None:
    here = claim(hit("&_fplc=0", cid=cid, host="www.shop.example"), secret=SECRET)
    token = cookies_of(here)["FPLC"]
    there = claim(hit(f"&_fv=1&_fplc={token}", cid=f"99.{NOW}", host="www.shop.co.uk", later=3600), secret=SECRET)
    assert event_of(there)["client_id"] == event_of(here)["client_id"]
    assert event_of(there)["x-ga-js_client_id"] == f"99.{NOW}"
    kept = cookies_of(there)
    assert list(kept) == ["FPID"]
    assert kept["FPID"] == cookies_of(here)["FPID"].replace("FPID2.2.", "FPID2.3.", 1)


def test_a_visitor_who_is_known_here_is_not_replaced_by_a_link() -> None:
    token = cookies_of(claim(hit("&_fplc=0"), secret=SECRET))["FPLC"]
    assert event_of(claim(hit(f"&_fplc={token}", f"FPID={VECTOR}"), secret=SECRET))["client_id"] == VECTOR_ID


@pytest.mark.parametrize(
    ("change", "later", "secret"),
    [
        (lambda token: token, 20 * 3600, SECRET),
        (lambda token: token, 0, "another secret"),
        (lambda token: token, 0, None),
        (lambda token: token[:-1] + ("A" if token[-1] != "A" else "B"), 0, SECRET),
        (lambda token: token[:40], 0, SECRET),
        (lambda token: token * 20, 0, SECRET),
        (lambda _: "", 0, SECRET),
        (lambda _: "1", 0, SECRET),
    ],
)
def test_a_token_that_is_forged_or_stale_is_ignored(change: Any, later: int, secret: str | None) -> None:
    token = cookies_of(claim(hit("&_fplc=0", cid="5.5"), secret=SECRET))["FPLC"]
    linked = claim(hit(f"&_fplc={change(token)}", later=later), secret=secret)
    plain = claim(hit(later=later), secret=secret)
    assert event_of(linked)["client_id"] == event_of(plain)["client_id"] == OLD
    assert cookies_of(linked) == cookies_of(plain)


@pytest.mark.parametrize(
    ("more", "cookie", "due"),
    [
        ("&_fplc=0", "", True),
        ("&_fplc=0", f"FPLC={linking()}", True),
        ("", "", False),
        ("&_fplc=x", "", False),
        ("&ep._fplc=0", "", False),
        ("&_fplc", "", False),
        ("", f"FPLC={linking()}", False),
        ("", f"FPLC=junk; FPLC={linking()}", False),
        ("", f"FPLC={linking(-9 * 3600)}", False),
        ("", f"FPLC={linking(-10 * 3600)}", True),
        ("", f"FPLC={linking(-30 * 3600)}", True),
        ("", "FPLC=another servers", True),
        ("", f"FPLC={cookies_of(claim(hit('&_fplc=0', cid='5.5'), secret=SECRET))['FPLC']}", True),
    ],
)
def test_when_the_link_cookie_is_written(more: str, cookie: str, due: bool) -> None:
    found = claim(hit(more, f"FPID={VECTOR}; {cookie}"), secret=SECRET)
    assert cookies_of(found) == {"FPID": VECTOR, **({"FPLC": linking()} if due else {})}


NEW = "another secret of 32 characters."
STEPS: list[Any] = [SECRET, [SECRET, NEW], [NEW, SECRET], [NEW], NEW]


@pytest.mark.parametrize(("here", "there"), list(pairwise(STEPS)))
def test_at_every_step_of_a_rotation_servers_understand_the_links_of_those_before_and_after(here: Any, there: Any) -> None:
    for sealed_by, opened_by in ((here, there), (there, here)):
        token = cookies_of(claim(hit("&_fplc=0", f"FPID={VECTOR}"), secret=sealed_by))["FPLC"]
        linked = claim(hit(f"&_fv=1&_fplc={token}", cid=f"99.{NOW}"), secret=opened_by)
        assert event_of(linked)["client_id"] == VECTOR_ID


def test_the_first_secret_signs_and_what_another_has_sealed_is_sealed_anew() -> None:
    old = f"FPID={VECTOR}; FPLC={linking()}"
    assert "FPLC" not in cookies_of(claim(hit(cookie=old), secret=[SECRET, NEW]))
    renewed = cookies_of(claim(hit(cookie=old), secret=[NEW, SECRET]))["FPLC"]
    assert renewed == cookies_of(claim(hit("&_fplc=0", f"FPID={VECTOR}"), secret=NEW))["FPLC"]
    assert "FPLC" not in cookies_of(claim(hit(cookie=f"FPID={VECTOR}; FPLC={renewed}"), secret=[NEW, SECRET]))


@pytest.mark.parametrize("secret", [SECRET, [SECRET, NEW], [NEW, SECRET], [NEW]])
def test_whoever_has_his_cookie_stays_who_he_is_whatever_the_secrets(secret: Any) -> None:
    assert event_of(claim(hit(cookie=f"FPID={VECTOR}"), secret=secret))["client_id"] == VECTOR_ID


@pytest.mark.parametrize(
    ("one", "other"), [(SECRET, [SECRET]), (SECRET, [SECRET, NEW]), (SECRET, ["", SECRET]), (None, []), (None, "")]
)
def test_new_visitors_are_made_by_the_first_secret_that_is_one(one: Any, other: Any) -> None:
    first, second = (claim(hit("&_fplc=0", cid=FRESH), secret=each) for each in (one, other))
    assert cookies_of(first) == cookies_of(second)


def test_without_a_secret_there_is_no_link_cookie() -> None:
    assert list(cookies_of(claim(hit("&_fplc=0", "FPLC=x")))) == ["FPID"]
