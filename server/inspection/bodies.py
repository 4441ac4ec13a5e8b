"""Bodies as people can read them, also those that nobody could: compressed, in another encoding, or JSON with a mistake in it."""

from __future__ import annotations

import json
import re
from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final
from urllib.parse import parse_qsl

from core.secret import MASK
from core.types import Request
from server.inspection.privacy import CREDENTIALS, HIDDEN, Privacy, is_personal, personal_values
from wire.measurement_protocol.compression import RefusedBodyError, decoded

_LARGEST: Final = 1 << 20
"""Bytes that are read of a compressed body."""


def plain(request: Request) -> bytes:
    """The body, decompressed where that is possible."""
    try:
        return decoded(request.body, request.header("content-encoding"), _LARGEST)
    except RefusedBodyError:
        return request.body


def text_of(raw: bytes) -> str:
    """The body as text: UTF-16 where its mark says so, else UTF-8 without a mark, with U+FFFD for what is none."""
    if raw.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):
        return raw.decode("utf-16", "replace")
    return raw.decode("utf-8-sig", "replace")


def personal_of(request: Request, events: Iterable[Mapping[str, Any]]) -> set[str]:
    """Everything in the request and in what was made of it that stands where personal data stands."""
    try:
        read = json.loads(text_of(plain(request)))
    except (ValueError, RecursionError):
        read = {}
    bodies = [each for each in (read if isinstance(read, list) else [read]) if isinstance(each, dict)]
    query = [{name: value} for name, value in parse_qsl(request.query_string, errors="replace")]
    return personal_values(request, [*query, *bodies, *events])


_TOKEN: Final = re.compile(
    r"""
    (?P<text> "(?:[^"\\\n]|\\.)*+"? | '(?:[^'\\\n]|\\.)*+'? )
    | (?P<open> [{\[] ) | (?P<close> [}\]] )
    | (?P<word> [^\s"'{}\[\],:]++ )
    | (?P<other> [\s,:] )
    """,
    re.VERBOSE | re.DOTALL,
)
_COLON: Final = re.compile(r"\s*+:")


def masked_json(text: str, privacy: Privacy) -> str:
    """Text that was meant to be JSON and is none: values at personal places are masked, as far as its names and brackets go."""
    return privacy.text("".join(_masked(text, privacy)))


def _masked(text: str, privacy: Privacy) -> Iterator[str]:
    """Token by token. ``inside`` holds, for every open bracket, the mask for everything in it; empty where it may be shown."""
    inside, mask = [""], ""
    for found in _TOKEN.finditer(text):
        token = found[0]
        if found["open"]:
            inside.append(mask)
        elif found["close"] and len(inside) > 1:
            inside.pop()
        elif found["text"] or found["word"]:
            if _COLON.match(text, found.end()):
                mask = inside[-1] or _mask_of(token.strip("\"'").lower(), privacy)
            elif mask:
                token = token[0] + mask + token[0] if found["text"] else mask
        if token == "," or found["close"]:
            mask = inside[-1]
        yield token


def _mask_of(name: str, privacy: Privacy) -> str:
    if name in CREDENTIALS:
        return MASK
    return HIDDEN if is_personal(name) and not privacy.reveal else ""
