"""Whatever may come: events, and answers of vendors."""

from __future__ import annotations

import json
from typing import Any, Final

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

QUIET: Final = settings(deadline=None, suppress_health_check=[HealthCheck.differing_executors, HealthCheck.too_slow])
"""For what every component inherits: how long an example takes on a busy machine says nothing about it."""

FEW: Final = settings(QUIET, max_examples=40)

_SCALARS: Final = (
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, width=32) | st.text(max_size=9)
)


def _of(names: st.SearchStrategy[str], inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3)


_TOLD: Final = st.sampled_from(["refused", "errors", "0", "1", "events"]) | st.text(max_size=3)

BODIES: Final = st.binary() | st.recursive(st.none() | st.text(), lambda inner: _of(_TOLD, inner)).map(
    lambda value: json.dumps(value).encode()
)
"""What a vendor, or a proxy in front of it, may answer."""

_NAMES: Final = st.sampled_from([
    *("event_name", "client_id", "user_id", "user_data", "email_address", "address", "items", "price", "quantity", "value"),
    *("currency", "transaction_id", "page_location", "page_referrer", "ip_override", "user_agent", "x-ga-gcs", "timestamp"),
])  # fmt: skip

EVENTS: Final = st.dictionaries(
    _NAMES | st.text(max_size=5), st.recursive(_SCALARS, lambda inner: _of(_NAMES, inner), max_leaves=4), max_size=6
)
"""Event data, as somebody may send it who means no good."""

ODD: Final = {"event_name": ["a"], "client_id": 7, "user_data": [], "items": {"0": None}, "value": "x", "page_location": 1}
"""One in which nothing is of the kind that it should be."""
