"""Hits that are odd, over real connections: what is understood leaves as it came, and what is wrong is shown and counted."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Iterator
from urllib.parse import parse_qsl

import httpx
import pytest

from tests.server.process.destination import Destination
from tests.server.process.harness import Tagyard
from tests.waiting import until

pytestmark = pytest.mark.process

CONFIG = """
server: {{trusted_proxies: [loopback]}}
clients:
  web: {{type: ga4, measurement_ids: [G-TEST00001]}}
tags:
  ga4: {{endpoint: '{url}', api_secret: s3cret-s3cret}}
"""
URL = "v=2&tid=G-TEST00001&cid=1.2"
VISITOR = "203.0.113.77"


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Tagyard, Destination]]:
    config = tmp_path_factory.mktemp("odd") / "container.yaml"
    with Destination() as vendor:
        config.write_text(CONFIG.format(url=vendor.url))
        with Tagyard(config) as tagyard:
            yield tagyard, vendor


def send(tagyard: Tagyard, query: str, body: bytes = b"") -> httpx.Response:
    url = f"http://127.0.0.1:{tagyard.port}/g/collect?{query}"
    return httpx.request("POST" if body else "GET", url, content=body, headers={"x-forwarded-for": VISITOR}, trust_env=False)


def arrived(vendor: Destination, hit: str) -> dict[str, str]:
    """The parameters of the one event with this id, as the vendor got them."""
    assert vendor.wait_for({hit}) == set()
    with vendor.changed:
        requests = list(vendor.requests)
    (found,) = (event for url, body in requests for event in events(url, body) if event.get("ep.hit") == hit)
    return found


def events(url: str, body: bytes) -> list[dict[str, str]]:
    shared = parse_qsl(url.partition("?")[2], keep_blank_values=True)
    lines = body.decode().split("\r\n") if body else [""]
    return [dict([*shared, *parse_qsl(line, keep_blank_values=True)]) for line in lines]


def counted(tagyard: Tagyard) -> Counter[str]:
    return Counter(tagyard.ready()["workers"][0]["counts"]["findings"])


UNDERSTOOD = {
    "escaped ampersands": ("v=2&amp;tid=G-TEST00001&amp;cid=1.2&amp;en=email_open&amp;ep.hit=HIT", b"", {"en": "email_open"}),
    "a byte order mark": (URL, b"\xef\xbb\xbfen=a&ep.hit=HIT", {"en": "a"}),
    "bare carriage returns": (URL, b"en=other\ren=b&ep.hit=HIT\r", {"en": "b"}),
    "nobody's address": (f"{URL}&en=a&_uip=::&ep.hit=HIT", b"", {"_uip": VISITOR}),
    "another's address": (f"{URL}&en=a&_uip=203.0.113.0&ep.hit=HIT", b"", {"_uip": "203.0.113.0"}),
    "names of named parameters": (
        f"{URL}&en=a&ep.currency=EUR&epn.page_title=5&ep.hit=HIT",
        b"",
        {"ep.currency": "EUR", "epn.page_title": "5"},
    ),
}


@pytest.mark.parametrize(("query", "body", "left"), UNDERSTOOD.values(), ids=UNDERSTOOD)
def test_what_is_understood_leaves_as_it_was_meant_without_a_word(
    running: tuple[Tagyard, Destination], query: str, body: bytes, left: dict[str, str]
) -> None:
    tagyard, vendor = running
    hit = f"understood-{list(UNDERSTOOD.values()).index((query, body, left))}"
    before = counted(tagyard)
    assert send(tagyard, query.replace("HIT", hit), body.replace(b"HIT", hit.encode())).status_code == 204
    assert arrived(vendor, hit).items() >= left.items()
    assert counted(tagyard) == before


TOLD = {
    "a value that is no number": (f"{URL}&en=a&epn.value=4%2C245.42&_et=NaN&ep.hit=HIT", b"", {"NOT_A_NUMBER": 2}),
    "an address that is none": (f"{URL}&en=a&_uip=unknown&ep.hit=HIT", b"", {"NOT_AN_ADDRESS": 1}),
    "a time that is none": (f"{URL}&en=a&ht=soon&ep.hit=HIT", b"", {"NOT_A_TIME": 1}),
    "undefined": (f"{URL}&en=a&ep.hit=HIT", b"undefined", {"NOT_A_HIT": 1}),
    "a line without a name": (URL, b"ep.x=1\r\nen=a&ep.hit=HIT", {"NO_EVENT_NAME": 1}),
}


@pytest.mark.parametrize(("query", "body", "codes"), TOLD.values(), ids=TOLD)
def test_what_is_wrong_is_counted_by_its_code_and_the_rest_leaves(
    running: tuple[Tagyard, Destination], query: str, body: bytes, codes: dict[str, int]
) -> None:
    tagyard, vendor = running
    hit = f"told-{next(iter(codes))}"
    before = counted(tagyard)
    assert send(tagyard, query.replace("HIT", hit), body.replace(b"HIT", hit.encode())).status_code == 204
    left = arrived(vendor, hit)
    assert "undefined" not in left
    assert counted(tagyard) - before == codes


def test_the_page_of_a_request_says_which_value_is_no_number(running: tuple[Tagyard, Destination]) -> None:
    tagyard, vendor = running
    send(tagyard, f"{URL}&en=shown&epn.value=4%2C245.42&ep.hit=shown")
    assert arrived(vendor, "shown")["epn.value"] == "4,245.42"
    admin = f"http://127.0.0.1:{tagyard.admin}"
    rows = httpx.get(f"{admin}/api/requests", trust_env=False).json()["requests"]
    row = next(row for row in rows if "shown" in str(row))
    page = httpx.get(f"{admin}/requests/{row['worker']}/{row['id']}?tab=request", trust_env=False).text
    assert "epn.value is [4,245.42], which is no number." in page
    assert "NOT_A_NUMBER" in page
    assert 'tagyard_findings_total{code="NOT_A_NUMBER"' in httpx.get(f"{admin}/metrics", trust_env=False).text


def test_a_hit_that_was_kept_for_two_hours_leaves_with_its_time(running: tuple[Tagyard, Destination]) -> None:
    tagyard, vendor = running
    before = time.time()
    assert send(tagyard, f"{URL}&en=kept&qt=7200000&ep.x=1").status_code == 204
    late = until(lambda: [body for url, body in list(vendor.requests) if url.startswith("/mp/collect")])
    (event,) = json.loads(late[0])["events"]
    assert (event["name"], event["params"]) == ("kept", {"x": "1"})
    assert before - 7201 <= event["timestamp_micros"] / 1_000_000 <= time.time() - 7199
