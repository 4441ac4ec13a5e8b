"""Which paths of Google's are known, where each goes, and what goes along."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.types import Geo, Request
from wire.google_paths import GATEWAY, google_path, named_ids, origin_of, passed_on

SYNDICATION = "https://pagead2.googlesyndication.com"


@pytest.mark.parametrize(
    ("path", "origin"),
    [
        ("/ag/g/c", GATEWAY),
        ("/ga/g/c", GATEWAY),
        ("/as/p/c/987654321/", GATEWAY),
        ("/as/d/ccm/conversion/987654321/", GATEWAY),
        ("/g/d/ccm/conversion/987654321/", GATEWAY),
        ("/d/ccm/conversion/987654321/", GATEWAY),
        ("/gs/ccm/conversion/987654321", GATEWAY),
        ("/gs/pagead/conversion/987654321/", GATEWAY),
        ("/gs/ccm/collect", GATEWAY),
        ("/g/ccm/collect", GATEWAY),
        ("/d/ccm/form-data/987654321", GATEWAY),
        ("/measurement/conversion", SYNDICATION),
        ("/measurement/conversion/", SYNDICATION),
        ("/pagead/conversion/987654321/", "https://www.googleadservices.com"),
        ("/pagead/1p-conversion/987654321/", "https://www.google.com"),
        ("/pagead/1p-user-list/987654321/", "https://www.google.com"),
        ("/pagead/viewthroughconversion/987654321/", "https://googleads.g.doubleclick.net"),
        ("/pagead/form-data/987654321", "https://www.google.com"),
        ("/ccm/form-data/987654321", "https://www.google.com"),
        ("/ccm/collect", "https://www.google.com"),
        ("/ccm/s/collect", "https://ad.doubleclick.net"),
        ("/rmkt/collect/987654321/", "https://www.google.com"),
        ("/mc/collect", "https://www.merchant-center-analytics.goog"),
    ],
)
def test_where_a_path_goes(path: str, origin: str) -> None:
    known = google_path(path)
    assert known
    owner = "https://aw-987654321.fps.goog" if origin == GATEWAY else origin
    assert origin_of(known, "AW-987654321") == owner
    asked = Request("r1", 0, "GET", path, "id=x&tid=G-1")
    assert named_ids(known, asked) == ["AW-987654321" if "987654321" in path else "G-1"]


@pytest.mark.parametrize(
    "path",
    ["/_/set_cookie", "/_set_cookie", "/ccm/geo", "/ccm/conversion/1", "/pagead/set_partitioned_cookie", "/gs/new", "/ag/x",
     "/g/s/collect", "/activity;src=1", "/ddm/activity/src=1", "/as/p/c/1/2", "/pagead/conversion/1/../x"],
)  # fmt: skip
def test_what_is_known_and_goes_nowhere(path: str) -> None:
    known = google_path(path)
    assert known
    assert known.host is None


@pytest.mark.parametrize(
    "path", ["/", "/g/collect", "/gs", "/as", "/gsx/y", "/activityx", "/pagead", "/mc/collect2", "/a", "/debug/x"]
)
def test_what_is_none_of_googles(path: str) -> None:
    assert google_path(path) is None


def sent(path: str = "/ag/g/c", query: str = "v=2&tid=G-1", **request: Any) -> Any:
    known = google_path(path)
    assert known
    return passed_on(Request("r1", 0, "POST", path, query, **request), known, "https://google.example")


def test_the_visitors_address_goes_along_and_no_other_that_the_query_tells() -> None:
    by_header = sent(query="v=2&_uip=::&tid=G-1&uip=9", ip="2001:db8::1")
    assert by_header.url == "https://google.example/tagyard/ag/g/c?v=2&tid=G-1&uip=9&_uip=2001%3Adb8%3A%3A1"
    assert ("x-forwarded-for", "2001:db8::1") in by_header.headers
    disguised = sent("/g/ccm/collect", "%75ip=1.1.1.1&UIP=2.2.2.2&x=1", ip="203.0.113.7")
    assert disguised.url.endswith("/g/ccm/collect?x=1&uip=203.0.113.7")
    assert sent("/g/ccm/collect", "uip=1.1.1.1", ip="203.0.113.7").url.endswith("/g/ccm/collect?uip=203.0.113.7")
    assert sent(ip=None).url == "https://google.example/tagyard/ag/g/c?v=2&tid=G-1"
    assert sent(ip=None).headers == ()


def test_only_what_the_browser_would_tell_google_goes_along() -> None:
    headers = (
        ("host", "data.example.com"),
        ("cookie", "FPID=secret; session=secret"),
        ("user-agent", "Mozilla/5.0"),
        ("sec-ch-ua-platform", '"Linux"'),
        ("accept-language", "nl"),
        ("referer", "https://www.example.com/account?token=secret"),
        ("x-forwarded-for", "198.51.100.1"),
        ("authorization", "secret"),
        ("x-own", "secret"),
        ("content-type", "text/plain"),
    )
    outbound = sent(headers=headers, body=b"en=x", ip="203.0.113.7", geo=Geo("DE", "BY", "Munich"))
    assert dict(outbound.headers) == {
        "user-agent": "Mozilla/5.0",
        "sec-ch-ua-platform": '"Linux"',
        "accept-language": "nl",
        "content-type": "text/plain",
        "referer": "https://www.example.com/",
        "x-forwarded-for": "203.0.113.7",
        "x-forwarded-country": "DE",
        "x-forwarded-region": "BY",
    }
    assert "secret" not in repr(outbound)
    assert outbound.body == b"en=x"


@given(st.text(st.characters(max_codepoint=255), max_size=60))
def test_no_query_leads_anywhere_else(query: str) -> None:
    url = sent(query=query, ip="203.0.113.7").url
    assert url.startswith("https://google.example/tagyard/ag/g/c?")
    assert url.isascii()
    assert url.isprintable()
    assert " " not in url
    assert "#" not in url
