"""What all tags do that send rows to a vendor: how many go together, what is nobody's, what is too old, and where it may go."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.component import Batch, collects, expires
from core.types import Event, Payload, Skip
from tests.tags.exampled import LOADED, exampled
from tests.tags.played_vendor import DAY, NOW, SECOND, crowded, mapped, payload, requests
from wire.conversions.vendor import VendorTag

VENDORS: Final = sorted(type for type, kind in LOADED.items() if issubclass(kind, VendorTag))
ANALYSTS: Final = {"bigquery", "pubsub"}
"""What is sent there is counted as nobody's visit."""
NAMELESS: Final = ANALYSTS | {"google_ads", "linkedin", "x"}
"""Where a setting tells what an event counts as, not its name."""
OLDEST: Final = {
    "linkedin": ("LinkedIn", 90),
    "meta": ("Meta", 7),
    "microsoft_ads": ("Microsoft", 7),
    "reddit": ("Reddit", 7),
    "snapchat": ("Snapchat", 37),
    "tiktok": ("TikTok", 7),
}
OTHERWISE_TOO_OLD: Final = {"matomo", "posthog"}
"""Matomo's without a token, and PostHog's by their size."""
MOST: Final = {
    "amplitude": 2000,
    "bigquery": 500,
    "google_ads": 2000,
    "linkedin": 5000,
    "matomo": 200,
    "meta": 1000,
    "microsoft_ads": 1000,
    "mixpanel": 2000,
    "pinterest": 1000,
    "posthog": 1000,
    "pubsub": 1000,
    "reddit": 1000,
    "segment": 2500,
    "snapchat": 2000,
    "snowplow": 200,
    "tiktok": 1000,
    "x": 500,
}
"""How many rows of each go together; of others one."""
CRAWLED: Final = "https://gtm-msr.appspot.com/render?id=GTM-X"


def event(type: str) -> Event:
    """That of its example."""
    found: Event = dict(LOADED[type].examples[0].event)
    return found


def larger(row: Payload, size: int) -> Payload:
    return replace(row, body={**row.body, "row": {**row.body["row"], "more": "x" * size}})


def test_these_are_the_vendors() -> None:
    assert set(LOADED) - set(VENDORS) == {"file", "ga4", "http_request", "kafka", "log"}


@settings(max_examples=20)
@given(shares=st.lists(st.floats(0, 0.4), max_size=8), many=st.booleans())
@pytest.mark.parametrize("type", VENDORS)
def test_requests_hold_no_more_than_the_vendor_takes_and_each_row_once(type: str, shares: Sequence[float], many: bool) -> None:
    tag = exampled(type)
    own, limit = payload(tag, event(type)), tag.batch or Batch(1)
    rows = [own] * (limit.most_payloads + 1 if many else 0)
    rows += [larger(own, int(share * limit.most_bytes)) for share in shares]
    assert crowded(requests(tag, *rows), len(rows), limit.most_payloads, limit.most_bytes) == []


@pytest.mark.parametrize("type", VENDORS)
def test_as_many_as_the_vendor_takes_go_together_and_are_shown_one_by_one(type: str) -> None:
    tag = exampled(type)
    assert (tag.batch or Batch(1)).most_payloads == MOST.get(type, 1)
    found = requests(tag, *[payload(tag, event(type))] * 10)
    assert [len(request.payloads) for request in found] == ([10] if type in MOST else [1] * 10)
    assert [len(tag.parts(request)) for request in found] == [len(request.payloads) for request in found]


@pytest.mark.parametrize("type", sorted(set(VENDORS) - NAMELESS))
@pytest.mark.parametrize("name", [None, "", " "])
def test_an_event_without_a_name_is_not_sent(type: str, name: str | None) -> None:
    assert mapped(exampled(type), {**event(type), "event_name": name}) == Skip("the event has no event_name")


@pytest.mark.parametrize("type", sorted(set(VENDORS) - ANALYSTS))
def test_pages_on_which_google_looks_at_containers_are_nobody_s(type: str) -> None:
    found = mapped(exampled(type), {**event(type), "page_location": CRAWLED})
    assert found == Skip("the page is one on which Google looks at containers")


@pytest.mark.parametrize("type", sorted(OLDEST))
def test_what_is_too_old_is_given_up_and_why(type: str) -> None:
    tag, (vendor, days) = exampled(type), OLDEST[type]
    row = payload(tag, {**event(type), "x-mp-timestamp_micros": NOW})
    assert tag.expired(row, NOW + days * DAY) is None
    why = f"{vendor} takes nothing older than {days} days, and this is of 2026-01-01T00:00:00.123Z"
    assert tag.expired(row, NOW + days * DAY + SECOND) == why


@pytest.mark.parametrize("type", VENDORS)
def test_what_a_tag_never_does_it_is_not_asked_for(type: str) -> None:
    tag = exampled(type)
    assert expires(tag) == (type in OLDEST.keys() | OTHERWISE_TOO_OLD)
    assert collects(tag) == (tag.batch is not None)


@pytest.mark.parametrize("type", VENDORS)
def test_an_endpoint_is_the_file_s_own_where_it_is_not_the_vendor_s(type: str) -> None:
    endpoint = LOADED[type].Settings.model_fields["endpoint"]
    if not endpoint.is_required():
        own = {"endpoint": endpoint.default} if endpoint.default else {}
        assert exampled(type, **own).literal_origins == frozenset()
    assert exampled(type, endpoint="https://Proxy.example").literal_origins == {"https://proxy.example"}
