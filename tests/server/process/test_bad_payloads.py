"""Measurement Protocol payloads that are wrong: a 4xx with the reason as JSON, or forwarded with the finding counted."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator, Mapping
from typing import Any

import httpx
import pytest

from tests.server.process.destination import Destination
from tests.server.process.harness import Tagyard

pytestmark = pytest.mark.process

CONFIG = "clients: {{backend: {{type: measurement_protocol}}}}\ntags: {{ga4: {{endpoint: '{url}'}}}}\n"
QUERY = "measurement_id=G-TEST00001&api_secret=x"


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Tagyard, Destination]]:
    config = tmp_path_factory.mktemp("payloads") / "container.yaml"
    with Destination() as vendor:
        config.write_text(CONFIG.format(url=vendor.url))
        with Tagyard(config) as tagyard:
            yield tagyard, vendor


def payload(hit: str, count: int = 1, **parameters: Any) -> bytes:
    events = [{"name": "sign_up", "params": {"hit": f"{hit}-{number}", **parameters}} for number in range(count)]
    return json.dumps({"client_id": "1.2", "events": events}).encode()


def post(tagyard: Tagyard, body: bytes, path: str = "/mp/collect", headers: Mapping[str, str] | None = None) -> httpx.Response:
    return httpx.post(f"http://127.0.0.1:{tagyard.port}{path}?{QUERY}", content=body, headers=headers, trust_env=False)


def findings(tagyard: Tagyard) -> dict[str, int]:
    counted: dict[str, int] = tagyard.ready()["workers"][0]["counts"]["findings"]
    return counted


REFUSED = {
    "no JSON": (b"client_id=1.2&en=x", {}),
    "no object": (b"[1, 2]", {}),
    "nothing": (b"", {}),
    "not UTF-8": (b'{"client_id": "\xff"}', {}),
    "nested too deeply": (b'{"a":' * 5000 + b"1" + b"}" * 5000, {}),
    "a compressed bomb": (gzip.compress(bytes(200_000_000)), {"content-encoding": "gzip"}),
    "no gzip": (b"{}", {"content-encoding": "gzip"}),
    "another encoding": (b"{}", {"content-encoding": "br"}),
}


@pytest.mark.parametrize(("body", "headers"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_read_is_refused_with_the_reason(
    running: tuple[Tagyard, Destination], body: bytes, headers: dict[str, str]
) -> None:
    answer = post(running[0], body, headers=headers)
    assert 400 <= answer.status_code < 500
    (message,) = answer.json()["validationMessages"]
    assert message["description"]


FORWARDED = {
    "another content type": (payload("type"), {"content-type": "text/html"}, None),
    "26 events": (payload("many", 26), {}, "EXCEEDED_MAX_ENTITIES"),
    "130 kB": (payload("large", 1, note="x" * 130_000), {}, "VALUE_OUT_OF_BOUNDS"),
    "a number as text": (payload("text", 1, value="12.5", currency="EUR"), {}, None),
    "a currency that is none": (payload("currency", 1, value=1, currency="euro"), {}, "VALUE_INVALID"),
    "the same name twice": (
        payload("twice").replace(b'"client_id": "1.2"', b'"client_id": "9.9", "client_id": "1.2"'),
        {},
        "NAME_DUPLICATED",
    ),
    "compressed": (gzip.compress(payload("gzip")), {"content-encoding": "gzip"}, None),
}


@pytest.mark.parametrize(("body", "headers", "code"), FORWARDED.values(), ids=FORWARDED)
def test_what_can_be_read_is_forwarded_and_what_is_wrong_is_counted(
    running: tuple[Tagyard, Destination], body: bytes, headers: dict[str, str], code: str | None
) -> None:
    tagyard, vendor = running
    before = findings(tagyard)
    assert post(tagyard, body, headers=headers).status_code == 204
    text = gzip.decompress(body) if headers.get("content-encoding") else body
    expected = {event["params"]["hit"] for event in json.loads(text)["events"]}
    assert vendor.wait_for(expected) == set()
    gained = {name: count - before.get(name, 0) for name, count in findings(tagyard).items() if count > before.get(name, 0)}
    assert set(gained) == ({code} if code else set())


OVERSIZED = {
    "140 kB": (payload("huge", 1, note="x" * 140_000), "TOO_MANY_BYTES"),
    "101 events": (payload("many", 101), "TOO_MANY_EVENTS"),
    "3,000 parameters": (payload("wide", 1, **{f"p{at}": at for at in range(3_000)}), "TOO_MANY_PARAMETERS"),
}


@pytest.mark.parametrize(("body", "code"), OVERSIZED.values(), ids=OVERSIZED)
def test_what_is_too_much_for_one_request_is_refused_and_counted_by_name(
    running: tuple[Tagyard, Destination], body: bytes, code: str
) -> None:
    tagyard, _ = running
    before = findings(tagyard)
    answer = post(tagyard, body)
    assert answer.status_code == 413
    assert [each["validationCode"] for each in answer.json()["validationMessages"] if each["validationCode"] == code] == [code]
    assert findings(tagyard)[code] == before.get(code, 0) + 1


def test_the_debug_path_answers_and_forwards_nothing(running: tuple[Tagyard, Destination]) -> None:
    tagyard, vendor = running
    arrived = len(vendor.requests)
    body = json.dumps({"client_id": "1.2", "events": [{"name": "_sign_up"}]}).encode()
    answer = post(tagyard, body, "/debug/mp/collect")
    assert answer.status_code == 200
    assert [message["validationCode"] for message in answer.json()["validationMessages"]] == ["NAME_INVALID"]
    assert post(tagyard, payload("debugged"), "/debug/mp/collect").json() == {"validationMessages": []}
    assert post(tagyard, payload("afterwards")).status_code == 204
    assert vendor.wait_for({"afterwards-0"}) == set()
    assert len(vendor.requests) == arrived + 1
