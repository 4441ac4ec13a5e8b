"""Hits that name no visitor, and visitors who grant consent on a page that began without it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

import pytest

from clients.ga4 import Ga4
from core.component import Setup
from core.context import Shared
from core.fields import Template
from core.types import Claim, Event, Headers, Request
from tests.clients.server_cookies import NOW, OLD, VECTOR, VECTOR_ID, cookies_of
from tests.clients.server_cookies import claim as claim_by_server
from tests.clients.server_cookies import hit as plain_hit
from wire.readers import READERS

CLIENT_ID = "1307714608.1760043792"
GA = f"_ga=GA1.1.{CLIENT_ID}"
GS2 = "_ga_ABC=GS2.1.s1764340309$o5$g1$t1764340315$j54$l0$h0"
GS1 = "_ga_ABC=GS1.1.1764340309.5.1.1764340315.54.0.0"
KNOWN = {"client_id": CLIENT_ID, "ga_session_id": "1764340309", "ga_session_number": 5}
MODES = ["js", "server"]


def claim(more: str, cookie: str, body: bytes = b"", consent: Mapping[str, str] | None = None, **cookies: Any) -> Claim:
    around = Shared(readers=READERS, consent_fills={kind: Template(value).evaluate for kind, value in (consent or {}).items()})
    settings = Ga4.Settings.model_validate({"cookies": {"mode": "js", **cookies}})
    headers: Headers = (("host", "data.shop.example"), ("cookie", cookie))
    query = "v=2&tid=G-ABC" + ("" if body else "&en=page_view") + more
    request = Request("r", NOW * 1_000_000, "POST" if body else "GET", "/g/collect", query, headers, body)
    found = Ga4(settings, Setup("web", {}, around)).claim(request)  # type: ignore[arg-type]  # Settings is the class's own
    assert isinstance(found, Claim)
    return found


def said(event: Event) -> dict[str, Any]:
    return {key: event[key] for key in KNOWN if key in event}


def codes(found: Claim) -> list[str]:
    return [finding.code for finding in found.findings]


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("more", ["", "&cid=", "&cid"])
@pytest.mark.parametrize(
    ("cookie", "known"),
    [
        (f"{GA}; {GS2}", KNOWN),
        (f"{GS1}; {GA}", KNOWN),
        (f"{GA}; {GS2.replace('$', '%24')}", KNOWN),
        (f"a=b; _ga=junk; {GA}; _ga=GA1.1.3.4; _ga_ABC=junk; {GS2}", KNOWN),
        (f"{GA}; _ga_OTHER=GS2.1.s7$o9; {GS2}", KNOWN),
        (f"{GA}; _ga_OTHER=GS2.1.s7$o9", {"client_id": CLIENT_ID}),
        (f"{GA}; _ga_ABC=GS2.1.s1764340309", {"client_id": CLIENT_ID, "ga_session_id": "1764340309"}),
        (f"{GA}; _ga_ABC=GS3.1.s7$o9", {"client_id": CLIENT_ID}),
        (GA, {"client_id": CLIENT_ID}),
    ],
)
def test_the_browsers_cookies_say_who_it_is(mode: str, more: str, cookie: str, known: dict[str, Any]) -> None:
    found = claim(more, cookie, mode=mode)
    [event] = found.events
    assert said(event) == known
    assert event.get("x-ga-js_client_id") == (CLIENT_ID if mode == "server" else None)
    assert codes(found) == []


@pytest.mark.parametrize(
    ("more", "session"),
    [
        ("&sid=1764340309", ("1764340309", 5)),
        ("&sid=7", ("7", None)),
        ("&sct=9", ("1764340309", 9)),
        ("&sid=7&sct=2", ("7", 2)),
        ("&sid=&sct=2", ("1764340309", 2)),
    ],
)
def test_what_the_hit_says_of_its_session_stays(more: str, session: tuple[str, int | None]) -> None:
    [event] = claim(more, f"{GA}; {GS2}").events
    assert (event["ga_session_id"], event.get("ga_session_number")) == session


@pytest.mark.parametrize("mode", MODES)
def test_a_hit_that_names_its_visitor_is_left_as_it_is(mode: str) -> None:
    found = claim("&cid=7.8", f"{GA}; {GS2}", mode=mode)
    [event] = found.events
    assert "ga_session_id" not in event
    assert event.get("x-ga-js_client_id", event["client_id"]) == "7.8"


def test_each_stream_of_a_batch_has_its_own_session() -> None:
    found = claim("", f"{GA}; {GS2}; _ga_B=GS2.1.s77$o2", b"en=a\r\nen=b&tid=G-B\r\nen=c&cid=7.8\r\nen=d&tid=G-C")
    assert [said(event) for event in found.events] == [
        KNOWN,
        {"client_id": CLIENT_ID, "ga_session_id": "77", "ga_session_number": 2},
        {"client_id": "7.8"},
        {"client_id": CLIENT_ID},
    ]


DENIALS: list[tuple[str, dict[str, Any]]] = [
    ("&gcs=G110", {}),
    ("&gcd=13p3p3p3p5l1", {}),
    ("", {"consent": {"analytics_storage": "denied"}}),
    ("", {"when": "event.en == 'never'"}),
    ("", {"name": "{{ event.none }}"}),
]


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(("more", "settings"), DENIALS)
def test_what_may_not_be_read_is_not_and_that_is_told(mode: str, more: str, settings: dict[str, Any]) -> None:
    found = claim(more, f"{GA}; {GS2}; FPID={VECTOR}", mode=mode, **settings)
    assert said(found.events[0]) == {}
    assert codes(found) == ["NO_CLIENT_ID"]
    assert cookies_of(found) == {}


def test_a_file_that_grants_by_default_lets_it_be_read() -> None:
    assert said(claim("", GA, consent={"analytics_storage": "granted"}).events[0]) == {"client_id": CLIENT_ID}


@pytest.mark.parametrize("cookie", ["", "_ga=", "_ga=junk", "_ga=GA1.1.", "_ga=GA1.1.5.5" + "9" * 500, "_gat=1"])
def test_where_nobody_says_who_it_is_that_is_told(cookie: str) -> None:
    found = claim("", cookie)
    assert said(found.events[0]) == {}
    assert codes(found) == ["NO_CLIENT_ID"]
    assert codes(claim("", cookie, b"en=a\r\nen=b\r\nen=c&cid=1.2")) == ["NO_CLIENT_ID"]


@pytest.mark.parametrize("cid", ["undefined", "null", "NaN", "None", "undefined.undefined", "%5Bobject%20Object%5D"])
def test_what_scripts_write_where_they_have_no_id_is_nobodys(cid: str) -> None:
    one, two = [claim_by_server(plain_hit(cid=unquote(cid), entropy=bytes([at]) * 32)) for at in (1, 2)]
    assert one.events[0]["client_id"] != two.events[0]["client_id"]
    assert cookies_of(one) != cookies_of(two)
    assert codes(one) == ["NO_ID"]


@pytest.mark.parametrize("mode", MODES)
def test_the_browsers_cookie_counts_where_the_hits_client_id_is_nobodys(mode: str) -> None:
    found = claim("&cid=undefined&uid=null", f"{GA}; {GS2}", mode=mode)
    assert said(found.events[0]) == KNOWN
    assert codes(found) == ["NO_ID", "NO_ID"]
    assert found.events[0]["user_id"] == "null"


def test_without_a_cookie_an_event_with_nobodys_id_is_not_lost_for_it() -> None:
    assert said(claim("&cid=undefined", "").events[0]) == {"client_id": "undefined"}


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("cookie", ["_ga=GA1.1.jo@example.com", "_ga=GA1.1.jo%40example.com"])
def test_an_address_in_the_browsers_cookie_is_no_id_either(mode: str, cookie: str) -> None:
    found = claim("", cookie, mode=mode)
    assert "example.com" not in repr(found.events)
    assert codes(found) == ["EMAIL_AS_ID"]


def test_in_server_mode_an_image_without_a_client_id_is_a_visitor_with_a_cookie() -> None:
    found = claim("&cid=", "", mode="server")
    assert codes(found) == []
    assert list(cookies_of(found)) == ["FPID"]
    again = claim("", f"FPID={cookies_of(found)['FPID']}", mode="server")
    assert again.events[0]["client_id"] == found.events[0]["client_id"]
    assert claim("", f"FPID={VECTOR}; {GA}", mode="server").events[0]["client_id"] == VECTOR_ID


YOUNG = f"1307714608.{NOW - 30}"


@pytest.mark.parametrize("cid", [YOUNG, OLD])
@pytest.mark.parametrize(
    ("gcd", "carried"),
    [
        ("13r3r3r3r5l1", True),
        ("13r3r3r2r5", True),
        ("13p3r3p3p5l1", True),
        ("13n3n3n3n5l1", True),
        ("13v3v3v3v5l1", False),
        ("13t3t3t3t5l1", False),
        ("13l3l3l3l1l1", False),
        ("13r3t3r3r5l1", False),
    ],
)
@pytest.mark.parametrize("more", ["&_fv=1", ""])
def test_who_grants_on_a_page_that_began_without_keeps_the_client_id_of_its_first_hits(
    gcd: str, carried: bool, more: str, cid: str
) -> None:
    denied = claim_by_server(plain_hit(f"&_fv=1&gcd={gcd.replace('r', 'p').replace('n', 'm')}", cid=cid))
    granted = claim_by_server(plain_hit(f"{more}&gcd={gcd}", f"_ga=GA1.1.{cid}" if cid == OLD else None, cid=cid))
    later = claim_by_server(plain_hit("", f"FPID={cookies_of(granted)['FPID']}", cid="9.9", later=90_000))
    ids = [found.events[0]["client_id"] for found in (granted, later)]
    assert ids[0] == ids[1]
    assert (ids[0] == cid) == (carried or cid == OLD)
    if carried:
        assert denied.events[0]["client_id"] == cid
        assert cookies_of(denied) == {}


def test_a_returning_visitor_who_grants_is_who_he_was() -> None:
    granted = claim_by_server(plain_hit("&gcd=13r3r3r3r5l1", f"_ga=GA1.1.{OLD}", cid=YOUNG))
    assert granted.events[0]["client_id"] == OLD
    known = claim_by_server(plain_hit("&gcd=13r3r3r3r5l1", f"FPID={VECTOR}; _ga=GA1.1.{OLD}", cid=YOUNG))
    assert known.events[0]["client_id"] == VECTOR_ID


def test_who_does_not_migrate_gets_a_client_id_of_the_servers() -> None:
    granted = claim_by_server(plain_hit("&gcd=13r3r3r3r5l1", cid=YOUNG), migrate_from_js=False)
    assert granted.events[0]["client_id"] != YOUNG


@pytest.mark.parametrize(
    ("site", "carried"), [("cross-site", True), ("same-site", False), ("same-origin", False), ("none", False)]
)
def test_where_no_cookie_will_be_kept_the_client_id_is_that_of_the_page_from_the_beginning(site: str, carried: bool) -> None:
    first, later = (
        claim_by_server(plain_hit(more, cid=YOUNG, later=seconds, headers=(("sec-fetch-site", site),)))
        for more, seconds in (("&_fv=1", 0), ("", 3600))
    )
    assert (first.events[0]["client_id"] == YOUNG) is carried
    assert later.events[0]["client_id"] == YOUNG
