"""An event of a batch is shown as it would have been sent alone, by either route."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

from hypothesis import given
from hypothesis import strategies as st

from core.component import EventPart, Setup
from core.context import Context
from core.types import OutboundRequest, Payload, Request
from tags.ga4 import Ga4, Ga4TagSettings

LATE = 10_000_000_000
TAG = Ga4(Ga4TagSettings.model_validate({"api_secret": "s3cret"}), Setup("ga4"))
TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), min_size=1, max_size=8)
EVENT = st.fixed_dictionaries(
    {"event_name": st.sampled_from(["scroll", "purchase", "click"])},
    optional={"page_title": TEXT, "shop": TEXT, "value": st.integers(1, 9), "long": st.just("x" * 1500)},
)


def payload(event: Mapping[str, Any], position: int) -> Payload:
    whole = {"x-ga-measurement_id": "G-ABC1234567", "client_id": "1.2", **event}
    mapped = TAG.map(whole, Context(Request("r1", 1, "GET", "/g/collect"), "web", whole, position))
    assert isinstance(mapped, Payload)
    return mapped


def shown(payloads: list[Payload], now: int) -> dict[int, Any]:
    """What is shown of each payload: the parameters of a hit, or the document of a late event."""
    found: dict[int, Any] = {}
    for request in TAG.pack(payloads, now):
        assert isinstance(request, OutboundRequest)
        for index, part in zip(request.payloads, TAG.parts(request), strict=True):
            found[index] = json.loads(part.body) if part.body else _parameters(request, part)
    return found


def _parameters(request: OutboundRequest, part: EventPart) -> dict[str, str]:
    query = request.url.partition("?")[2]
    return {**dict(parse_qsl(query, keep_blank_values=True)), **dict(parse_qsl(part.query, keep_blank_values=True))}


@given(st.lists(EVENT, min_size=1, max_size=6), st.sampled_from([1, LATE]))
def test_together_each_event_is_shown_as_it_is_alone(events: list[dict[str, Any]], now: int) -> None:
    payloads = [payload(event, position) for position, event in enumerate(events)]
    together = shown(payloads, now)
    assert together == {index: shown([each], now)[0] for index, each in enumerate(payloads)}


def test_a_hit_that_needs_no_body_has_all_of_it_in_its_url() -> None:
    (request,) = TAG.pack([payload({"event_name": "scroll"}, 0)], 1)
    assert TAG.parts(request) == [EventPart()]
