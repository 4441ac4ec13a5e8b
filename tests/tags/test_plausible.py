"""Plausible's Events API: one event a request in the name of its visitor, its answers, and what never leaves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.types import Delivered, Event, HeldBack, OutboundRequest, Rejected, Response, Retry, Skip
from tags.plausible import LONGEST_PROP, MOST_PROPS, Plausible
from tests.tags.golden import vectors
from tests.tags.played_vendor import PURCHASE, judged, made, mapped, payload, requests, sent, unlike

SITE = {"domain": "example.com"}
VIEW: Event = {
    "event_name": "page_view",
    "page_location": "https://example.com/",
    "ip_override": "203.0.113.7",
    "user_agent": "ExampleBrowser/1.0",
}


@pytest.mark.parametrize("vector", vectors("plausible"), ids=lambda vector: vector["source"])
def test_requests_are_as_published_ones(vector: Mapping[str, Any]) -> None:
    tag = made(Plausible, **vector["settings"])
    if vector["request"]:
        assert unlike(tag, vector) == []
    else:
        skip = mapped(tag, vector["event"])
        assert isinstance(skip, Skip)
        assert (vector["skip"], skip.held) == ("no user_agent", HeldBack.NO_IDENTITY)


def test_a_purchase_with_its_revenue_and_parameters_of_its_own() -> None:
    event = {**PURCHASE, "coupon": "X", "members": True, "nothing": None, "list": [1], "sender": "jane@example.com"}
    assert sent(made(Plausible, **SITE), event) == {
        "domain": "example.com",
        "name": "purchase",
        "url": "https://shop.example.com/thanks",
        "props": {"transaction_id": "T-1001", "coupon": "X", "members": True},
        "revenue": {"currency": "EUR", "amount": "59.98"},
    }


def test_without_a_currency_there_is_no_revenue() -> None:
    row = sent(made(Plausible, **SITE), {**VIEW, "event_name": "quiz", "value": 2})
    assert ("revenue" in row, row["props"]) == (False, {"value": 2})


def test_a_page_view_has_no_revenue_and_what_nobody_does_is_not_interactive() -> None:
    tag = made(Plausible, **SITE)
    assert "revenue" not in sent(tag, {**VIEW, "value": 2, "currency": "EUR"})
    assert sent(tag, {**VIEW, "event_name": "scroll"})["interactive"] is False
    assert sent(made(Plausible, **SITE, non_interactive=["pageview"]), VIEW)["interactive"] is False


def test_properties_of_one_s_own() -> None:
    props = {"plan": "{{ event.plan }}", "nothing": "{{ event.nothing }}", "who": "{{ event.user_data.email }}"}
    event = {**VIEW, "plan": "a", "other": 1, "user_data": {"email": "jane@example.com"}}
    assert sent(made(Plausible, **SITE, props=props), event)["props"] == {"plan": "a"}


@given(many=st.integers(0, 60), size=st.integers(1, 5000))
def test_no_more_properties_than_plausible_keeps_and_none_that_is_longer(many: int, size: int) -> None:
    props = sent(made(Plausible, **SITE), {**VIEW, **{f"p{at}": "x" * size for at in range(many)}}).get("props", {})
    assert len(props) == min(many, MOST_PROPS)
    assert all(len(value) == min(size, LONGEST_PROP) for value in props.values())


def test_each_goes_alone_in_the_name_of_its_visitor() -> None:
    tag = made(Plausible, **SITE, test=True, endpoint="https://stats.example.com/p/")
    rows = [payload(tag, {**VIEW, "user_agent": "Bröwser\r\nx: y", "ip_override": address}) for address in ("203.0.113.7", "::1")]
    found = requests(tag, *rows)
    assert [request.payloads for request in found] == [(0,), (1,)]
    assert [dict(request.headers)["x-forwarded-for"] for request in found] == ["203.0.113.7", "::1"]
    assert dict(found[0].headers)["user-agent"] == "Bröwserx: y"
    assert (dict(found[0].headers)["x-debug-request"], found[0].url) == ("true", "https://stats.example.com/p/api/event")
    assert tag.batch is None
    assert tag.literal_origins == {"https://stats.example.com"}
    assert made(Plausible, **SITE).literal_origins == frozenset()


@pytest.mark.parametrize(
    ("without", "held"),
    [
        ("event_name", HeldBack.SKIPPED),
        ("page_location", HeldBack.SKIPPED),
        ("user_agent", HeldBack.NO_IDENTITY),
        ("ip_override", HeldBack.NO_IDENTITY),
    ],
)
def test_what_it_needs(without: str, held: HeldBack) -> None:
    skip = mapped(made(Plausible, **SITE), {name: value for name, value in VIEW.items() if name != without})
    assert isinstance(skip, Skip)
    assert skip.held is held


@pytest.mark.parametrize("change", [{"ip_override": "nobody"}, {"page_location": "https://gtm-msr.appspot.com/render?id=GTM-X"}])
def test_what_is_nobody_s(change: Event) -> None:
    assert isinstance(mapped(made(Plausible, **SITE), {**VIEW, **change}), Skip)


DROPPED = Rejected("HTTP 202: Plausible has dropped it: a bot's, an unknown site, or one that is shielded")


@pytest.mark.parametrize(
    ("status", "headers", "outcome"),
    [
        (202, (), Delivered()),
        (202, (("x-plausible-dropped", "0"),), Delivered()),
        (202, (("x-plausible-dropped", "1"),), DROPPED),
        (200, (), Delivered()),
    ],
)
def test_what_a_header_means(status: int, headers: tuple[tuple[str, str], ...], outcome: object) -> None:
    request = OutboundRequest("POST", "https://plausible.io/api/event", (), b"{}", (0,))
    assert made(Plausible, **SITE).judge(request, Response(status, headers, b"ok")) == outcome


@pytest.mark.parametrize(
    ("status", "body", "outcome"),
    [
        (202, b"<html>", Retry("HTTP 202: this is no answer of Plausible's")),
        (400, {"errors": {"url": ["is required"]}}, Rejected('HTTP 400: {"url":["is required"]}')),
        (400, b"no", Rejected("HTTP 400")),
        (429, b"", Retry("HTTP 429")),
        (500, b"", Retry("HTTP 500")),
        (403, b"", Retry("HTTP 403", credential=True)),
        (404, b"", Retry("HTTP 404", credential=True)),
    ],
)
def test_what_an_answer_means(status: int, body: Any, outcome: object) -> None:
    assert judged(made(Plausible, **SITE), status, body) == [outcome]
