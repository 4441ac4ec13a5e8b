"""The whole of the validator: a request in, what is wrong with it out. Total, and linear in the request's size."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, TypeAlias

from core.types import Finding
from wire.measurement_protocol.document import Document, read
from wire.measurement_protocol.validator.events import check_events
from wire.measurement_protocol.validator.findings import Findings
from wire.measurement_protocol.validator.request import (
    ENFORCE_RECOMMENDATIONS,
    check_document,
    check_query,
    check_request,
)
from wire.measurement_protocol.validator.user_data import check_user_data
from wire.measurement_protocol.validator.visitor import check_visitor

Behavior: TypeAlias = Literal["RELAXED", "ENFORCE_RECOMMENDATIONS"]


def enforces(payload: Mapping[str, Any]) -> bool:
    """Whether the payload asks for the checks of types, times and recommended parameters, too."""
    return payload.get("validation_behavior") == ENFORCE_RECOMMENDATIONS


def validate(query: Mapping[str, str], body: bytes, now: int, behavior: Behavior | None = None) -> list[Finding]:
    """What is wrong with a request at ``now`` (microseconds). ``behavior`` overrides the payload's ``validation_behavior``."""
    return examine(query, read(body), now, behavior)


def examine(query: Mapping[str, str], document: Document, now: int, behavior: Behavior | None = None) -> list[Finding]:
    """``validate``, of a body that has been read."""
    found = Findings(any(map(enforces, document.payloads)) if behavior is None else behavior == ENFORCE_RECOMMENDATIONS)
    check_query(found, query)
    check_document(found, document)
    for at, payload in enumerate(document.payloads):
        found.within = f"[{at}]" if document.others else ""
        _check_payload(found, query, payload, now)
    return found.in_order()


def _check_payload(found: Findings, query: Mapping[str, str], payload: Mapping[str, Any], now: int) -> None:
    of_app = _is_of_app(query, payload)
    check_request(found, payload, of_app, now)
    check_visitor(found, payload, now)
    check_user_data(found, payload.get("user_data"), payload.get("user_id"))
    check_events(found, payload, of_app, now)


def _is_of_app(query: Mapping[str, str], payload: Mapping[str, Any]) -> bool:
    """An app's stream and not a web site's. Where the query has neither id, the payload shows it."""
    if query.get("measurement_id"):
        return False
    return bool(query.get("firebase_app_id")) or (not payload.get("client_id") and "app_instance_id" in payload)
