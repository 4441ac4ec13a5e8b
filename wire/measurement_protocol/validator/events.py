"""The events of a payload: their names and their parameters."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from itertools import islice
from typing import Any, Final, TypeAlias

from wire.measurement_protocol import names, schema
from wire.measurement_protocol.checks import Check
from wire.measurement_protocol.validator.findings import Findings
from wire.measurement_protocol.validator.ids import check_id, check_session
from wire.measurement_protocol.validator.items import check_items
from wire.measurement_protocol.validator.known import check_fields
from wire.measurement_protocol.validator.times import check_time
from wire.measurement_protocol.validator.values import LONGEST_NAME, LONGEST_VALUE, MOST_EXAMINED, is_number, is_numeric

_MOST_EVENTS: Final = 25
_MOST_PARAMETERS: Final = 25
_LONGEST: Final[Mapping[str, float]] = {
    "page_title": 300,
    "page_referrer": 420,
    "page_location": 1000,
    "session_id": float("inf"),
    "session_number": float("inf"),
}
"""Those of a session may hold what a variable of Google's Tag Manager gives, which is longer."""

_REQUIRED: Final[Mapping[str, Sequence[str]]] = {
    "purchase": ("transaction_id", "items"),
    "refund": ("transaction_id",),
    **dict.fromkeys(
        (
            "add_payment_info",
            "add_shipping_info",
            "add_to_cart",
            "add_to_wishlist",
            "begin_checkout",
            "remove_from_cart",
            "view_cart",
            "view_item",
            "view_item_list",
        ),
        ("items",),
    ),
    "search": ("search_term",),
    "post_score": ("score",),
    "spend_virtual_currency": ("value", "virtual_currency_name"),
    "unlock_achievement": ("achievement_id",),
}
_WITH_CURRENCY: Final = frozenset(
    {
        "purchase",
        "refund",
        "add_payment_info",
        "add_shipping_info",
        "add_to_cart",
        "add_to_wishlist",
        "begin_checkout",
        "remove_from_cart",
        "view_cart",
        "view_item",
        "in_app_purchase",
        "ad_impression",
        "generate_lead",
        "qualify_lead",
        "working_lead",
        "disqualify_lead",
        "close_convert_lead",
        "close_unconvert_lead",
    }
)
_MISSING: Final = (None, "")

_is_currency: Final = re.compile(r"[A-Z]{3}").fullmatch


def check_events(found: Findings, payload: Mapping[str, Any], of_app: bool, now: int) -> None:
    """Every event. None at all is fine where the request is there for its user_data."""
    events = payload.get("events")
    if not events and isinstance(events, list | None) and not payload.get("user_data"):
        found.add(Check.NO_EVENTS)
    if not isinstance(events, list):
        return
    if len(events) > _MOST_EVENTS:
        found.add(Check.MANY_EVENTS, n=len(events))
    for i, event in enumerate(events[:MOST_EXAMINED]):
        _check_event(found, i, event, of_app, now)


def _check_event(found: Findings, i: int, event: Any, of_app: bool, now: int) -> None:
    path = f"events[{i}]"
    if not isinstance(event, dict):
        found.add(Check.WRONG_TYPE, path=path, type="object")
        return
    check_fields(found, event, schema.EVENT, path)
    check_time(found, event.get("timestamp_micros"), f"{path}.timestamp_micros", now)
    name, params = event.get("name"), event.get("params")
    _check_name(found, i, name, of_app)
    params = params if isinstance(params, dict) else {}
    _check_params(found, i, params, now)
    if found.enforced and isinstance(name, str):
        _check_completeness(found, i, name, params)


def _check_name(found: Findings, i: int, name: Any, of_app: bool) -> None:
    if name in _MISSING:
        found.add(Check.EVENT_NAMELESS, i=i)
    elif isinstance(name, str):
        if not names.is_name(name):
            _check_letters(found, i, name)
        if len(name) > LONGEST_NAME:
            found.add(Check.EVENT_LONG, i=i, v=name)
        if name in names.RESERVED_EVENTS:
            found.add(Check.EVENT_RESERVED, i=i, v=name)
        if name in names.EVENTS_OF_APPS and not of_app:
            found.add(Check.EVENT_OF_APPS, i=i, v=name)


def _check_letters(found: Findings, i: int, name: str) -> None:
    if not name[0].isalpha():
        found.add(Check.EVENT_START, i=i, v=name)
    if not names.is_word(name, 1):
        found.add(Check.EVENT_LETTERS, i=i, v=name)


def _check_params(found: Findings, i: int, params: Mapping[str, Any], now: int) -> None:
    if len(params) > _MOST_PARAMETERS:
        found.add(Check.MANY_PARAMS, i=i, n=len(params))
    for name, value in islice(params.items(), MOST_EXAMINED):
        _check_param_name(found, i, name)
        if isinstance(value, str):
            if len(value) > LONGEST_VALUE and len(value) > _LONGEST.get(name, LONGEST_VALUE):
                found.add(Check.PARAM_LONG, i=i, k=name, n=len(value), max=int(_LONGEST.get(name, LONGEST_VALUE)))
        elif value is None or (isinstance(value, dict | list) and name != "items"):
            found.add(Check.PARAM_VALUE, i=i, k=name)
        if name in _SPECIAL:
            _SPECIAL[name](found, i, name, value)
    if "timestamp_micros" in params:
        check_time(found, params["timestamp_micros"], f"events[{i}].params.timestamp_micros", now)


def _check_param_name(found: Findings, i: int, name: str) -> None:
    if not names.is_name(name):
        found.add(Check.PARAM_NAME, i=i, k=name)
    if len(name) > LONGEST_NAME:
        found.add(Check.PARAM_NAME_LONG, i=i, k=name, n=len(name))
    if name.startswith(names.RESERVED_PARAMETER_PREFIXES) or name == names.RESERVED_PARAMETER:
        found.add(Check.PARAM_NAME_RESERVED, i=i, k=name)


def _check_engagement(found: Findings, i: int, name: str, value: Any) -> None:
    if not is_number(value) or value < 0:
        found.add(Check.ENGAGEMENT, i=i, k=name)


def _check_session(found: Findings, i: int, name: str, value: Any) -> None:
    if not (value > 0 if is_number(value) else isinstance(value, str) and value):
        found.add(Check.SESSION, i=i, k=name)
    check_session(found, f"events[{i}].params.{name}", value, "s")


def _check_session_number(found: Findings, i: int, name: str, value: Any) -> None:
    check_session(found, f"events[{i}].params.{name}", value, "o")


def _check_id(found: Findings, i: int, name: str, value: Any) -> None:
    check_id(found, f"events[{i}].params.{name}", value)


def _check_amount(found: Findings, i: int, name: str, value: Any) -> None:
    if not is_numeric(value):
        found.add(Check.AMOUNT, i=i, k=name)


def _check_currency(found: Findings, i: int, name: str, value: Any) -> None:
    if not (isinstance(value, str) and _is_currency(value)):
        found.add(Check.CURRENCY, i=i, k=name, v=value)


_Special: TypeAlias = Callable[[Findings, int, str, Any], None]

_SPECIAL: Final[Mapping[str, _Special]] = {
    "engagement_time_msec": _check_engagement,
    "session_id": _check_session,
    "session_number": _check_session_number,
    "client_id": _check_id,
    "user_id": _check_id,
    "value": _check_amount,
    "tax": _check_amount,
    "shipping": _check_amount,
    "currency": _check_currency,
    "items": check_items,
}


def _check_completeness(found: Findings, i: int, name: str, params: Mapping[str, Any]) -> None:
    """What Google's reference of events calls required."""
    if name in _WITH_CURRENCY and params.get("value") is not None and params.get("currency") in _MISSING:
        found.add(Check.CURRENCY_MISSING, i=i)
    for required in _REQUIRED.get(name, ()):
        if params.get(required) in _MISSING:
            found.add(Check.PARAM_MISSING, i=i, k=required, name=name)
        elif required == "items" and params["items"] == []:
            found.add(Check.ITEMS_EMPTY, i=i, name=name)
