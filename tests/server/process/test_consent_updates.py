"""Consent given on the page, replayed: GA4 gets every event once, and each visitor as one as soon as consent allows it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import pytest

from tests.hits import captured
from tests.server.process.destination import Destination
from tests.server.process.harness import Tagyard
from tests.server.process.test_deduplicate import wait_until_idle

pytestmark = pytest.mark.process

CONFIG = """
clients: {{web: {{type: ga4, cookies: {{mode: server}}}}}}
tags:
  ga4: {{endpoint: '{url}'}}
  ads: {{type: http_request, url: '{url}/ads', consent: ad_storage, method: GET,
    query: {{en: "{{{{ event.event_name }}}}", cid: "{{{{ event.client_id }}}}",
      repeat: "{{{{ event.consent_update_repeat }}}}"}}}}
"""


@dataclass
class Browser:
    """Sends hits and keeps the cookies that it is given."""

    port: int
    cookies: dict[str, str] = field(default_factory=dict)

    def send(self, target: str, headers: Mapping[str, str], body: str = "") -> None:
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        url = f"http://127.0.0.1:{self.port}{target}"
        sent = {**headers, "host": "data.shop.example", "cookie": cookies}
        reply = httpx.request("POST" if body else "GET", url, headers=sent, content=body, trust_env=False, timeout=60)
        assert reply.status_code == 200
        for line in reply.headers.get_list("set-cookie"):
            name, _, value = line.partition(";")[0].partition("=")
            self.cookies[name] = value


@pytest.fixture
def vendor() -> Iterator[Destination]:
    with Destination() as found:
        yield found


@pytest.fixture
def server(tmp_path: Path, vendor: Destination) -> Iterator[Tagyard]:
    path = tmp_path / "container.yaml"
    path.write_text(CONFIG.format(url=vendor.url))
    with Tagyard(path) as found:
        yield found


def arrived(vendor: Destination, path: str) -> list[dict[str, str]]:
    """The parameters of each event that came there, in order of arrival."""
    queries = [urlsplit(url).query for url, _ in vendor.requests if urlsplit(url).path == path]
    return [{name: values[0] for name, values in parse_qs(query, keep_blank_values=True).items()} for query in queries]


BUILDS = {name: list(hits) for name, hits in groupby(captured.hits(), lambda hit: parse_qs(urlsplit(hit["url"]).query)["tid"][0])}


def test_there_are_four_builds() -> None:
    assert [sum(hit["scenario"] == "sst_consent" for hit in hits) for hits in BUILDS.values()] == [6, 5, 5, 5]


@pytest.mark.parametrize("build", BUILDS)
def test_what_real_builds_sent_of_a_new_visitor_who_grants(server: Tagyard, vendor: Destination, build: str) -> None:
    browser = Browser(server.port)
    for hit in (each for each in BUILDS[build] if each["scenario"] == "sst_consent"):
        own = (pair.partition("=")[::2] for pair in hit["headers"].get("cookie", "").split("; ") if pair)
        browser.cookies |= dict(own)
        headers = {name: value for name, value in hit["headers"].items() if name != "cookie"}
        browser.send("/g/collect?" + urlsplit(hit["url"]).query, headers)
    wait_until_idle(server)
    events = arrived(vendor, "/g/collect")
    assert Counter(event["en"] for event in events) == {"page_view": 1, "x1": 1, "user_engagement": 1, "x2": 1}
    assert len({event["cid"] for event in events}) == 1, "the same before and after"
    ads = arrived(vendor, "/ads")
    assert {event["en"] for event in ads} == {"page_view", "user_engagement", "x2"}
    assert {event["en"] for event in ads if event.get("repeat") == "true"} == {"page_view"}
    assert {event["cid"] for event in ads} == {event["cid"] for event in events}


TEMPORARY, REMEMBERED, FPID_ID = (
    "555.1795167550",
    "1111111111.1700000000",
    "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=.1760043792",
)
FPID = "FPID2.1.AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8%3D.1760043792"
DENIED = {"gcs": "G100", "gcd": "13p3p3p3p5l1"}
GRANTED = {"gcs": "G111", "gcd": "13r3r3r3r5l1"}
FIRST = {"en": "page_view", "_fv": "1", "_ss": "1", "_nsi": "1"}
BEFORE = {"en": "purchase", "_c": "1", "ep.transaction_id": "T-1"}
AFTER = {"en": "purchase", "_c": "1", "ep.transaction_id": "T-2"}
ENGAGED = {"en": "user_engagement", "sst.gcut": "3", "gcut": "3", "sst.syn": "1", "gcu": "1", "ep.ga_temp_client_id": TEMPORARY}

Hits = Sequence[dict[str, str]]


def sequence(known: str, updates: Sequence[str], waited: bool) -> Hits:
    """What gtag sends: ``updates`` are the ``sst.gcut`` of its repeats, ``known`` is the client id once cookies may be read.

    ``waited``: the update came within ``wait_for_update``, before anything had left.
    """
    if waited:
        return [{**GRANTED, "cid": known, **event} for event in (FIRST, BEFORE, AFTER)]
    before = [{**DENIED, "cid": TEMPORARY, **event} for event in (FIRST, BEFORE)]
    repeats = [
        {**GRANTED, "gcu": "1", "sst.gcut": types, "cid": TEMPORARY, **event} for types in updates for event in (FIRST, BEFORE)
    ]
    return [*before, *repeats, {**GRANTED, "cid": known, **ENGAGED}, {**GRANTED, "cid": known, **AFTER}]


@pytest.mark.parametrize("waited", [False, True], ids=["updated_late", "waited_for"])
@pytest.mark.parametrize("updates", [["1.3.4"], ["1", "3"]], ids=["once_more", "twice_more"])
@pytest.mark.parametrize(
    ("cookies", "known", "identity"),
    [
        ({}, TEMPORARY, TEMPORARY),
        ({"_ga": f"GA1.1.{REMEMBERED}"}, REMEMBERED, REMEMBERED),
        ({"_ga": f"GA1.1.{REMEMBERED}", "FPID": FPID}, REMEMBERED, FPID_ID),
    ],
    ids=["new", "returning", "returning_by_our_cookie"],
)
def test_each_event_arrives_once_and_from_one_visitor(
    server: Tagyard,
    vendor: Destination,
    cookies: dict[str, str],
    known: str,
    identity: str,
    updates: list[str],
    waited: bool,
) -> None:
    browser = Browser(server.port, dict(cookies))
    for hit in sequence(known, updates, waited):
        browser.send(f"/g/collect?{urlencode({'v': '2', 'tid': 'G-TEST00001', **hit})}&richsstsse", {})
        if hit["gcs"] == "G111":
            browser.cookies.setdefault("_ga", f"GA1.1.{known}")
    wait_until_idle(server)
    events = arrived(vendor, "/g/collect")
    wanted = [("page_view", ""), ("purchase", "T-1"), ("purchase", "T-2"), *([] if waited else [("user_engagement", "")])]
    assert Counter((event["en"], event.get("ep.transaction_id", "")) for event in events) == Counter(wanted)
    assert {event["cid"] for event in events if event["gcs"] == "G111"} == {identity}
    assert {event["cid"] for event in events if event["gcs"] == "G100"} <= {TEMPORARY}
    assert {event["cid"] for event in arrived(vendor, "/ads")} == {identity}, "and so it is for every other tag"
    assert browser.cookies["FPID"] == FPID or identity != FPID_ID


def test_what_is_left_out_is_counted_and_shown(server: Tagyard) -> None:
    for hit in sequence(TEMPORARY, ["1.3.4"], waited=False):
        Browser(server.port).send(f"/g/collect?{urlencode({'v': '2', 'tid': 'G-TEST00001', **hit})}&richsstsse", {})
    nameless = httpx.get(f"http://127.0.0.1:{server.port}/g/collect?v=2&tid=G-TEST00001&en=email_open&gcs=G100", trust_env=False)
    assert nameless.status_code == 204
    wait_until_idle(server)
    [worker] = server.ready()["workers"]
    counts: dict[str, Any] = worker["counts"]
    assert counts["held"]["ga4: consent_update"] == 2
    assert counts["held"]["ga4: no_identity"] == 1
    assert counts["findings"] == {"NO_CLIENT_ID": 1}
    metrics = httpx.get(f"http://127.0.0.1:{server.admin}/metrics", trust_env=False).text
    assert 'tagyard_tags_held_total{reason="consent_update",tag="ga4",worker="0"} 2.0' in metrics
    assert 'tagyard_findings_total{code="NO_CLIENT_ID",worker="0"} 1.0' in metrics
