"""What the client ``ga4`` has browsers keep for platforms: which cookies, how they are written, and which of them go on."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from clients.ga4 import Ga4
from core.context import Context
from core.remembered import Remembered
from core.types import Request
from tests.clients.remembering import ALL, CLICKS, DAY, MOMENT, NOW, PAGE, claim, cookies, hit, lines, told
from wire.conversions.clicks import Clicks
from wire.remember.table import TABLE, Kept

AROUND = "Domain=shop.example; Path=/; Secure; SameSite=Lax"
GOLDEN = {
    "meta": [
        f"_fbc=fb.1.{NOW}500.IwAR0_x-1; Max-Age={90 * DAY}; {AROUND}",
        f"_fbp=fb.1.{NOW}500.1109948421; Max-Age={90 * DAY}; {AROUND}",
    ],
    "tiktok": [
        f"ttclid=E.C.P.Cx1; Max-Age={30 * DAY}; {AROUND}",
        f"_ttp=NoXvMGwDeBWQJJ7nOB3aoGKkgRm; Max-Age=34190000; {AROUND}",
    ],
    "pinterest": [f"_epik=dj0yJnU9; Max-Age={365 * DAY}; {AROUND}"],
    "snapchat": [
        f"_scclid=5b2c0e3c-0000-4000-8000-000000000002; Max-Age={365 * DAY}; {AROUND}",
        f"_scid=603de6f1-b9c1-4cfa-a137-44a1a164c7c5; Max-Age={365 * DAY}; {AROUND}",
    ],
    "reddit": [
        f"_rdt_cid=3184742045291813272; Max-Age={30 * DAY}; {AROUND}",
        f"_rdt_uuid={NOW}500.d283fdd0-ba08-441a-a5ae-ff45cef20e11; Max-Age={90 * DAY}; {AROUND}",
    ],
    "microsoft_ads": [
        f"_uetmsclkid=_uet8a6f0e3c00004000800000000000001a; Max-Age={90 * DAY}; {AROUND}",
        f"_uetvid=7630c6bec1503639d89a2b0453e85089; Max-Age={390 * DAY}; {AROUND}",
    ],
    "linkedin": [f"li_fat_id=5b2c0e3c-0000-4000-8000-000000000003; Max-Age={90 * DAY}; {AROUND}"],
    "x": [f"twclid=23opexample; Max-Age={90 * DAY}; {AROUND}"],
    "google_ads": [
        f"_gcl_aw=GCL.{NOW}.Cj0K.a-b; Max-Age={90 * DAY}; {AROUND}",
        f"_gcl_gb=GCL.{NOW}.Cmwb; Max-Age={90 * DAY}; {AROUND}",
        f"_gcl_ag=2.1.k0AAgb$i{NOW}; Max-Age={90 * DAY}; {AROUND}",
    ],
}


@pytest.mark.parametrize("vendor", ALL)
def test_each_platform_gets_its_cookies_as_it_writes_them(vendor: str) -> None:
    found = claim(hit(CLICKS), vendor)
    assert lines(found) == GOLDEN[vendor]
    assert told(found).renewed == ()
    assert dict(told(found).new) == cookies(found)
    assert found.findings == ()
    assert lines(claim(hit(CLICKS), vendor)) == GOLDEN[vendor], "the same request gives the same"


def test_all_of_them_at_once_and_no_id_of_a_browser_is_another_ones() -> None:
    found = claim(hit(CLICKS), *ALL)
    assert lines(found) == [line for vendor in ALL for line in GOLDEN[vendor]]
    made = [cookies(found)[kept.cookies[-1].name] for kept in TABLE if kept.mint]
    assert len({value[-8:] for value in made}) == len(made) == 5


@pytest.mark.parametrize("vendor", ALL)
def test_without_a_click_only_a_browser_is_known(vendor: str) -> None:
    found = claim(hit(), vendor)
    assert [*cookies(found)] == [kept.cookies[-1].name for kept in TABLE if kept.vendor == vendor and kept.mint]
    if vendor in ("pinterest", "linkedin", "x", "google_ads"):
        assert told(found) == Remembered(why_not="the page's URL has no click, and there is nothing to renew", outcome="nothing")


@pytest.mark.parametrize("vendor", ALL)
def test_what_the_browser_has_stays_as_it_is(vendor: str) -> None:
    first = cookies(claim(hit(CLICKS), vendor))
    sent = "; ".join(f"{name}={value}" for name, value in first.items())
    for page, later in ((CLICKS, 60), (PAGE, 3600)):
        again = claim(hit(page, f"_ga=x; {sent}", later=later, entropy=bytes(32)), vendor)
        assert cookies(again).items() <= first.items()
        assert told(again).new == ()
        assert told(again).renewed == tuple(cookies(again))
    renewed = {kept.cookies[-1].name for kept in TABLE if kept.vendor == vendor and kept.renewed}
    assert set(cookies(again)) == renewed


@pytest.mark.parametrize("kept", [kept for kept in TABLE if len(kept.cookies) > 1], ids=lambda kept: kept.cookies[0].name)
def test_a_cookie_that_another_server_has_set_is_the_one_that_goes_on(kept: Kept) -> None:
    other, own = kept.cookies
    sent = f"{own.name}={own.form.write('old', MOMENT)}; {other.name}={quote(other.form.write('old', MOMENT))}"
    page = f"{PAGE}?{kept.parameter}=new" if kept.parameter else PAGE
    found = claim(hit(page, sent), kept.vendor)
    assert own.name not in cookies(found)
    assert other.form.read(cookies(found)[other.name]) == ("new" if kept.parameter else "old")
    [line] = [line for line in lines(found) if line.startswith(other.name)]
    assert line.endswith("HttpOnly") == other.http_only


@pytest.mark.parametrize(
    ("sent", "set_again"),
    [
        ("_ttp=01JX_.tt.1", "01JX_.tt.1"),
        ("_ttp=a%2Bb%20c", "a%2Bb%20c"),
        ("_ttp=a; _ttp=a", "a"),
        ("_ttp=a; _ttp=b", None),
        ("_ttp=" + "a" * 1100, "a" * 1100),
        ("_fbp=fb.1.1700000000000.1098115397.AQ", "fb.1.1700000000000.1098115397.AQ"),
        ("_rdt_uuid=1700000000000.abc", "1700000000000.abc"),
    ],
)
def test_a_renewed_cookie_is_written_as_it_came(sent: str, set_again: str | None) -> None:
    name = sent.partition("=")[0]
    found = claim(hit(cookie=sent), *ALL)
    assert cookies(found).get(name) == set_again


@pytest.mark.parametrize(
    "sent", ["_fbp=nonsense", "_fbp=fb.1.1700000000000.x", "_ttp=", '_ttp="a"', "_ttp=a b", "_ttp=" + "a" * 1101, "_rdt_uuid=x"]
)
def test_what_is_no_id_makes_room_for_a_new_one(sent: str) -> None:
    name, _, value = sent.partition("=")
    assert cookies(claim(hit(cookie=sent), *ALL))[name] not in (value, "")


@pytest.mark.parametrize(
    ("host", "settings", "around", "level"),
    [
        ("data.shop.example.co.uk", {}, "Domain=example.co.uk; Path=/", 2),
        ("localhost:8080", {}, "Path=/", 0),
        ("192.0.2.7", {}, "Path=/", 0),
        ("data.shop.example", {"domain": "shop.example", "path": "/a"}, "Domain=shop.example; Path=/a", 1),
        ("data.shop.example", {"mode": "server", "max_age": "1d"}, "Domain=shop.example; Path=/", 1),
    ],
)
def test_domain_and_path_are_those_of_the_other_cookies(host: str, settings: dict[str, Any], around: str, level: int) -> None:
    [line] = [line for line in lines(claim(hit(host=host), "meta", **settings)) if line.startswith("_fbp")]
    assert re.fullmatch(rf"_fbp=fb\.{level}\.{NOW}500\.\d+; Max-Age={90 * DAY}; {around}; Secure; SameSite=Lax", line)


def test_hits_of_a_session_that_come_at_once_make_the_same_browser_and_another_session_another() -> None:
    made = [
        cookies(claim(hit(later=later, session=session, entropy=bytes([at]) * 32), *ALL))
        for at, (later, session) in enumerate(
            [(0, str(NOW - 9)), (1, str(NOW - 9)), (0, str(NOW - 8)), (0, ""), (1, ""), (0, "5"), (0, str(NOW + 99))]
        )
    ]
    assert made[0] == made[1]
    assert made[0]["_fbp"].startswith(f"fb.1.{NOW - 9}000.")
    assert made[4]["_fbp"].startswith(f"fb.1.{NOW + 1}500.")
    assert [each["_fbp"].split(".")[2] for each in made[5:]] == [f"{NOW}500"] * 2
    assert len({each["_ttp"] for each in made}) == len(made) - 1
    others = cookies(claim(hit(session=str(NOW - 9)), *ALL, own="another installation's"))
    assert others["_ttp"] != made[0]["_ttp"]


def test_tags_of_the_same_request_find_what_the_reply_sets() -> None:
    request = hit(CLICKS, "_fbp=nonsense; _rdt_uuid=x")
    found = claim(request, *ALL)
    seen = Request("r1", request.received_at, "GET", "/", headers=told(found).beside(request.headers))
    clicks = Clicks({}, Context(seen, "web", {}))
    assert clicks.fbp() == cookies(found)["_fbp"]
    assert clicks.fbc() == cookies(found)["_fbc"]
    assert clicks.google("gclid", "FPGCLAW", "_gcl_aw") == "Cj0K.a-b"
    assert clicks.google("wbraid", "FPGCLGB", "_gcl_gb") == "Cmwb"
    assert clicks.google("gbraid", "FPGCLAG", "_gcl_ag") == "0AAgb"
    assert clicks.cookie("_ttp") == cookies(found)["_ttp"]
    assert seen.header("cookie") == "; ".join(f"{name}={value}" for name, value in cookies(found).items())


@given(
    clicks=st.lists(st.tuples(st.sampled_from([kept.parameter for kept in TABLE if kept.parameter]), st.text(max_size=40))),
    sent=st.lists(st.tuples(st.sampled_from([cookie.name for kept in TABLE for cookie in kept.cookies]), st.text(max_size=40))),
    session=st.text(max_size=12),
)
def test_whatever_comes_nothing_raises_and_no_header_holds_what_could_end_it(
    clicks: list[tuple[str, str]], sent: list[tuple[str, str]], session: str
) -> None:
    page = f"{PAGE}?" + "&".join(f"{name}={quote(click, safe='', errors='replace')}" for name, click in clicks)
    cookie = "; ".join(f"{name}={value}" for name, value in sent)
    found = claim(hit(page, cookie, session=quote(session, errors="replace")), *ALL)
    for line in lines(found):
        assert re.fullmatch(r"[!-~]+(; [!-:<-~]+){4,6}", line), line
        assert line.isascii()


def test_a_platform_that_is_none_is_a_mistake() -> None:
    with pytest.raises(ValidationError, match="remember"):
        Ga4.Settings.model_validate({"remember": ["facebook"]})
    one: Any = Ga4.Settings.model_validate({"remember": "meta"})
    assert one.remember == ["meta"]
