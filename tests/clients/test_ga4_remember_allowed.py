"""For whom the client ``ga4`` has browsers keep cookies for platforms, and what is told where it does not."""

from __future__ import annotations

from urllib.parse import quote

import pytest

from core.types import Headers
from tests.clients.remembering import ALL, CLICKS, GRANTED, NOW, PAGE, claim, cookies, hit, lines, told


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
