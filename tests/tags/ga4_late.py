"""A GA4 tag that knows the second route, events for it, and what it makes of them now or later."""

from __future__ import annotations

from typing import Any

import orjson

from core.component import Setup
from core.context import Context, Shared
from core.secret import SealedText, SecretValue
from core.types import Event, OutboundRequest, Payload, Request
from tags.ga4 import Ga4
from wire.consent import consent_of
from wire.measurement_protocol.late import Route

T0 = 1_764_340_309_000_000
"""When everything here is received."""
MINUTE = 60_000_000
LATER = T0 + 20 * MINUTE
OWN_TIME = T0 - 3600 * 1_000_000
API_SECRET = "s3/cret &+"
SECRETS = {"GA4": API_SECRET, "TOKEN": "t0ken"}
SURROUNDINGS = Shared(secrets=SECRETS, readers={"consent": lambda event, _: consent_of(event)})

EVENT: Event = {
    "x-ga-measurement_id": "G-ABC",
    "client_id": "1.2",
    "x-ga-gcd": "13t3t3t3t5l1",
    "event_name": "purchase",
    "ga_session_id": "17",
    "value": 9.5,
    "coupon": "007",
    "ip_override": "203.0.113.7",
    "user_agent": "Mozilla/5.0",
}
BACKDATED: Event = {**EVENT, "x-mp-timestamp_micros": OWN_TIME}
APP: Event = {
    "x-mp-firebase_app_id": "1:2:android:3",
    "x-mp-app_instance_id": "a" * 32,
    "event_name": "post_score",
    "score": 7,
    "new": True,
}


def tag(secret: str | None = API_SECRET, **values: Any) -> Ga4:
    sealed = {"api_secret": SealedText((SecretValue("GA4", secret),))} if secret else {}
    return Ga4(Ga4.Settings.model_validate({**sealed, **values}), Setup("ga4", SECRETS))  # type: ignore[arg-type]  # Settings is the class's own


def context(event: Event, position: int = 0, group: str = "r1", shared: Shared = SURROUNDINGS) -> Context:
    return Context(Request(group, T0, "GET", "/g/collect"), "web", event, position, shared)


def mapped(event: Event, group: str = "r1", secret: str | None = API_SECRET, **values: Any) -> Payload:
    payload = tag(secret, **values).map(event, context(event, 0, group))
    assert isinstance(payload, Payload), payload
    return payload


def packed(payloads: list[Payload], now: int, **values: Any) -> list[OutboundRequest]:
    requests = tag(**values).pack(payloads, now)
    assert sorted(index for request in requests for index in request.payloads) == list(range(len(payloads)))
    return [request for request in requests if isinstance(request, OutboundRequest)]


def json_of(event: Event, now: int = LATER, **values: Any) -> Any:
    [request] = packed([mapped(event, **values)], now, **values)
    assert request.url.partition("?")[0].endswith("/mp/collect")
    return orjson.loads(request.body)


def route(event: Event, now: int, **values: Any) -> Route:
    payload = mapped(event, **values)
    [request] = packed([payload], now, **values)
    taken = tag(**values)._route(payload, now)
    assert request.url.partition("?")[0].endswith(taken)
    return taken
