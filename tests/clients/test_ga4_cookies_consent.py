"""When cookies of the server may be read and set: what the hit says of consent, what the container fills in, and `when`."""

from __future__ import annotations

from typing import Any

import pytest

from core.types import Reply
from tests.clients.server_cookies import OLD, SECRET, VECTOR, VECTOR_ID, claim, cookies_of, event_of, hit, linking

DENIED = ["&gcs=G110", "&gcs=G100", "&gcd=13p3p3p3p5l1", "&gcd=13q3q3q3q5l1", "&gcd=13u3u3u3u5", "&gcs=G111&gcd=13p3p3p3p5l1"]
ALLOWED = [
    "",
    "&gcs=G111",
    "&gcs=G101",
    "&gcs=G1--",
    "&gcd=13l3l3l3l1l1",
    "&gcd=13p3t3l3l5l1",
    "&gcs=junk",
    "&gcs=G110&gcd=13t3t3t3t5l1",
]


@pytest.mark.parametrize("more", DENIED)
def test_while_consent_is_denied_nothing_is_read_or_set(more: str) -> None:
    found = claim(hit(f"{more}&_fplc=0", f"FPID={VECTOR}"), secret=SECRET)
    assert event_of(found)["client_id"] == OLD
    assert "x-ga-js_client_id" not in event_of(found)
    assert found.reply == Reply(204, (("cache-control", "no-cache"),))
    assert found == claim(hit(f"{more}&_fplc=0"), secret=SECRET)


@pytest.mark.parametrize("more", ALLOWED)
def test_what_is_not_denied_is_allowed(more: str) -> None:
    assert cookies_of(claim(hit(more, f"FPID={VECTOR}"))) == {"FPID": VECTOR}


@pytest.mark.parametrize("more", DENIED)
def test_a_link_brings_nobody_in_while_consent_is_denied(more: str) -> None:
    assert event_of(claim(hit(f"{more}&_fplc={linking()}"), secret=SECRET))["client_id"] == OLD


@pytest.mark.parametrize(
    ("more", "fill", "allowed"),
    [
        ("", "{{ event.storage }}", True),
        ("&ep.storage=denied", "{{ event.storage }}", False),
        ("&ep.storage=granted", "{{ event.storage }}", True),
        ("&ep.storage=denied&gcs=G101", "{{ event.storage }}", True),
        ("&gcs=G110", "granted", False),
        ("", "denied", False),
        ("", "{{ 'denied' if request.cookies.consent == 'no' else 'granted' }}", False),
    ],
)
def test_the_containers_consent_fills_in(more: str, fill: str, allowed: bool) -> None:
    found = claim(hit(more, f"FPID={VECTOR}; consent=no"), consent={"analytics_storage": fill})
    assert bool(cookies_of(found)) == allowed
    assert (event_of(found)["client_id"] == VECTOR_ID) == allowed


@pytest.mark.parametrize(
    ("more", "when", "allowed"),
    [
        ("", "true", True),
        ("", "false", False),
        ("", "consent.analytics_storage == 'granted'", False),
        ("&gcs=G101", "consent.analytics_storage == 'granted'", True),
        ("", ["client == 'web'", "request.cookies.consent == 'no'"], True),
        ("", ["client == 'web'", "request.cookies.consent == 'yes'"], False),
        ("&gcs=G110", "true", False),
        ("", "event.none.at.all > 5", False),
    ],
)
def test_when_can_be_stricter(more: str, when: Any, allowed: bool) -> None:
    assert bool(cookies_of(claim(hit(more, f"FPID={VECTOR}; consent=no"), when=when))) == allowed


def test_an_event_of_a_batch_that_denies_is_left_alone() -> None:
    found = claim(hit(body=b"en=a&gcs=G110\r\nen=b\r\nen=c&gcs=G110", cookie=f"FPID={VECTOR}"))
    assert [event["client_id"] for event in found.events] == [OLD, VECTOR_ID, OLD]
    assert cookies_of(found) == {"FPID": VECTOR}
