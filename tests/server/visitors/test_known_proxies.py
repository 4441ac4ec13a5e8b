"""Visitors behind Cloudflare, Fastly, Cloud Run and CloudFront: who speaks for them, and where they are."""

from __future__ import annotations

import pytest

from config import ServerSettings
from core.types import NOWHERE, Geo, Headers
from server.visitors.visitor import GARBLED, SILENT, UNCONFIGURED, Visitor, Visitors
from tests.server.visitors.proxied import (
    BEHIND_CLOUDFLARE,
    CLOUDFLARE,
    FORGED,
    FORWARDED,
    INNER,
    ME,
    PRIVATE,
    PROXY,
    forwarded,
    visitors,
    xff,
)

CF: Headers = (("cf-connecting-ip", ME), ("cf-ipcountry", "DE"), ("cf-region-code", "BY"), ("cf-ipcity", "MÃ¼nchen"))
MUNICH = Geo("DE", "BY", "München")


@pytest.mark.parametrize(
    ("peer", "headers", "visitor"),
    [
        (CLOUDFLARE, (*CF, *xff(f"{FORGED}, {ME}")), Visitor(ME, MUNICH)),
        ("2606:4700::5", (*CF, *forwarded(f"for={FORGED}")), Visitor(ME, MUNICH)),
        (CLOUDFLARE, (("cf-connecting-ip", "2001:db8::7"),), Visitor("2001:db8::7")),
        (CLOUDFLARE, (("cf-connecting-ip", "nonsense"), *xff(ME)), Visitor(None, why=GARBLED)),
        (CLOUDFLARE, (("cf-connecting-ip", FORGED), *CF), Visitor(None, MUNICH, GARBLED)),
        (CLOUDFLARE, xff(ME), Visitor(None, why=SILENT)),
        (CLOUDFLARE, (("cf-connecting-ip", ME), ("cf-ipcountry", "XX"), ("x-gclb-country", "FR")), Visitor(ME)),
        (PROXY, (*CF, *xff(ME)), Visitor(None, why=UNCONFIGURED)),
        ("8.8.8.8", (*CF, *xff(ME)), Visitor("8.8.8.8")),
    ],
)
def test_behind_cloudflare_only_its_own_networks_speak_for_visitors(peer: str, headers: Headers, visitor: Visitor) -> None:
    assert BEHIND_CLOUDFLARE.of(peer, headers) == visitor


@pytest.mark.parametrize(
    ("chain", "visitor"),
    [
        (f"{FORGED}, {ME}, {CLOUDFLARE}", Visitor(ME, MUNICH)),
        (f"{CLOUDFLARE}, 8.8.8.8", Visitor("8.8.8.8")),
        (f"{CLOUDFLARE}, 8.8.8.8, {INNER}", Visitor("8.8.8.8")),
    ],
)
def test_with_a_proxy_of_our_own_in_between_who_goes_round_cloudflare_is_not_believed(chain: str, visitor: Visitor) -> None:
    both = visitors(behind="cloudflare", trusted_proxies="private")
    assert both.of(PROXY, (*CF, *xff(chain))) == visitor


def test_fastlys_own_header_is_not_believed_since_it_takes_it_over_from_visitors() -> None:
    fastly = visitors(behind="fastly")
    headers = (("fastly-client-ip", FORGED), ("x-gclb-country", "FR"), *forwarded(f"for={FORGED}"))
    assert fastly.of("151.101.1.1", (*headers, *xff(f"{FORGED}, {ME}"))) == Visitor(ME)
    assert fastly.of("151.101.1.1", (*headers, *xff(f"{FORGED}, {ME}, 157.52.91.44"))) == Visitor(ME)


def test_behind_cloud_run_and_its_load_balancer() -> None:
    headers = (("x-gclb-country", "US"), ("x-gclb-region", "USCA"))
    direct = visitors(behind="cloud_run")
    assert direct.of("169.254.169.126", (*headers, *xff(f"{FORGED}, {ME}"))) == Visitor(ME, Geo("US", "CA"))
    balanced = visitors(behind="cloud_run", trusted_proxies="203.0.113.80")
    assert balanced.of("169.254.169.126", xff(f"{FORGED}, {ME}, 203.0.113.80")) == Visitor(ME)
    assert direct.of("35.191.0.9", xff(f"{FORGED}, {ME}, 35.191.3.3")) == Visitor(ME)


def test_behind_cloudfront() -> None:
    headers = (("cloudfront-viewer-country", "DE"), ("cloudfront-viewer-country-region", "BY"), *xff(f"{FORGED}, {ME}"))
    assert visitors(behind="cloudfront").of("130.176.88.10", headers) == Visitor(ME, Geo("DE", "BY"))
    assert visitors(behind="cloudfront").of("8.8.8.8", headers) == Visitor("8.8.8.8")


def test_a_trusted_proxys_geo_headers_are_believed() -> None:
    assert PRIVATE.of(PROXY, (("x-gclb-country", "DE"), *xff(ME))) == Visitor(ME, Geo("DE"))
    named = visitors(trusted_proxies="private", geo={"country": "X-Country", "region": "X-Region", "city": "X-City"})
    headers = (("x-country", "de"), ("x-region", "DE-BY"), ("x-city", "Ulm"), ("x-gclb-country", "FR"), *xff(ME))
    assert named.of(PROXY, headers) == Visitor(ME, Geo("DE", "BY", "Ulm"))
    assert named.of(PROXY, headers[3:]) == Visitor(ME)
    assert visitors(behind="cloudflare", geo={"region": "X-Region"}).of(CLOUDFLARE, (*CF[:2], *headers)).geo == Geo("DE", "BY")


def test_of_a_repeated_header_the_last_counts_which_is_the_proxys() -> None:
    assert PRIVATE.of(PROXY, (("x-gclb-country", "FR"), ("x-gclb-country", "DE"), *xff(ME))).geo == Geo("DE")


def test_a_database_is_asked_where_no_header_tells() -> None:
    asked = []

    def look_up(address: str) -> Geo:
        asked.append(address)
        return Geo("SE")

    found = Visitors(ServerSettings.model_validate({"trusted_proxies": "private"}), look_up)
    assert found.of("8.8.8.8", FORWARDED) == Visitor("8.8.8.8", Geo("SE"))
    assert found.of(PROXY, xff(ME)) == Visitor(ME, Geo("SE"))
    assert found.of(PROXY, (("x-gclb-country", "DE"), *xff(ME))) == Visitor(ME, Geo("DE"))
    assert found.of(PROXY, ()).geo == NOWHERE
    assert found.geo((), ME) == Geo("SE")
    assert found.geo((("x-gclb-country", "DE"),), ME) == Geo("DE")
    assert found.geo((), None) == NOWHERE
    assert asked == ["8.8.8.8", ME, ME]
