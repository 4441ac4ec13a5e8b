"""Klaviyo's events: a profile in clear, one event a request, its answers, and who is nobody to it."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import Any

import pytest

from core.types import Delivered, Rejected, Retry, Skip
from tags.klaviyo import MOST_PROPERTIES, Klaviyo
from tests.tags.golden import differences, vectors
from tests.tags.played_vendor import NOW, judged, made, mapped, others_page, payload, requests, sent, unlike
from tests.tags.sample import SAMPLE, SAMPLE_AT
from wire.hashing import sha256

KEY = {"api_key": "pk_EXAMPLE"}
BY_MAIL = {"event_name": "x", "user_data": {"email": "a@b.example"}}


def errors(code: str, detail: str = "no", pointer: str = "/data") -> Mapping[str, Any]:
    return {"errors": [{"id": "1", "code": code, "title": "t", "detail": detail, "source": {"pointer": pointer}, "meta": {}}]}


def attributes(event: Mapping[str, Any], cookies: Mapping[str, str] | None = None, **settings: Any) -> Mapping[str, Any]:
    found: Mapping[str, Any] = sent(made(Klaviyo, **KEY, **settings), dict(event), cookies=cookies)["data"]["attributes"]
    return found


def profile(event: Mapping[str, Any], cookies: Mapping[str, str] | None = None) -> Mapping[str, Any]:
    found: Mapping[str, Any] = attributes(event, cookies)["profile"]["data"]["attributes"]
    return found


@pytest.mark.parametrize("vector", vectors("klaviyo"), ids=lambda vector: vector["source"])
def test_requests_are_as_published_ones(vector: Mapping[str, Any]) -> None:
    """Their setting ``metric`` is ``event_name``, which has done its work before a tag sees the event."""
    settings, event = dict(vector["settings"]), vector["event"]
    event = {**event, "event_name": settings.pop("metric", event["event_name"])}
    tag = made(Klaviyo, **settings)
    if vector["request"] is None:
        assert isinstance(mapped(tag, event), Skip)
    else:
        assert unlike(tag, {**vector, "event": event}) == []


def test_the_sample() -> None:
    body = sent(made(Klaviyo, **KEY), SAMPLE, received_at=SAMPLE_AT)
    expected = {
        "time": "2026-01-02T00:00:00.000Z",
        "unique_id": "e-51",
        "value": 48.5,
        "value_currency": "EUR",
        "properties": {
            "transaction_id": "A-2040",
            "page_location": "https://shop.example.com/done?x=1",
            "items": [{"item_id": "P1", "item_name": "Lamp", "price": 24.25, "quantity": 2}],
        },
        "profile": {
            "data": {
                "type": "profile",
                "attributes": {
                    "email": "sam.roe@example.com",
                    "phone_number": "+16505551212",
                    "external_id": "u-7",
                    "first_name": "Sam",
                    "last_name": "Roe",
                },
            }
        },
    }
    assert list(differences({"data": {"type": "event", "attributes": expected}}, body)) == []
    assert not body["data"]["attributes"]["properties"].keys() & {"user_data", "user_id", "ip_override", "client_id"}


@pytest.mark.parametrize(
    ("event", "known"),
    [
        ({"user_data": {"email": " A@B.example "}}, {"email": "a@b.example"}),
        ({"email": "a@b.example", "phone": "+16505551212"}, {"email": "a@b.example", "phone_number": "+16505551212"}),
        ({"user_id": "U-7"}, {"external_id": "U-7"}),
        ({"page_location": "https://a.example/?_kx=abc"}, {"_kx": "abc"}),
        ({"user_data": {"sha256_email_address": sha256("a@b.example")}}, None),
        ({"user_data": {"phone_number": "0844 412 4653"}}, None),
        ({"user_data": {"address": {"first_name": "Sam"}}}, None),
        ({"client_id": "1.2"}, None),
    ],
)
def test_who_it_is(event: Mapping[str, Any], known: Mapping[str, str] | None) -> None:
    event = {"event_name": "x", **event}
    if known is None:
        assert isinstance(mapped(made(Klaviyo, **KEY), event), Skip)
    else:
        assert profile(event) == known
        assert not attributes(event)["properties"].keys() & {"email", "phone"}


def cookie(said: Any) -> Mapping[str, str]:
    return {"__kla_id": base64.b64encode(json.dumps(said).encode()).decode().replace("=", "%3D").replace("+", "%2B")}


@pytest.mark.parametrize(
    ("cookies", "click"),
    [
        ({"_kx": "abc"}, "abc"),
        (cookie({"cid": "c", "$exchange_id": "abc.def"}), "abc.def"),
        ({"_kx": "abc", **cookie({"$exchange_id": "other"})}, "abc"),
        (cookie({"cid": "c"}), None),
        (cookie([1]), None),
        ({"__kla_id": "nonsense"}, None),
    ],
)
def test_the_click_in_a_mail(cookies: Mapping[str, str], click: str | None) -> None:
    assert profile(BY_MAIL, cookies).get("_kx") == click


def test_active_on_site_is_klaviyo_s_own_metric() -> None:
    event = {**BY_MAIL, "event_name": "page_view"}
    cases: list[tuple[dict[str, Any], str, dict[str, Any]]] = [
        ({}, "page_view", {}),
        ({"active_on_site": True}, "__activity__", {"$is_session_activity": True}),
    ]
    for settings, name, properties in cases:
        found = attributes(event, **settings)
        assert (found["metric"]["data"]["attributes"], found["properties"]) == ({"name": name}, properties)


def test_an_amount_without_a_value_is_none_and_an_id_is_always_there() -> None:
    assert attributes({**BY_MAIL, "currency": "EUR"}).keys() & {"value", "value_currency", "unique_id"} == {"unique_id"}
    assert attributes({**BY_MAIL, "transaction_id": "T-1"})["unique_id"] == "T-1"
    assert attributes(BY_MAIL)["unique_id"] == "r.0"


def test_each_event_has_a_request_of_its_own_and_the_key_is_in_its_headers_alone() -> None:
    tag = made(Klaviyo, **KEY)
    found = requests(tag, payload(tag, BY_MAIL), payload(tag, BY_MAIL), now=NOW)
    assert (tag.batch, [request.payloads for request in found]) == (None, [(0,), (1,)])
    for request in found:
        assert "pk_EXAMPLE" not in request.url + request.body.decode()
        assert dict(request.headers)["content-type"] == dict(request.headers)["accept"] == "application/vnd.api+json"
    assert "pk_EXAMPLE" not in repr(tag.Settings.model_validate(KEY))


@pytest.mark.parametrize(
    "event",
    [
        {**BY_MAIL, "event_name": " "},
        {**BY_MAIL, "page_location": "https://gtm-msr.appspot.com/render?id=GTM-X"},
        {**BY_MAIL, **{f"p{number}": 1 for number in range(MOST_PROPERTIES + 1)}},
    ],
)
def test_what_is_not_sent(event: Mapping[str, Any]) -> None:
    assert isinstance(mapped(made(Klaviyo, **KEY), dict(event)), Skip)


@pytest.mark.parametrize(
    ("status", "body", "outcome"),
    [
        (202, b"", Delivered()),
        (200, b"<html>", others_page("Klaviyo")),
        (429, errors("throttled"), Retry("HTTP 429: throttled no /data")),
        (500, b"", Retry("HTTP 500")),
        (503, b"<html>", Retry("HTTP 503")),
        (401, errors("not_authenticated"), Retry("HTTP 401: not_authenticated no /data", credential=True)),
        (403, errors("permission_denied"), Retry("HTTP 403: permission_denied no /data", credential=True)),
        (400, errors("invalid", "The 'email' …", "/e"), Rejected("HTTP 400: invalid The 'email' … /e")),
        *((status, errors("no"), Rejected(f"HTTP {status}: no no /data")) for status in (404, 409, 413, 422)),
    ],
)
def test_what_an_answer_means(status: int, body: Any, outcome: object) -> None:
    assert judged(made(Klaviyo, **KEY), status, body) == [outcome]
