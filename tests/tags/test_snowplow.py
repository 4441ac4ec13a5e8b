"""Snowplow's tracker protocol: rows of text, its answers, and what never leaves."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from uuid import UUID

import pytest
from pydantic import ValidationError

from core.product import VERSION
from core.types import Delivered, Event, Rejected, Retry, Skip
from tags.snowplow import Snowplow
from tests.tags.golden import vectors
from tests.tags.played_vendor import NOW, PURCHASE, judged, made, mapped, others_page, payload, requests, sent, unlike

SITE = {"endpoint": "https://sp.example.com", "app_id": "shop"}


def row(event: Event, **settings: Any) -> dict[str, str]:
    """The one row that leaves for an event. All of it is text."""
    [found] = sent(made(Snowplow, **{**SITE, **settings}), event)["data"]
    assert all(isinstance(value, str) for value in found.values())
    return dict(found)


@pytest.mark.parametrize("vector", vectors("snowplow"), ids=lambda vector: vector["source"])
def test_requests_are_as_published_ones(vector: Mapping[str, Any]) -> None:
    tag = made(Snowplow, endpoint=vector["settings"]["collector"], app_id=vector["settings"]["app_id"])
    assert unlike(tag, vector) == []


def test_all_that_a_page_view_says() -> None:
    event = {
        "event_name": "page_view",
        "event_id": "0F0E0D0C-0000-4000-8000-000000000051",
        "client_id": "1.2",
        "user_id": "u-7",
        "ga_session_id": "1764340309",
        "ga_session_number": 5,
        "page_location": "https://a.example/",
        "page_title": "A",
        "page_referrer": "https://b.example/",
        "language": "de-de",
        "screen_resolution": "800x600",
        "ip_override": "203.0.113.9",
        "user_agent": "ExampleBrowser/2",
    }
    assert row(event, platform="app") == {
        "e": "pv",
        "aid": "shop",
        "p": "app",
        "tv": f"tagyard-{VERSION}",
        "eid": "0f0e0d0c-0000-4000-8000-000000000051",
        "dtm": str(NOW // 1000),
        "stm": str(NOW // 1000),
        "url": "https://a.example/",
        "page": "A",
        "refr": "https://b.example/",
        "lang": "de-de",
        "res": "800x600",
        "uid": "u-7",
        "duid": "1.2",
        "sid": "83988732-6fe3-8d98-af5d-18cfd983ecdb",
        "vid": "5",
        "ip": "203.0.113.9",
        "ua": "ExampleBrowser/2",
    }


def test_the_id_of_an_event_is_a_uuid_that_stays_the_same() -> None:
    ids = [row(event)["eid"] for event in ({"event_name": "a"}, {"event_name": "a", "event_id": "e-51"}) for _ in range(2)]
    assert [str(UUID(each)) for each in ids] == ids
    assert (ids[0], ids[2]) == (ids[1], ids[3])
    assert len({*ids, row({"event_name": "b", "event_id": "e-51"})["eid"]}) == 3


def test_what_is_told_by_a_structured_event() -> None:
    event = {"event_name": "quiz", "event_category": "Fun", "event_label": "one", "value": 2.5}
    found = row(event)
    assert {name: value for name, value in found.items() if name.startswith(("e", "se_"))} == {
        "e": "se",
        "eid": found["eid"],
        "se_ca": "Fun",
        "se_ac": "quiz",
        "se_la": "one",
        "se_va": "2.5",
    }
    assert row({"event_name": "quiz"}, event_category="Shop")["se_ca"] == "Shop"


def test_a_purchase_is_a_transaction_with_its_products() -> None:
    found = row(PURCHASE)
    assert (found["e"], json.loads(found["ue_pr"])["data"]["data"]) == ("ue", {"type": "transaction"})
    transaction, *products = [each["data"] for each in json.loads(found["co"])["data"]]
    assert (transaction["transaction_id"], transaction["revenue"], transaction["total_quantity"]) == ("T-1001", 59.98, 3)
    assert [product["id"] for product in products] == ["SKU-1", "SKU-2"]
    assert "co" not in row({"event_name": "add_to_cart"})


def test_a_schema_of_one_s_own_takes_the_event_s_own_parameters() -> None:
    schema = "iglu:com.example/order/jsonschema/1-0-0"
    event = {"event_name": "purchase", "client_id": "1.2", "transaction_id": "T", "value": 2, "items": [{}]}
    found = row(event, schemas={"purchase": schema})
    assert json.loads(found["ue_pr"])["data"] == {"schema": schema, "data": {"transaction_id": "T", "value": 2}}
    with pytest.raises(ValidationError):
        made(Snowplow, **SITE, schemas={"purchase": "https://example.com/schema"})


@pytest.mark.parametrize("event", [{}, {"event_name": "x", "page_location": "https://gtm-msr.appspot.com/render?id=GTM-X"}])
def test_what_is_not_sent(event: Event) -> None:
    assert isinstance(mapped(made(Snowplow, **SITE), event), Skip)


def test_a_collector_may_be_anywhere() -> None:
    tag = made(Snowplow, **{**SITE, "endpoint": "http://10.0.0.7:8080/c/"})
    found = payload(tag, PURCHASE)
    assert requests(tag, found)[0].url == "http://10.0.0.7:8080/c/com.snowplowanalytics.snowplow/tp2"
    assert tag.literal_origins == {found.destination}
    assert len(tag.parts(requests(tag, found, found)[0])) == 2


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (200, Delivered()),
        (400, Rejected("HTTP 400")),
        (413, Rejected("HTTP 413")),
        (401, Retry("HTTP 401", credential=True)),
        (404, Retry("HTTP 404", credential=True)),
        (429, Retry("HTTP 429")),
        (503, Retry("HTTP 503")),
    ],
)
def test_what_an_answer_means(status: int, outcome: object) -> None:
    assert judged(made(Snowplow, **SITE), status, b"ok", rows=2) == [outcome, outcome]


def test_a_page_of_somebody_else_is_no_yes() -> None:
    assert judged(made(Snowplow, **SITE), 200, b"<html>", rows=2) == [others_page("a Snowplow collector")] * 2
