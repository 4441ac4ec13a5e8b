"""Which clicks the client ``ga4`` has browsers keep for platforms, and what is no click."""

from __future__ import annotations

from urllib.parse import quote

import pytest

from tests.clients.remembering import ALL, GRANTED, NOW, PAGE, claim, cookies, hit
from wire.remember.table import TABLE, Kept


@pytest.mark.parametrize("kept", [kept for kept in TABLE if kept.parameter], ids=lambda kept: kept.parameter)
def test_another_click_takes_the_place_of_the_first(kept: Kept) -> None:
    name = kept.cookies[-1].name
    first, second = (claim(hit(f"{PAGE}?{kept.parameter}={click}"), kept.vendor) for click in ("Click-1", "Click-2"))
    again = claim(hit(f"{PAGE}?{kept.parameter}=Click-2", f"{name}={cookies(first)[name]}"), kept.vendor)
    assert cookies(again)[name] == cookies(second)[name] != cookies(first)[name]


@pytest.mark.parametrize(
    "click",
    ["a b", "a;b", "a,b", 'a"b', "a\r\nSet-Cookie: x=y", "a\0b", "é", "a%0d%0ab", "<script>", "a@b.example", "null", "undefined"],
)
@pytest.mark.parametrize("kept", [kept for kept in TABLE if kept.parameter], ids=lambda kept: kept.parameter)
def test_what_is_no_click_is_refused_and_counted(kept: Kept, click: str) -> None:
    found = claim(hit(f"{PAGE}?{kept.parameter}={quote(click, safe='')}"), kept.vendor)
    assert {cookie.name for cookie in kept.cookies}.isdisjoint(cookies(found))
    assert [(finding.code, finding.field_path) for finding in found.findings] == [("NO_CLICK_ID", "dl")]
    assert kept.parameter in found.findings[0].description


@pytest.mark.parametrize("kept", [kept for kept in TABLE if kept.parameter], ids=lambda kept: kept.parameter)
def test_a_click_of_any_length_that_is_real_is_kept_and_a_longer_one_is_none(kept: Kept) -> None:
    for length, is_kept in ((1, True), (kept.longest, True), (kept.longest + 1, False)):
        found = claim(hit(f"{PAGE}?{kept.parameter}={'a' * length}"), kept.vendor)
        assert (kept.cookies[-1].name in cookies(found)) == is_kept


def test_links_together_fill_no_proxys_room_for_cookies() -> None:
    page = f"{PAGE}?" + "&".join(f"{kept.parameter}={'a' * kept.longest}" for kept in TABLE if kept.parameter)
    assert sum(len(name) + len(value) + 3 for name, value in cookies(claim(hit(page), *ALL)).items()) < 4096


def test_metas_click_may_stand_in_the_referrer() -> None:
    referrer = f"&dr={quote(f'{PAGE}?fbclid=before&gclid=before', safe='')}"
    found = claim(hit(more=GRANTED + referrer), "meta", "google_ads")
    assert cookies(found)["_fbc"] == f"fb.1.{NOW}500.before"
    assert "_gcl_aw" not in cookies(found)
