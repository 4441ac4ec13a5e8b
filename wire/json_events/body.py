"""What a request says: the JSON or the form of its body, or, of a GET, its query."""

from __future__ import annotations

from codecs import BOM_UTF8
from typing import Any, Final

import orjson

from core.query import parse_pairs
from core.types import Request
from wire.depth import MOST_LEVELS, is_deep
from wire.json_events.refused import RefusedError
from wire.limits import MOST_BYTES, Limit
from wire.measurement_protocol.compression import RefusedBodyError, decoded

_FORM: Final = "application/x-www-form-urlencoded"
_TOO_LARGE: Final = 413


def read(request: Request) -> Any:
    """An object or a list. Raises RefusedError for anything else, and for more of it than any real sender has to say."""
    if request.method == "GET":
        return dict(request.query)
    body = _decoded(request).removeprefix(BOM_UTF8).strip()
    if not body:
        raise RefusedError(400, "NOT_JSON", "The body is empty.")
    if _is_form(request) and body[:1] not in b"{[":  # curl calls everything a form
        return parse_pairs(body.decode("utf-8", "replace").replace("+", " ").split("&"))
    return _json(body)


def _decoded(request: Request) -> bytes:
    if len(request.body) > MOST_BYTES:
        raise RefusedError(_TOO_LARGE, Limit.BODY.code, f"The request has {Limit.BODY.words}.")
    try:
        return decoded(request.body, request.header("content-encoding"), MOST_BYTES)
    except RefusedBodyError as error:
        code = Limit.BODY.code if error.status == _TOO_LARGE else "NOT_JSON"
        raise RefusedError(error.status, code, str(error)) from None


def _is_form(request: Request) -> bool:
    return (request.header("content-type") or "").partition(";")[0].strip().lower() == _FORM


def _json(body: bytes) -> Any:
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise RefusedError(400, "NOT_JSON", f"The body is not JSON: {error.msg}, at character {error.pos}.") from None
    if not isinstance(value, dict | list):
        raise RefusedError(400, "NO_OBJECT", "The body is neither an object nor a list of them.")
    if is_deep(body, value):
        raise RefusedError(400, "TOO_DEEP", f"The body has more than {MOST_LEVELS} levels of objects and lists.")
    return value
