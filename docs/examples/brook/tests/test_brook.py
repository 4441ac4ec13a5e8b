"""Each component keeps the contract, and what the contract cannot know."""

from __future__ import annotations

import pytest
from tagyard import (
    Delivered,
    OutboundRequest,
    Payload,
    Rejected,
    Response,
    Retry,
    Secret,
    Setup,
    Skip,
)
from tagyard.testing import (
    ClientContract,
    TagContract,
    TransformationContract,
    context,
    explain,
    problems,
)

from tagyard_brook.client import Beacons
from tagyard_brook.tag import Brook, BrookSettings
from tagyard_brook.transformation import Channel


class TestBrook(TagContract):
    component = Brook


class TestBeacons(ClientContract):
    component = Beacons


class TestChannel(TransformationContract):
    component = Channel


FILE = """\
clients: {brook: {}}
transformations: {brook_channel: {}}
tags:
  brook: {site: shop-1, key: "${BROOK_KEY}", consent: []}
"""


@pytest.fixture
def tag() -> Brook:
    return Brook(BrookSettings(site="shop-1", key=Secret("k-1")), Setup("brook"))


def request(events: int) -> OutboundRequest:
    return OutboundRequest("POST", "https://api.brook.example/", (), b"", tuple(range(events)))


def test_an_event_without_a_visitor_is_skipped(tag: Brook) -> None:
    event = {"event_name": "page_view"}
    skipped = tag.map(event, context(event))
    assert isinstance(skipped, Skip)
    assert skipped.why == "Brook needs a visitor, and the event has no client_id"


def test_only_what_brook_refuses_is_given_up(tag: Brook) -> None:
    answer = Response(200, (), b'{"refused": [{"index": 1, "why": "no price"}]}')
    assert tag.judge(request(2), answer) == [Delivered(), Rejected("no price")]
    assert tag.judge(request(2), Response(503)) == Retry("HTTP 503")
    assert tag.judge(request(2), Response(200, (), b"<html>")) == Retry(
        "this is no answer of Brook's"
    )


def test_what_is_older_than_three_days_is_given_up(tag: Brook) -> None:
    event = {"event_name": "page_view", "client_id": "77.17"}
    payload = tag.map(event, context(event))
    assert isinstance(payload, Payload)
    day = 86_400_000_000
    assert tag.expired(payload, payload.received_at + 2 * day) is None
    assert (
        tag.expired(payload, payload.received_at + 4 * day)
        == "Brook takes nothing older than 3 days"
    )


def test_a_beacon_reaches_brook() -> None:
    told = explain(FILE, "/brook?n=page_view&v=77.17", environ={"BROOK_KEY": "k-1"})
    assert told.client == "brook"
    (sent,) = told.sent["brook"]
    assert isinstance(sent, OutboundRequest)
    assert b'"properties":{"channel":"direct"}' in sent.body
    assert ("authorization", "Bearer k-1") in sent.headers


def test_without_consent_nothing_leaves() -> None:
    told = explain(FILE.replace(", consent: []", ""), "/brook?n=page_view&v=77.17")
    assert told.held == {"brook": ["consent analytics_storage is unset"]}


def test_two_tags_for_one_site_are_doubted() -> None:
    found = problems(FILE + '  again: {type: brook, site: shop-1, key: "${BROOK_KEY}"}\n')
    assert any("brook and again send to the same site" in problem for problem in found)
