"""One case per row of the table of Universal Analytics parameters."""

from __future__ import annotations

from typing import Any

import pytest

from wire.universal_analytics.decode import decode_hit
from wire.universal_analytics.table import EVENT_NAMES, FALLBACK, PARAMETERS

ROWS: list[tuple[str, str, dict[str, Any]]] = [
    ("v", "1", {"x-ga-protocol_version": "1"}),
    ("tid", "UA-1-1", {"x-ga-measurement_id": "UA-1-1"}),
    ("cid", "007", {"client_id": "007"}),
    ("uid", "u", {"user_id": "u"}),
    ("npa", "1", {"x-ga-npa": "1"}),
    ("gcs", "G100", {"x-ga-gcs": "G100"}),
    ("gcd", "13p3p3p3p5l1", {"x-ga-gcd": "13p3p3p3p5l1"}),
    ("dl", "https://a.example/b", {"page_location": "https://a.example/b"}),
    ("dh", "a.example", {"page_hostname": "a.example", "page_location": "https://a.example/"}),
    ("dp", "/b", {"page_path": "/b"}),
    ("dt", "T", {"page_title": "T"}),
    ("dr", "https://r.example", {"page_referrer": "https://r.example"}),
    ("de", "UTF-8", {"page_encoding": "UTF-8"}),
    ("sr", "1x1", {"screen_resolution": "1x1"}),
    ("vp", "2x2", {"viewport_size": "2x2"}),
    ("ul", "de-de", {"language": "de-de"}),
    ("uip", "192.0.2.9", {"ip_override": "192.0.2.9"}),
    ("ua", "App/1", {"user_agent": "App/1"}),
    ("cd", "home", {"screen_name": "home"}),
    ("an", "a", {"app_name": "a"}),
    ("aid", "com.a", {"app_id": "com.a"}),
    ("av", "1.10", {"app_version": "1.10"}),
    ("aiid", "store", {"app_installer_id": "store"}),
    ("ti", "12", {"transaction_id": "12"}),
    ("ta", "West", {"affiliation": "West"}),
    ("tr", "15.50", {"value": 15.5, "x-ga-mp1-tr": "15.50"}),
    ("tt", "0", {"tax": 0, "x-ga-mp1-tt": "0"}),
    ("ts", "3.5", {"shipping": 3.5, "x-ga-mp1-ts": "3.5"}),
    ("tcc", "SUMMER", {"coupon": "SUMMER"}),
    ("cu", "EUR", {"currency": "EUR"}),
    ("pal", "Search", {"item_list_name": "Search"}),
    ("ec", "Video", {"event_category": "Video"}),
    ("ea", "Play", {"event_action": "Play"}),
    ("el", "Intro", {"event_label": "Intro"}),
    ("ev", "300", {"value": 300, "x-ga-mp1-ev": "300"}),
    ("sn", "Mastodon", {"method": "Mastodon", "x-ga-mp1-sn": "Mastodon"}),
    ("exd", "IOError", {"description": "IOError"}),
    ("exf", "1", {"fatal": "true"}),
    ("utc", "JS", {"event_category": "JS"}),
    ("utv", "load", {"name": "load"}),
    ("utt", "123", {"value": 123}),
    ("utl", "CDN", {"event_label": "CDN"}),
]
LEFTOVERS = [
    *("cn", "cs", "cm", "ck", "cc", "ci", "pa", "cos", "col", "sa", "st", "ds", "qt"),
    *("sc", "ni", "sd", "je", "fl", "geoid", "gclid", "dclid", "linkid", "cd1", "cm20", "cg5", "promoa"),
    *("xid", "xvar", "plt", "dns", "pdt", "rrt", "tcp", "srt", "dit", "clt", "_v", "a", "jid"),
    *("gjid", "_u", "_gid", "_r", "_s", "in", "ip", "iq", "ic", "iv", "exp", "Z", "tid2"),
    "x-ga-mp1-x",
]


@pytest.mark.parametrize(("name", "text", "expected"), ROWS, ids=[row[0] for row in ROWS])
def test_a_row(name: str, text: str, expected: dict[str, Any]) -> None:
    assert decode_hit({name: text}) == {"event_name": "event", **expected}


def test_every_row_has_its_case() -> None:
    assert [row.name for row in PARAMETERS] == [name for name, _, _ in ROWS]


@pytest.mark.parametrize("name", LEFTOVERS)
def test_what_has_no_row_is_kept_as_text(name: str) -> None:
    assert decode_hit({name: "01"}) == {"event_name": "event", FALLBACK + name: "01"}


@pytest.mark.parametrize("name", ["z", "aip"])
def test_what_is_dropped(name: str) -> None:
    assert decode_hit({name: "1"}) == {"event_name": "event"}


@pytest.mark.parametrize("type", EVENT_NAMES)
def test_the_hit_type_is_the_name_whatever_the_action(type: str) -> None:
    assert decode_hit({"t": type, "ea": "Play"})["event_name"] == EVENT_NAMES[type]


@pytest.mark.parametrize(
    ("hit", "name"),
    [
        ({"t": "pageview"}, "page_view"),
        ({"t": "screenview"}, "screen_view"),
        ({"t": "transaction"}, "purchase"),
        ({"t": "item"}, "item"),
        ({"t": "social"}, "share"),
        ({"t": "exception"}, "exception"),
        ({"t": "timing"}, "timing_complete"),
        ({"t": "event", "ea": "play"}, "play"),
        ({"t": "event", "ea": " Add  to-Cart! "}, "add_to_cart"),
        ({"t": "event", "ea": "__A__b__"}, "a_b"),
        ({"t": "event", "ea": "Größe wählen"}, "größe_wählen"),
        ({"t": "event", "ea": "?!"}, "event"),
        ({"t": "event", "ea": ""}, "event"),
        ({"t": "event"}, "event"),
        ({"t": "PAGEVIEW"}, "event"),
        ({"t": "other", "ea": "Play"}, "event"),
        ({"t": ""}, "event"),
        ({"ea": "Play"}, "event"),
    ],
)
def test_the_name_of_the_event(hit: dict[str, str], name: str) -> None:
    assert decode_hit(hit)["event_name"] == name


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("ev", "many", {"x-ga-mp1-ev": "many"}),
        ("tr", "NaN", {"x-ga-mp1-tr": "NaN"}),
        ("tt", "1e999", {"x-ga-mp1-tt": "1e999"}),
        ("ts", "", {"x-ga-mp1-ts": ""}),
        ("utt", "1,5", {"x-ga-mp1-utt": "1,5"}),
        ("exf", "0", {"fatal": "false"}),
        ("exf", "true", {"fatal": "true"}),
        ("exf", "no", {"x-ga-mp1-exf": "no"}),
    ],
)
def test_a_text_that_does_not_fit_its_row_is_kept_as_it_came(name: str, text: str, expected: dict[str, Any]) -> None:
    assert decode_hit({name: text}) == {"event_name": "event", **expected}


@pytest.mark.parametrize("turned", [False, True])
def test_of_two_with_one_key_the_earlier_row_has_it_in_whatever_order_they_come(turned: bool) -> None:
    hit = {"ev": "1", "tr": "2", "utt": "3", "utc": "timing", "ec": "event", "utl": "timing", "el": "event"}
    assert decode_hit(dict(reversed(hit.items())) if turned else hit) == {
        "event_name": "event",
        "value": 2,
        "x-ga-mp1-tr": "2",
        "x-ga-mp1-ev": "1",
        "x-ga-mp1-utt": "3",
        "event_category": "event",
        "x-ga-mp1-utc": "timing",
        "event_label": "event",
        "x-ga-mp1-utl": "timing",
    }


@pytest.mark.parametrize(
    ("hit", "location"),
    [
        ({"dh": "a.example", "dp": "/b?c=d"}, "https://a.example/b?c=d"),
        ({"dh": "a.example", "dp": "b"}, "https://a.example/b"),
        ({"dh": "a.example"}, "https://a.example/"),
        ({"dp": "/b"}, None),
        ({"dh": "", "dp": "/b"}, None),
        ({"dl": "app://x", "dh": "a.example", "dp": "/b"}, "app://x"),
    ],
)
def test_a_missing_location_is_made_of_host_and_path(hit: dict[str, str], location: str | None) -> None:
    assert decode_hit(hit).get("page_location") == location


@pytest.mark.parametrize("aip", ["1", "0", ""])
@pytest.mark.parametrize(
    ("address", "masked"),
    [
        ("203.0.113.7", "203.0.113.0"),
        ("255.255.255.255", "255.255.255.0"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1::"),
        ("::ffff:203.0.113.7", "203.0.113.0"),
        ("203.0.113.7:80", None),
        ("", None),
        ("visitor", None),
    ],
)
def test_the_address_is_masked(address: str, masked: str | None, aip: str) -> None:
    assert decode_hit({"uip": address, "aip": aip}).get("ip_override") == masked
