"""Requests that are remembered, handed to whoever runs them once more: as they came, but for secrets and other sites' cookies.

They are personal data, and go nowhere but from a worker through its socket into memory. A mask stands for each secret that the
configuration knows, as it does for what is tried instead of the configuration: so the request gets in there as it did here.
"""

from __future__ import annotations

import re
import sys
from dataclasses import replace
from functools import cache
from typing import Final, NotRequired, TypedDict

from core.secret import MASK
from core.types import Geo, Request
from server.inspection.bodies import plain
from server.inspection.privacy import CREDENTIALS, HIDDEN, Privacy
from server.observe import Record, Recorder
from server.public.reception import Reception

MOST: Final = 300
"""Requests that a worker hands out: the latest."""
MOST_BYTES: Final = 4 << 20
AT_ONCE: Final = 128 << 10
LARGEST: Final = 64 << 10
"""Bytes of one; a larger one is left out."""

_SHOWN: Final = re.compile(rf"(?i)((?:^|&)(?:{'|'.join(sorted(CREDENTIALS))})=)(?!{re.escape(MASK)}(?:&|$))[^&]*")
"""A credential in a query that is none of the configuration's: somebody's attempt, or another's secret."""
_ENCODED: Final = frozenset({"content-encoding", "content-length"})


class Recorded(TypedDict):
    """``path`` is what came, decoded; ``body`` is text; ``geo`` is country, region and city; ``at`` is microseconds."""

    worker: int
    id: str
    at: int
    method: str
    path: str
    query: str
    headers: list[tuple[str, str]]
    body: str
    ip: str | None
    geo: list[str | None]


class Rest(TypedDict):
    """What may still be handed out: so many requests and bytes, older than this number."""

    before: int
    most: int
    room: int


class Part(TypedDict):
    """Some of the requests, the newest first, and where to go on."""

    recorded: list[Recorded]
    next: NotRequired[Rest]


ALL: Final[Rest] = {"before": sys.maxsize, "most": MOST, "room": MOST_BYTES}


def recorded(recorder: Recorder, worker: int, rest: Rest = ALL) -> Part:
    """The latest requests, some at a time: a long answer would hold up the loop that writes it."""
    found: list[Recorded] = []
    masks, weight = cache(lambda secrets: Privacy(secrets, reveal=True)), 0
    for record in recorder.since(0):
        if record.number >= rest["before"]:
            continue
        if len(found) == rest["most"] or weight + record.weight > rest["room"]:
            break
        if found and weight + record.weight > AT_ONCE:
            left: Rest = {"before": record.number + 1, "most": rest["most"] - len(found), "room": rest["room"] - weight}
            return {"recorded": found, "next": left}
        handed = _recorded(record, worker, masks(record.serving.secret_values)) if record.weight <= LARGEST else None
        found += [handed] if handed else []
        weight += record.weight if handed else 0
    return {"recorded": found}


def _recorded(record: Record, worker: int, privacy: Privacy) -> Recorded | None:
    """None where the body is no text."""
    request = record.request
    try:
        body = plain(request).decode()
    except UnicodeDecodeError:
        return None
    prefix = record.serving.settings.server.path_prefix
    return {
        "worker": worker,
        "id": request.id,
        "at": request.received_at,
        "method": request.method,
        "path": privacy.text(Reception(prefix).as_it_came(request, record.run)),
        "query": _SHOWN.sub(rf"\g<1>{HIDDEN}", privacy.text(request.query_string)),
        "headers": [(name, _header(name, value, privacy)) for name, value in request.headers if name not in _ENCODED],
        "body": privacy.text(body),
        "ip": request.ip,
        "geo": [request.geo.country, request.geo.region, request.geo.city],
    }


_COOKIES: Final = Privacy(())


def _header(name: str, value: str, privacy: Privacy) -> str:
    masked = privacy.text(value)
    if name == "cookie":
        return _COOKIES.named(name, masked)
    return HIDDEN if name in CREDENTIALS and MASK not in masked else masked


def request_of(recorded: Recorded) -> Request:
    """The request once more. Randomness is zeros, as wherever nothing is sent."""
    request = Request(recorded["id"], recorded["at"], recorded["method"], recorded["path"], recorded["query"])
    headers = tuple((name, value) for name, value in recorded["headers"])
    return replace(request, headers=headers, body=recorded["body"].encode(), ip=recorded["ip"], geo=Geo(*recorded["geo"]))
