"""What the client ``ga4`` has browsers keep for platforms: which cookies, for whom, and why not."""

from __future__ import annotations

import re
from typing import Any, get_args
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from clients.ga4 import Ga4
from core.component import Setup
from core.context import Context, Shared
from core.fields import Template
from core.remembered import Remembered
from core.types import Claim, Headers, Reply, Request
from wire.conversions.clicks import Clicks
from wire.readers import READERS
from wire.remember.forms import Moment
from wire.remember.table import TABLE, Kept, Vendor

NOW = 1_764_340_311
ALL: list[str] = list(get_args(Vendor))
GRANTED = "&gcs=G111&gcd=13t3t3t3t5l1"
PAGE = "https://www.shop.example/shoes"
MOMENT = Moment(1_700_000_000_000_000, 2)


def client(*vendors: str, consent: dict[str, str] | None = None, own: str = "made at the first start", **cookies: Any) -> Ga4:
    fills = {kind: Template(value).evaluate for kind, value in (consent or {}).items()}
    found = Ga4.Settings.model_validate({"remember": list(vendors), "cookies": cookies})
    around = Shared(readers=READERS, consent_fills=fills, own_secret=own)
    return Ga4(found, Setup("web", {}, around))  # type: ignore[arg-type]  # Settings is the class's own


def hit(
    page: str = PAGE,
    cookie: str = "",
    *,
    more: str = GRANTED,
    host: str = "data.shop.example",
    body: bytes = b"",
    headers: Headers = (),
    later: int = 0,
    session: str = "",
    entropy: bytes = bytes(range(32)),
) -> Request:
    sent: Headers = (("cookie", cookie),) if cookie else ()
    query = f"v=2&tid=G-ABC&cid=1307714608.1760043792{more}&dl={quote(page, safe='')}" + (f"&sid={session}" if session else "")
    return Request(
        "r1",
        (NOW + later) * 1_000_000 + 500_000,
        "POST" if body else "GET",
        "/g/collect",
        query if body else f"{query}&en=page_view",
        (("host", host), *sent, *headers),
        body,
        "203.0.113.7",
        entropy=entropy,
    )


def claim(request: Request, *vendors: str, **settings: Any) -> Claim:
    found = client(*vendors, **settings).claim(request)
    assert isinstance(found, Claim)
    return found


def lines(found: Claim) -> list[str]:
    assert isinstance(found.reply, Reply)
    return [value for name, value in found.reply.headers if name == "set-cookie"]


def cookies(found: Claim) -> dict[str, str]:
    pairs = [line.partition(";")[0].split("=", 1) for line in lines(found)]
    assert len({name for name, _ in pairs}) == len(pairs)
    return dict(pairs)


def told(found: Claim) -> Remembered:
    assert found.remembered
    return found.remembered


AROUND = "Domain=shop.example; Path=/; Secure; SameSite=Lax"
DAY = 86400
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
CLICKS = (
    f"{PAGE}?fbclid=IwAR0_x-1&ttclid=E.C.P.Cx1&epik=dj0yJnU9&ScCid=5b2c0e3c-0000-4000-8000-000000000002"
    "&rdt_cid=3184742045291813272&msclkid=8a6f0e3c00004000800000000000001a&li_fat_id=5b2c0e3c-0000-4000-8000-000000000003"
    "&twclid=23opexample&gclid=Cj0K.a-b&wbraid=Cmwb&gbraid=0AAgb#top"
)


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


@pytest.mark.parametrize("kept", [kept for kept in TABLE if kept.parameter], ids=lambda kept: kept.parameter)
def test_another_click_takes_the_place_of_the_first(kept: Kept) -> None:
    name = kept.cookies[-1].name
    first, second = (claim(hit(f"{PAGE}?{kept.parameter}={click}"), kept.vendor) for click in ("Click-1", "Click-2"))
    again = claim(hit(f"{PAGE}?{kept.parameter}=Click-2", f"{name}={cookies(first)[name]}"), kept.vendor)
    assert cookies(again)[name] == cookies(second)[name] != cookies(first)[name]


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
    ("more", "fill", "why_not"),
    [
        ("&gcs=G111", "", ""),
        ("&gcs=G110", "", ""),
        ("&gcd=13l3l3l3l1l1", "", ""),
        ("", "granted", ""),
        ("&gcs=G101", "", "consent ad_storage is denied"),
        ("&gcs=G101", "granted", "consent ad_storage is denied"),
        ("&gcd=13q3t3t3t5l1", "", "consent ad_storage is denied"),
        ("", "", "consent ad_storage is unset"),
        ("&gcs=G1--", "", "consent ad_storage is unset"),
        ("", "denied", "consent ad_storage is denied"),
        ("&gcs=G111&gcd=13t3t3t3tdl1", "", "the browser has opted out (Global Privacy Control)"),
        (
            f"{GRANTED}&_uip=198.51.100.1",
            "",
            "the hit is passed on by a server: its ip_override is not the address that it came from",
        ),
        (f"{GRANTED}&_uip=203.0.113.7", "", ""),
    ],
)
def test_consent_decides_and_unset_is_no_consent(more: str, fill: str, why_not: str) -> None:
    found = claim(hit(CLICKS, more=more), *ALL, consent={"ad_storage": fill} if fill else {})
    assert told(found).why_not == why_not
    assert bool(lines(found)) == (not why_not)


@pytest.mark.parametrize(
    ("headers", "outcome"),
    [
        ((), "set"),
        ((("sec-gpc", "1"),), "opted_out"),
        ((("sec-gpc", "0"),), "set"),
        ((("sec-fetch-site", "same-site"),), "set"),
        ((("sec-fetch-site", "cross-site"),), "cross_site"),
        ((("x-test", "1"),), "condition"),
    ],
)
def test_the_request_and_the_file_may_speak_against_it(headers: Headers, outcome: str) -> None:
    found = claim(hit(CLICKS, headers=headers), *ALL, when="request.headers['x-test'] != '1'")
    assert told(found).outcome == outcome
    assert bool(lines(found)) == (outcome == "set")


def test_of_a_batch_those_events_decide_that_nothing_speaks_against() -> None:
    page = quote(f"{PAGE}?gclid=", safe="")
    body = f"en=a&gcs=G101&dl={page}no\r\nen=b&gcs=G111&dl={page}one\r\nen=c&gcs=G111&dl={page}two\r\nen=d&gcs=G111".encode()
    found = claim(hit(more="", body=body), "google_ads", "meta")
    assert [*cookies(found)] == ["_fbp", "_gcl_aw"]
    assert cookies(found)["_gcl_aw"] == f"GCL.{NOW}.two"
    denied = claim(hit(more="&gcs=G101", body=b"en=a\r\nen=b"), "meta")
    assert told(denied).why_not == "consent ad_storage is denied"


def test_nothing_is_told_where_nothing_is_asked_for_or_no_event_is_there() -> None:
    found = claim(hit(CLICKS))
    assert found.remembered is None
    assert lines(found) == []
    assert claim(hit(more=f"{GRANTED}", body=b"\r\n"), "meta").remembered is None


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
