"""Payloads as libraries write them, from the socket to what reaches the vendor and to what is counted."""

from __future__ import annotations

import json
from collections.abc import Iterator
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from tests.server.process.destination import Destination
from tests.server.process.harness import Tagyard

pytestmark = pytest.mark.process

CONFIG = """
clients:
  web: {{type: ga4, measurement_ids: [G-OURS000001]}}
  backend: {{type: measurement_protocol}}
  tills: {{type: universal_analytics}}
tags: {{ga4: {{endpoint: '{url}'}}}}
"""
OURS = "/mp/collect?measurement_id=G-OURS000001"


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Tagyard, Destination]]:
    config = tmp_path_factory.mktemp("libraries") / "container.yaml"
    with Destination() as vendor:
        config.write_text(CONFIG.format(url=vendor.url))
        with Tagyard(config) as tagyard:
            yield tagyard, vendor


def post(tagyard: Tagyard, path: str, body: bytes) -> httpx.Response:
    return httpx.post(f"http://127.0.0.1:{tagyard.port}{path}", content=body, trust_env=False)


def counted(tagyard: Tagyard) -> dict[str, int]:
    found: dict[str, int] = tagyard.ready()["workers"][0]["counts"]["findings"]
    return found


def sent(vendor: Destination, hit: str) -> dict[str, list[str]]:
    assert vendor.wait_for({hit}) == set()
    queries = [parse_qs(urlsplit(url).query) for url, _ in vendor.requests]
    return next(query for query in queries if query.get("ep.hit") == [hit])


def event(hit: str, **params: Any) -> dict[str, Any]:
    return {"name": "sign_up", "params": {"hit": hit, **params}}


CAMEL = {
    "clientId": "1307714608.1760043792",
    "userId": "U1",
    "consent": {"adUserData": "DENIED", "adPersonalization": "DENIED"},
    "userProperties": {"tier": "gold"},
    "events": event("camel"),
}
DIGITS = (
    b'{"client_id":1307714608.1760043790,"events":[{"name":"a","params":{"hit":"digits","value":33.33333333333333333333,'
    b'"order":12345678901234567890123}}]}'
)
COOKIES = {"client_id": "GA1.1.5.6", "events": [event("cookies", session_id="s1748934661$o208$g1$t1748935291$j60$l0$h0")]}
EMAIL = {"client_id": "Jo@Example.com", "user_id": "jo%40example.com", "events": [event("email")]}
CASES: dict[str, tuple[bytes, dict[str, str], set[str]]] = {
    "camel": (
        json.dumps(CAMEL).encode(),
        {"cid": "1307714608.1760043792", "uid": "U1", "npa": "1", "gcd": "13l3l3m3m5l1", "up.tier": "gold"},
        {"UNUSUAL_SHAPE", "VALUE_REQUIRED"},
    ),
    "digits": (
        DIGITS,
        {
            "cid": "1307714608.1760043790",
            "epn.value": "33.33333333333333333333",
            "epn.order": "12345678901234567890123",
        },
        {"TOO_MANY_DIGITS", "VALUE_INVALID", "VALUE_REQUIRED"},
    ),
    "cookies": (
        json.dumps(COOKIES).encode(),
        {"cid": "5.6", "sid": "1748934661", "sct": "208"},
        {"COOKIE_AS_ID", "VALUE_REQUIRED"},
    ),
    "email": (
        json.dumps(EMAIL).encode(),
        {"cid": sha256(b"jo@example.com").hexdigest(), "uid": sha256(b"jo@example.com").hexdigest()},
        {"EMAIL_AS_ID", "VALUE_REQUIRED"},
    ),
}


@pytest.mark.parametrize("hit", CASES)
def test_a_payload_reaches_the_vendor_as_it_was_meant_and_what_was_odd_is_counted(
    running: tuple[Tagyard, Destination], hit: str
) -> None:
    tagyard, vendor = running
    body, expected, codes = CASES[hit]
    before = counted(tagyard)
    assert post(tagyard, OURS, body).status_code == 204
    found = sent(vendor, hit)
    assert {name: found.get(name) for name in expected} == {name: [text] for name, text in expected.items()}
    assert {code for code, count in counted(tagyard).items() if count > before.get(code, 0)} == codes


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/collect?v=1&tid=G-SOMEBODYELSE&cid=1.2&t=pageview", "measurement id G-SOMEBODYELSE is not among G-OURS000001"),
        ("/mp/collect?measurement_id=G-SOMEBODYELSE", "measurement id G-SOMEBODYELSE is not among G-OURS000001"),
    ],
)
def test_nobody_sends_to_anothers_property(running: tuple[Tagyard, Destination], path: str, said: str) -> None:
    tagyard, vendor = running
    assert post(tagyard, path, b'{"client_id":"1.2","events":[{"name":"spam"}]}').status_code == 400
    assert (
        post(tagyard, OURS, json.dumps({"client_id": "1.2", "events": [event(f"after {said} {path}")]}).encode()).status_code
        == 204
    )
    sent(vendor, f"after {said} {path}")
    assert not [url for url, _ in vendor.requests if "SOMEBODYELSE" in url.partition("&en=")[0]]


def test_uploads_of_the_firebase_sdk_are_refused_by_name(running: tuple[Tagyard, Destination]) -> None:
    tagyard, _ = running
    before = counted(tagyard).get("FIREBASE_SDK", 0)
    answer = post(tagyard, "/a", b"\x0a\x80\x01\x08\x01")
    assert answer.status_code == 415
    assert "Firebase SDK" in answer.json()["validationMessages"][0]["description"]
    assert counted(tagyard)["FIREBASE_SDK"] == before + 1
