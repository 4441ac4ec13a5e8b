"""Matomo's Tracking API: tracking requests as Matomo has them, its answers, and what never leaves."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

import pytest
from pydantic import ValidationError

from core.types import Delivered, Event, Rejected, Retry, Skip
from tags.matomo import Matomo
from tests.tags.golden import differences, vectors
from tests.tags.played_vendor import (
    DAY,
    NOW,
    PURCHASE,
    SECOND,
    judged,
    made,
    mapped,
    others_page,
    payload,
    requests,
    sent,
    unclear,
)

OPEN = {"endpoint": "https://matomo.example.com", "site_id": 1}
SITE = {**OPEN, "token_auth": "EXAMPLE_TOKEN"}
VIEW: Event = {"event_name": "page_view", "client_id": "1.2", "page_location": "https://a.example/", "page_title": "A & B"}
INVALID = Rejected("HTTP 200: Matomo calls it invalid")
NOT_NAMED = "HTTP 200: Matomo calls some of a request invalid, and names them to the token of a super user alone"
UNKNOWN = "HTTP 200: Matomo calls it invalid, or doesn't know the token_auth or the site_id"


def tracked(event: Event, **settings: Any) -> dict[str, str]:
    """The parameters of the one tracking request that leaves for an event."""
    [row] = sent(made(Matomo, **{**SITE, **settings}), event)["requests"]
    assert row.startswith("?")
    return dict(parse_qsl(row[1:], strict_parsing=True))


@pytest.mark.parametrize("vector", vectors("matomo"), ids=lambda vector: vector["source"])
def test_requests_are_as_published_ones(vector: Mapping[str, Any]) -> None:
    settings = {**vector["settings"], "endpoint": vector["settings"]["url"]}
    tag = made(Matomo, **{name: value for name, value in settings.items() if name != "url"})
    [request] = requests(tag, payload(tag, vector["event"], received_at=vector["context"]["received_at_ms"] * 1000))
    body = json.loads(request.body)
    body["requests"] = [{"query": dict(parse_qsl(row.removeprefix("?")))} for row in body["requests"]]
    assert (request.method, request.url) == ("POST", vector["request"]["url"])
    assert list(differences(vector["request"]["body"], body)) == []


def test_a_page_view() -> None:
    event = {
        **VIEW,
        "page_referrer": "https://b.example/",
        "language": "de-de",
        "screen_resolution": "800x600",
        "user_id": "u-7",
        "user_agent": "ExampleBrowser/2",
        "ip_override": "203.0.113.9",
        "x-ga-page_id": 1767312000,
    }
    assert tracked(event) == {
        "idsite": "1",
        "rec": "1",
        "apiv": "1",
        "cid": "77ac319bfe1979e2",
        "uid": "u-7",
        "url": "https://a.example/",
        "urlref": "https://b.example/",
        "action_name": "A & B",
        "ua": "ExampleBrowser/2",
        "lang": "de-de",
        "res": "800x600",
        "pv_id": "4aa3cf",
        "cip": "203.0.113.9",
        "cdt": "1767225600",
    }


ITEM = {"item_id": "P1", "item_name": "Lamp", "item_category": "Home", "price": "24.25", "quantity": 2}


@pytest.mark.parametrize(
    ("event", "own"),
    [
        ({"event_name": "search", "search_term": "tea"}, {"search": "tea"}),
        ({"event_name": "view_search_results", "search_term": "tea"}, {"search": "tea"}),
        ({"event_name": "search"}, {"e_c": "Website", "e_a": "search", "ca": "1"}),
        (
            {"event_name": "quiz", "event_category": "Fun", "event_label": "one", "value": 3.0},
            {"e_c": "Fun", "e_a": "quiz", "e_n": "one", "e_v": "3", "ca": "1"},
        ),
        ({"event_name": "view_item"}, {"e_c": "Website", "e_a": "view_item", "ca": "1"}),
        (
            {"event_name": "view_item", "items": [ITEM, {"item_id": "P2"}]},
            {"e_c": "Website", "e_a": "view_item", "ca": "1", "_pks": "P1", "_pkn": "Lamp", "_pkc": "Home", "_pkp": "24.25"},
        ),
        (
            {"event_name": "add_to_cart", "transaction_id": "T", "items": [ITEM, {}]},
            {"idgoal": "0", "revenue": "48.5", "ec_items": '[["P1","Lamp","Home",24.25,2],["","","",0,1]]'},
        ),
        (
            {"event_name": "purchase", "transaction_id": "T", "value": 1e-7, "tax": 1, "shipping": "4.90", "discount": 2},
            {"idgoal": "0", "ec_id": "T", "revenue": "0.0000001", "ec_tx": "1", "ec_sh": "4.9", "ec_dt": "2"},
        ),
        ({"event_name": "purchase", "transaction_id": "T"}, {"idgoal": "0", "ec_id": "T", "revenue": "0"}),
    ],
)
def test_what_an_event_is_to_matomo(event: Event, own: Mapping[str, str]) -> None:
    always = {"idsite": "1", "rec": "1", "apiv": "1", "cdt": "1767225600"}
    assert tracked(event) == {**always, **own}


def test_dimensions_of_one_s_own_and_another_category() -> None:
    dimensions = {1: "{{ event.plan }}", "12": "{{ event.nothing }}"}
    row = tracked({"event_name": "quiz", "plan": "a b"}, dimensions=dimensions, event_category="Shop")
    assert (row["dimension1"], row["e_c"], "dimension12" in row) == ("a b", "Shop", False)


@pytest.mark.parametrize(
    ("endpoint", "url"),
    [
        ("https://Matomo.example.com/", "https://matomo.example.com/matomo.php"),
        ("https://example.com/Stats/", "https://example.com/Stats/matomo.php"),
        ("http://10.0.0.7:8080/piwik.php", "http://10.0.0.7:8080/piwik.php"),
    ],
)
def test_matomo_may_be_anywhere(endpoint: str, url: str) -> None:
    tag = made(Matomo, **{**SITE, "endpoint": endpoint})
    row = payload(tag, VIEW)
    assert requests(tag, row)[0].url == url
    assert frozenset({row.destination}) == tag.literal_origins
    assert url.startswith(f"{row.destination}/")


@pytest.mark.parametrize("endpoint", ["example.com", "https://a.example/?x=1", "https://a.example/{{ event.x }}/", "ftp://a"])
def test_a_place_is_scheme_host_and_folder(endpoint: str) -> None:
    with pytest.raises(ValidationError):
        made(Matomo, **{**SITE, "endpoint": endpoint})


def test_without_a_token_no_address_is_claimed_each_goes_alone_and_a_day_is_the_most() -> None:
    tag = made(Matomo, **OPEN)
    row = payload(tag, {**PURCHASE, "x-mp-timestamp_micros": NOW})
    body = json.loads(requests(tag, row)[0].body)
    assert body.keys() == {"requests"}
    assert "cip=" not in body["requests"][0]
    assert (tag.batch, [len(request.payloads) for request in requests(tag, row, row)]) == (None, [1, 1])
    assert tag.expired(row, NOW + DAY) is None
    assert tag.expired(row, NOW + DAY + SECOND) == (
        "Matomo without a token_auth takes nothing older than a day, and this is of 2026-01-01T00:00:00.123Z"
    )
    assert made(Matomo, **SITE).expired(row, NOW + 900 * DAY) is None


def test_a_request_tells_in_the_order_in_which_it_happened() -> None:
    tag = made(Matomo, **SITE)
    rows = [payload(tag, {**VIEW, "x-mp-timestamp_micros": NOW + at * SECOND}) for at in (2, 0, 1)]
    [request] = requests(tag, *rows)
    assert request.payloads == (1, 2, 0)
    assert [dict(parse_qsl(part.query))["cdt"] for part in tag.parts(request)] == ["1767225600", "1767225601", "1767225602"]


@pytest.mark.parametrize(
    "event",
    [
        {"client_id": "1.2"},
        {"event_name": "purchase", "value": 1},
        {"event_name": "page_view", "page_location": "https://gtm-msr.appspot.com/render?id=GTM-X"},
    ],
)
def test_what_is_not_sent(event: Event) -> None:
    assert isinstance(mapped(made(Matomo, **SITE), event), Skip)


def said(tracked: int, invalid: int, *indices: int, named: bool = True, status: str = "success") -> Mapping[str, Any]:
    return {"status": status, "tracked": tracked, "invalid": invalid, **({"invalid_indices": [*indices]} if named else {})}


@pytest.mark.parametrize(
    ("status", "body", "outcomes"),
    [
        (200, said(3, 0), [Delivered()] * 3),
        (200, said(3, 0, named=False), [Delivered()] * 3),
        (200, said(2, 1, 1), [Delivered(), INVALID, Delivered()]),
        (200, said(0, 3, 0, 1, 2), [INVALID] * 3),
        (200, said(2, 1, 9), [unclear("Matomo")] * 3),
        (200, said(1, 2, 1), [unclear("Matomo")] * 3),
        (200, said(1, 0), [unclear("Matomo")] * 3),
        (200, {**said(2, 1), "invalid_indices": 1}, [unclear("Matomo")] * 3),
        (200, said(3, 0, status="error"), [unclear("Matomo")] * 3),
        (200, said(2, 1, named=False), [Rejected(NOT_NAMED, of_all=True)] * 3),
        (200, said(0, 1, named=False), [Rejected(UNKNOWN, of_all=True)]),
        (
            200,
            said(0, 3, named=False),
            [Retry("HTTP 200: none was tracked: is it the right token_auth and site_id?", credential=True)] * 3,
        ),
        (200, b"<html>a page</html>", [others_page("Matomo")] * 3),
        (500, said(1, 0, status="error"), [Retry("HTTP 500")] * 3),
        (500, {**said(1, 0, status="error"), "message": "gone away"}, [Retry("HTTP 500: gone away")] * 3),
        (503, b"", [Retry("HTTP 503")] * 3),
        (429, b"", [Retry("HTTP 429")] * 3),
        (401, said(0, 0, status="error"), [Retry("HTTP 401", credential=True)] * 3),
        (403, b"", [Retry("HTTP 403", credential=True)] * 3),
        (404, b"", [Retry("HTTP 404", credential=True)] * 3),
        (400, said(0, 0, status="error"), [Rejected("HTTP 400")] * 3),
        (413, b"", [Rejected("HTTP 413")] * 3),
    ],
)
def test_what_an_answer_means(status: int, body: Any, outcomes: list[object]) -> None:
    assert judged(made(Matomo, **SITE), status, body, rows=len(outcomes)) == outcomes


def test_the_token_never_shows() -> None:
    assert "EXAMPLE" not in repr(Matomo.Settings.model_validate(SITE))
    assert "EXAMPLE" not in str(payload(made(Matomo, **SITE)).body)
