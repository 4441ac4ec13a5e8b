"""The second route to GA4: ``/mp/collect`` for events that would otherwise lose their time.

A stored event is the body that the tag maps: ``origin``, ``user_agent``, and its hit as ``wire.ga4.hits`` has it. Beside them
may stand ``timestamp`` (its own time), ``mp`` (its JSON, where it came as such) and ``denied``. A hit
that says its own time has ``happened`` instead of ``timestamp``: it takes the second route only once it is late by that time,
since on the first it keeps much else, and its ``ht`` or ``qt``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from typing import Any, TypeAlias

from core.product import USER_AGENT
from core.types import Event, OutboundRequest, Payload
from wire import user_data
from wire.consent import DENIED, read_gcd, read_gcs
from wire.ga4.decode import decode_pieces
from wire.ga4.hits import is_hit, pieces, texts
from wire.ga4.query import join
from wire.ga4.table import FALLBACK
from wire.measurement_protocol.assemble import Ready, assemble
from wire.measurement_protocol.encode import Encoded, encode, timestamp_of
from wire.measurement_protocol.fields import APP_INSTANCE_ID, CONSENT, FIREBASE_APP_ID
from wire.measurement_protocol.names import RESERVED_EVENTS
from wire.universal_analytics.table import FALLBACK as UNIVERSAL_FALLBACK

Stored: TypeAlias = Mapping[str, Any]
Member: TypeAlias = tuple[int, Payload]
"""A payload and its index."""

_HEADERS = (("user-agent", USER_AGENT), ("content-type", "application/json"))


class Route(StrEnum):
    """Where an event goes."""

    HIT = "/g/collect"
    LATE = "/mp/collect"


def is_of_an_app(event: Event) -> bool:
    """Whether this is an event of an app that the second route can carry."""
    needed = (FIREBASE_APP_ID, APP_INSTANCE_ID, "event_name")
    return all(event.get(key) for key in needed) and not event.get("client_id")


def denies(event: Event, consent: Mapping[str, str]) -> bool:
    """Whether analytics consent is denied: by the consent of the event as it came in, or by what a backend said with it."""
    said = event.get(CONSENT)
    by_backend = said.get("analytics_storage") if isinstance(said, dict) else None
    return consent.get("analytics_storage") == DENIED or by_backend == "DENIED"


def late_fields(event: Event, hashes: Mapping[str, Any], *, as_json: bool) -> dict[str, Any]:
    """What is stored beside the hit of an event that has any of the keys ONLY_HERE.

    ``as_json`` keeps what a hit cannot carry, and the JSON types, for a tag that can take that route.
    """
    time = timestamp_of(event)
    own_time = {} if time is None else {"timestamp" if event.keys().isdisjoint(_TOLD_BY_A_HIT) else "happened": time}
    return {**own_time, "mp": _json(encode(event, hashes))} if as_json else own_time


_TOLD_BY_A_HIT = frozenset({f"{begin}{name}" for begin in (FALLBACK, UNIVERSAL_FALLBACK) for name in ("ht", "qt")})


def is_late(payload: Payload, now: int, after: int) -> bool:
    """Whether the event would lose its time as a hit: a backend told it, or it is more than so many microseconds ago."""
    return "timestamp" in payload.body or now - payload.body.get("happened", payload.received_at) > after


def stored_app(event: Event, hashes: Mapping[str, Any], received_at: int) -> dict[str, Any]:
    """An event of an app, which has no hit: a stored event without the parameters of one."""
    mp = {**_json(encode(event, hashes)), "firebase_app_id": event[FIREBASE_APP_ID]}
    return {"timestamp": timestamp_of(event) or received_at, "mp": mp}


def barrier(stored: Stored) -> str:
    """Why this event may not take the second route; empty where it may.

    That route would make an ordinary, identified event of any, and it drops in silence what has a name of Google's own.
    """
    if not is_hit(stored):
        return ""
    hit = texts(stored, _TOLD)
    if "denied" in stored or _denied(read_gcs(hit.get("gcs", ""))) or _denied(_effective(hit.get("gcd", ""))):
        return "analytics consent is denied"
    if hit.get("en") in RESERVED_EVENTS:
        return "its name is reserved on /mp/collect"
    if hit.get("tid", "").startswith(_NO_STREAMS):
        return "its measurement id is none of a GA4 stream"
    return next((why for name, why in _BARRED.items() if hit.get(name, "0") not in ("", "0")), "")


_BARRED = {"_ss": "it begins a session (_ss)", "_fv": "it is a first visit (_fv)"}
_TOLD = frozenset({"gcs", "gcd", "en", "tid", *_BARRED})
_NO_STREAMS = ("GT-", "AW-", "DC-")


_ADDRESS = frozenset({"tid", "cid"})


def addressee(stored: Stored) -> str:
    """The measurement id and the visitor, or the app and its instance, as one text."""
    if is_hit(stored):
        hit = texts(stored, _ADDRESS)
        return f"{hit.get('tid', '')}|{hit.get('cid', '')}"
    return f"{stored['mp']['firebase_app_id']}|{stored['mp']['request']['app_instance_id']}"


def requests(members: Sequence[Member], filled: Callable[[Payload], Stored], api_secret: str) -> list[OutboundRequest]:
    """The requests of the second route. ``filled`` gives the stored event with its secrets."""
    batches = assemble([_ready(filled(payload), payload.received_at, api_secret) for _, payload in members])
    return [
        OutboundRequest("POST", batch.url, _HEADERS, batch.body, tuple([members[at][0] for at in batch.members]))
        for batch in batches
    ]


def _ready(stored: Stored, received_at: int, api_secret: str) -> Ready:
    """The event with its own time, or else the time it was received."""
    mp = stored["mp"] if "mp" in stored else _json(_from_hit(stored))
    stream = {"measurement_id": texts(stored, _ADDRESS)["tid"]} if is_hit(stored) else {"firebase_app_id": mp["firebase_app_id"]}
    url = f"{stored['origin']}/mp/collect?{join({**stream, 'api_secret': api_secret})}"
    time = stored.get("timestamp", stored.get("happened", received_at))
    return Ready(url, mp["request"], {**mp["event"], "timestamp_micros": time})


_OURS = USER_AGENT.partition("/")[0] + "/"
"""How the user agent begins that stands in for a visitor's."""


def _from_hit(stored: Stored) -> Encoded:
    event = decode_pieces(pieces(stored))
    if not stored["user_agent"].startswith(_OURS):
        event["user_agent"] = stored["user_agent"]
    return encode(event, user_data.hashed(event.get("user_data")))


def _json(encoded: Encoded) -> dict[str, Any]:
    return {"request": encoded.request, "event": encoded.event}


def _effective(gcd: str) -> Mapping[str, str] | None:
    read = read_gcd(gcd)
    return read.effective if read else None


def _denied(said: Mapping[str, str] | None) -> bool:
    return said is not None and said["analytics_storage"] == DENIED
