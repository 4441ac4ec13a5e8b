"""The worked example of consent in the European Union does what its comments say."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from core.types import Geo, Request
from server.loading.configuration import Configuration

EXAMPLE = Path(__file__).parents[2] / "config" / "examples" / "consent_eu.yaml"
HIT = "v=2&tid=G-ABC1234567&cid=1307714608.1760043792&en=purchase&ep.transaction_id=T-1&epn.value=5&uid=U-1&up.tier=gold"
GRANTED, DENIED, ONLY_ANALYTICS = "gcs=G111&gcd=13t3t3t3t5l1", "gcs=G100&gcd=13q3q3q3q5l1", "gcs=G101&gcd=13q3t3q3q5l1"


@pytest.fixture(scope="module")
def container() -> Any:
    configuration = Configuration(EXAMPLE)
    loaded = configuration.load_masked()
    assert loaded.settings is not None
    return configuration.assemble(loaded, loaded.settings).container


def run(container: Any, consent: str, country: str | None) -> tuple[dict[str, Any], dict[str, str]]:
    """What GA4's event became, and why each tag that stayed silent did."""
    request = Request("r", 1_764_340_311_502_000, "GET", "/g/collect", f"{HIT}&{consent}", ip="203.0.113.7", geo=Geo(country))
    (event,) = container.handle(request).events
    verdicts = {verdict.tag: verdict for verdict in event.verdicts}
    silent = {name: verdict.why for name, verdict in verdicts.items() if verdict.payload is None}
    return verdicts["ga4"].event, silent


@pytest.mark.parametrize(
    ("consent", "country", "advertises", "known"),
    [
        (GRANTED, "DE", True, True),
        (ONLY_ANALYTICS, "DE", False, True),
        (DENIED, "DE", False, False),
        (DENIED, "US", False, False),
        ("", "DE", False, False),
        ("", "US", True, True),
        ("", None, False, False),
    ],
)
def test_ga4_fires_always_and_advertising_only_when_granted(
    container: Any, consent: str, country: str | None, advertises: bool, known: bool
) -> None:
    event, silent = run(container, consent, country)
    assert "ga4" not in silent
    assert ("advertising" not in silent) is advertises
    assert ("user_id" in event) is known
    assert ("x-ga-mp2-user_properties" in event) is known
    assert event.get("event_location") == ({"country": country} if country else None)


def test_the_visitors_address_leaves_with_nobody(container: Any) -> None:
    request = Request("r", 1_764_340_311_502_000, "GET", "/g/collect", f"{HIT}&{GRANTED}", ip="203.0.113.7", geo=Geo("DE"))
    payloads = [payload for _, payload in container.handle(request).deliveries()]
    assert len(payloads) == 2
    assert not any("203.0.113.7" in repr(payload) for payload in payloads)
