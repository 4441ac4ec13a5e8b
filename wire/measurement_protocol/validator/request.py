"""What is checked once for a request: the query, the ids, the time."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from wire.measurement_protocol import schema
from wire.measurement_protocol.checks import Check
from wire.measurement_protocol.document import MOST_BYTES, NO_OBJECT, Document
from wire.measurement_protocol.fields import IDS
from wire.measurement_protocol.firebase import APP
from wire.measurement_protocol.paths import below
from wire.measurement_protocol.validator.findings import Findings
from wire.measurement_protocol.validator.ids import check_id
from wire.measurement_protocol.validator.known import check_fields
from wire.measurement_protocol.validator.times import check_time

ENFORCE_RECOMMENDATIONS: Final = "ENFORCE_RECOMMENDATIONS"
_BEHAVIORS: Final = ("RELAXED", ENFORCE_RECOMMENDATIONS)

_is_firebase_app_id: Final = re.compile(APP).fullmatch
_not_hexadecimal: Final = re.compile(r"[^0-9A-Fa-f]").search
_INSTANCE_DIGITS: Final = 32
_LONGEST_USER_ID: Final = 256


def check_query(found: Findings, query: Mapping[str, str]) -> None:
    """The ids and the secret are there; whether they exist and belong together is not asked."""
    measurement_id, firebase_app_id = query.get("measurement_id"), query.get("firebase_app_id")
    if not measurement_id and not firebase_app_id:
        found.add(Check.ID_MISSING)
    if not query.get("api_secret"):
        found.add(Check.SECRET_MISSING)
    if measurement_id and firebase_app_id:
        found.add(Check.TWO_IDS)
    if firebase_app_id and not _is_firebase_app_id(firebase_app_id):
        found.add(Check.FIREBASE_APP_ID, v=firebase_app_id)


def check_document(found: Findings, document: Document) -> None:
    """The size of the body, whether it is a payload at all, names that an object has twice, and what was noted in reading it."""
    if document.size >= MOST_BYTES:
        found.add(Check.BODY_SIZE, n=document.size)
    if document.payload is None:
        fault = document.fault or NO_OBJECT
        found.add(fault.check, v=fault.why)
    for path, name in document.repeated:
        found.add(Check.REPEATED, path=below(path, name), k=name)
    for note in document.notes:
        found.add(note.check, **note.values)


def check_request(found: Findings, payload: Mapping[str, Any], of_app: bool, now: int) -> None:
    """The fields of the payload itself."""
    check_fields(found, payload, schema.REQUEST)
    if not of_app and payload.get("client_id") in (None, ""):
        found.add(Check.CLIENT_ID_MISSING)
    _check_instance(found, payload.get("app_instance_id"), of_app)
    user_id = payload.get("user_id")
    if isinstance(user_id, str) and len(user_id) > _LONGEST_USER_ID:
        found.add(Check.USER_ID_LONG, n=len(user_id))
    check_time(found, payload.get("timestamp_micros"), "timestamp_micros", now)
    if payload.get("validation_behavior") not in (None, *_BEHAVIORS):
        found.add(Check.BEHAVIOR)
    for name in IDS:
        check_id(found, name, payload.get(name))


def _check_instance(found: Findings, instance: Any, of_app: bool) -> None:
    if instance is None or instance == "":
        if of_app:
            found.add(Check.INSTANCE_MISSING)
    elif isinstance(instance, str):
        if len(instance) != _INSTANCE_DIGITS:
            found.add(Check.INSTANCE_LENGTH, n=len(instance))
        wrong = _not_hexadecimal(instance)
        if wrong:
            found.add(Check.INSTANCE_DIGITS, v=wrong[0])
