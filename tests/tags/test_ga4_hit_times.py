"""Hits that say by ``ht`` or ``qt`` that they come late: with an api_secret their time goes along, and ``ht`` and ``qt`` stay."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl

import orjson
import pytest

from clients.ga4 import Ga4 as Client
from clients.universal_analytics import UniversalAnalytics
from core.component import Setup
from core.context import Context, Shared
from core.secret import SealedText, SecretValue
from core.types import Claim, OutboundRequest, Payload, Request
from tags.ga4 import Ga4
from wire.consent import consent_of

NOW = 1_764_340_311_502_000
HOUR = 3_600_000_000
SECRETS = {"GA4": "s3cret"}
AROUND = Shared(secrets=SECRETS, readers={"consent": lambda event, _: consent_of(event)})
HIT = "v=2&tid=G-ABC&cid=1.2"


def tag(secret: bool = True, **values: Any) -> Ga4:
    sealed = {"api_secret": SealedText((SecretValue("GA4", SECRETS["GA4"]),))} if secret else {}
    return Ga4(Ga4.Settings.model_validate({**sealed, **values}), Setup("ga4", SECRETS))  # type: ignore[arg-type]  # Settings is the class's own


def payloads_of(request: Request, by: Ga4, client: Any = None) -> list[Payload]:
    claim = (client or Client(Client.Settings(), Setup("web"))).claim(request)  # type: ignore[arg-type]  # Settings is the class's own
    assert isinstance(claim, Claim)
    mapped = [by.map(event, Context(request, "web", event, at, AROUND)) for at, event in enumerate(claim.events)]
    assert all(isinstance(each, Payload) for each in mapped), mapped
    return [each for each in mapped if isinstance(each, Payload)]


def request(query: str, body: bytes = b"", path: str = "/g/collect") -> Request:
    return Request("r1", NOW, "POST" if body else "GET", path, query, (), body)


def sent(query: str, body: bytes = b"", now: int = NOW, **values: Any) -> list[OutboundRequest]:
    by = tag(**values)
    return [each for each in by.pack(payloads_of(request(query, body), by), now) if isinstance(each, OutboundRequest)]


def times(requests: list[OutboundRequest]) -> list[int]:
    return [event["timestamp_micros"] for each in requests if b"{" in each.body for event in orjson.loads(each.body)["events"]]


@pytest.mark.parametrize(
    ("said", "time"),
    [
        ("ht=1764333111502", NOW - 2 * HOUR),
        ("qt=7200000", NOW - 2 * HOUR),
        ("ht=1764333111502&qt=60000", NOW - 2 * HOUR),
        ("qt=999999999", NOW - 71 * HOUR),
        ("ht=1000000000000", NOW - 71 * HOUR),
    ],
)
def test_it_takes_the_road_that_carries_a_time(said: str, time: int) -> None:
    [one] = sent(f"{HIT}&en=purchase&epn.value=5&{said}")
    assert one.url.startswith("https://www.google-analytics.com/mp/collect?")
    assert times([one]) == [time]
    assert orjson.loads(one.body)["events"][0]["params"] == {"value": 5}


@pytest.mark.parametrize(
    "said", ["qt=60000", "ht=1764340309313", "qt=600000", "ht=1764340371502", "ht=soon", "qt=-5", "ht=9999999999999"]
)
def test_one_that_is_hardly_late_leaves_as_the_hit_it_is(said: str) -> None:
    [one] = sent(f"{HIT}&gcs=G111&en=purchase&{said}")
    query = dict(parse_qsl(one.url.partition("?")[2]))
    assert one.url.startswith("https://www.google-analytics.com/g/collect?")
    assert query.items() >= {"gcs": "G111", **dict([said.split("=")])}.items()


def test_late_after_draws_the_line_and_the_time_in_the_queue_counts() -> None:
    assert times(sent(f"{HIT}&en=a&qt=60000", late_after="30s")) == [NOW - 60_000_000]
    assert times(sent(f"{HIT}&en=a&qt=60000", now=NOW + 600_000_001)) == [NOW - 60_000_000]
    assert times(sent(f"{HIT}&en=a", now=NOW + 600_000_001)) == [NOW]


@pytest.mark.parametrize("why", ["_ss=1", "_fv=1", "gcs=G100", "gcd=13q3q3q3q5l1"])
def test_what_may_not_take_that_road_keeps_its_parameters(why: str) -> None:
    [one] = sent(f"{HIT}&en=a&qt=7200000&ht=1764333111502&{why}")
    query = dict(parse_qsl(one.url.partition("?")[2]))
    assert query == {**dict(parse_qsl(f"{HIT}&en=a&qt=7200000&ht=1764333111502")), **dict([why.split("=")])}


def test_without_an_api_secret_it_leaves_as_it_came_and_that_is_noted() -> None:
    by = tag(secret=False)
    [payload] = payloads_of(request(f"{HIT}&en=a&qt=7200000"), by)
    [one] = by.pack([payload], NOW)
    assert isinstance(one, OutboundRequest)
    assert dict(parse_qsl(one.url.partition("?")[2]))["qt"] == "7200000"
    assert by.note(payload, NOW) == "late by /g/collect: the tag has no api_secret"
    assert by.note(payloads_of(request(f"{HIT}&en=a&qt=1000"), by)[0], NOW) is None


def test_each_event_of_a_batch_has_its_own_time() -> None:
    requests = sent(HIT, b"en=a&ht=1764333111502\r\nen=b&qt=3600000\r\nen=c\r\nen=d&qt=5000\r\nen=user_engagement&qt=3600000")
    assert times(requests) == [NOW - 2 * HOUR, NOW - HOUR]
    [batch] = [each for each in requests if "/g/collect" in each.url]
    assert batch.body.decode().split("\r\n") == ["en=c", "en=d&qt=5000", "en=user_engagement&qt=3600000"]


def test_what_all_events_of_a_batch_say_stands_in_the_url() -> None:
    [batch] = sent(f"{HIT}&qt=5000", b"en=a\r\nen=b")
    assert dict(parse_qsl(batch.url.partition("?")[2]))["qt"] == "5000"
    assert batch.body == b"en=a\r\nen=b"


@pytest.mark.parametrize(("said", "time"), [("qt=7200000", NOW - 2 * HOUR), ("ht=1764333111502", NOW - 2 * HOUR)])
def test_a_hit_of_universal_analytics_does_likewise(said: str, time: int) -> None:
    by = tag(measurement_id="G-ABC")
    apps = UniversalAnalytics(UniversalAnalytics.Settings(), Setup("apps"))  # type: ignore[arg-type]  # Settings is the class's own
    asked = request(f"v=1&tid=UA-1-1&cid=555&t=event&ea=play&{said}", path="/collect")
    [one] = by.pack(payloads_of(asked, by, apps), NOW)
    assert isinstance(one, OutboundRequest)
    assert times([one]) == [time]
