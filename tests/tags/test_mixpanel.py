"""Mixpanel's import: events as it has them, ids that it takes, and answers row by row."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from core.types import Delivered, Rejected, Retry, Skip
from tags.mixpanel import Mixpanel
from tests.tags.golden import differences
from tests.tags.played_vendor import judged, made, mapped, others_page, payload, requests, sent, unclear
from tests.tags.sample import SAMPLE, SAMPLE_AT

TOKEN = {"project_token": "EXAMPLE_TOKEN"}
ACCOUNT = {"service_account": {"username": "robot", "password": "EXAMPLE_SECRET"}}
SOMEBODY = {"event_name": "x", "client_id": "1.2"}
NOBODY = ["anon", "Anonymous", "nil", "none", "NULL", "n/a", "na", "undefined", "unknown", "<nil>", "true", "false"]
NOBODY += ["0", "-1", "[]", "{}", "00000000-0000-0000-0000-000000000000"]


def said(event: Mapping[str, Any], **settings: Any) -> Mapping[str, Any]:
    """The properties of an event."""
    [found] = sent(made(Mixpanel, **TOKEN, **settings), dict(event))
    properties: Mapping[str, Any] = found["properties"]
    return properties


def failed(*indices: object) -> Mapping[str, Any]:
    records = [{"index": index, "insert_id": "e", "field": "properties.time", "message": "no"} for index in indices]
    return {"code": 400, "error": "some data points failed", "failed_records": records, "status": "Bad Request"}


def test_the_sample() -> None:
    body = sent(made(Mixpanel, **TOKEN), SAMPLE, received_at=SAMPLE_AT)
    properties = {
        "time": 1767312000000,
        "distinct_id": "u-7",
        "$insert_id": "e-51",
        "$device_id": "77.1767000000",
        "ip": "203.0.113.9",
        "$current_url": "https://shop.example.com/done?x=1",
        "transaction_id": "A-2040",
        "value": 48.5,
        "currency": "EUR",
    }
    assert list(differences([{"event": "purchase", "properties": properties}], body)) == []


@pytest.mark.parametrize(
    ("settings", "url", "authorization"),
    [
        (TOKEN, "https://api.mixpanel.com/import?strict=1", "Basic RVhBTVBMRV9UT0tFTjo="),
        ({**TOKEN, "region": "in"}, "https://api-in.mixpanel.com/import?strict=1", "Basic RVhBTVBMRV9UT0tFTjo="),
        (
            {**ACCOUNT, "project_id": "12345", "region": "eu"},
            "https://api-eu.mixpanel.com/import?strict=1&project_id=12345",
            "Basic cm9ib3Q6RVhBTVBMRV9TRUNSRVQ=",
        ),
    ],
)
def test_where_and_by_what_right(settings: Mapping[str, Any], url: str, authorization: str) -> None:
    tag = made(Mixpanel, **settings)
    [request] = requests(tag, payload(tag, SOMEBODY))
    assert (request.url, dict(request.headers)["authorization"]) == (url, authorization)
    assert not tag.literal_origins
    assert "EXAMPLE" not in request.url + request.body.decode() + repr(tag.Settings.model_validate(settings))
    assert made(Mixpanel, **TOKEN, endpoint="https://mix.example").literal_origins == {"https://mix.example"}


@pytest.mark.parametrize("settings", [{}, ACCOUNT, {**TOKEN, **ACCOUNT, "project_id": "12345"}])
def test_one_credential_is_needed(settings: Mapping[str, Any]) -> None:
    with pytest.raises(ValidationError):
        made(Mixpanel, **settings)


@pytest.mark.parametrize("id", NOBODY)
def test_an_id_that_mixpanel_refuses_is_none(id: str) -> None:
    found = said({"event_name": "x", "client_id": "1.2", "user_id": id})
    assert (found["distinct_id"], found["$device_id"], "$user_id" in found) == ("1.2", "1.2", False)
    found = said({"event_name": "x", "client_id": id})
    assert (found["distinct_id"], "$device_id" in found) == ("", False)


@given(id=st.text(max_size=60))
def test_whatever_the_id_mixpanel_takes_it(id: str) -> None:
    found = said({**SOMEBODY, "event_id": id})["$insert_id"]
    assert re.fullmatch("[A-Za-z0-9-]{1,36}", found)
    assert found == said({**SOMEBODY, "event_id": id})["$insert_id"]


def test_an_order_s_number_stands_for_an_id() -> None:
    assert said({**SOMEBODY, "transaction_id": "T-1"})["$insert_id"] == "T-1"


def test_no_parameter_takes_the_place_of_what_mixpanel_needs() -> None:
    found = said({**SOMEBODY, "time": "x", "distinct_id": "x", "ip": "x", "ip_override": "203.0.113.9"})
    assert (found["time"], found["distinct_id"], found["ip"]) == (1767225600123, "1.2", "203.0.113.9")


def test_an_address_may_stay_here() -> None:
    assert said({**SOMEBODY, "ip_override": "203.0.113.9"}, ip=False)["ip"] == 0


@pytest.mark.parametrize(
    "event", [{"event_name": " "}, {**SOMEBODY, "page_location": "https://gtm-msr.appspot.com/render?id=GTM-X"}]
)
def test_what_is_not_sent(event: dict[str, Any]) -> None:
    assert isinstance(mapped(made(Mixpanel, **TOKEN), event), Skip)


BAD = Rejected("HTTP 400: properties.time no")
WHOLE = Rejected("HTTP 400: some data points failed")


@pytest.mark.parametrize(
    ("status", "body", "outcomes"),
    [
        (200, {"code": 200, "num_records_imported": 3, "status": "OK"}, [Delivered()] * 3),
        (200, {"code": 200, "num_records_imported": 2, "status": "OK"}, [unclear("Mixpanel")] * 3),
        (200, {"code": 200}, [unclear("Mixpanel")] * 3),
        (200, b"<html>", [others_page("Mixpanel")] * 3),
        (400, failed(0, 7), [WHOLE] * 3),
        (400, failed(0), [BAD, Delivered(), Delivered()]),
        (400, failed(2, 1), [Delivered(), BAD, BAD]),
        (400, failed(), [WHOLE] * 3),
        (400, failed(7, "1", True, None, -1), [WHOLE] * 3),
        (400, {"error": "bad JSON"}, [Rejected("HTTP 400: bad JSON")] * 3),
        (401, {"error": "Invalid credentials"}, [Retry("HTTP 401: Invalid credentials", credential=True)] * 3),
        (403, b"", [Retry("HTTP 403", credential=True)] * 3),
        (413, b"", [Rejected("HTTP 413")] * 3),
        (429, {"error": "Too many"}, [Retry("HTTP 429: Too many")] * 3),
        (502, b"<html>", [Retry("HTTP 502")] * 3),
        (503, b"", [Retry("HTTP 503")] * 3),
    ],
)
def test_what_an_answer_means(status: int, body: Any, outcomes: Sequence[object]) -> None:
    assert judged(made(Mixpanel, **TOKEN), status, body, rows=3) == outcomes
