"""The second road to GA4: ``/mp/collect`` for events that would otherwise lose their time.

A stored event is the body that the tag maps: ``origin``, ``user_agent``, and the parameters of its hit by the place they
travel in. Beside them may stand ``timestamp`` (its own time), ``mp`` (its JSON, where it came as such) and ``denied``.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, TypeAlias

from core.product import USER_AGENT
from core.types import Event
from wire import user_data
from wire.consent import DENIED, read_gcd, read_gcs
from wire.ga4.decode import decode_event
from wire.ga4.query import join
from wire.measurement_protocol.assemble import Ready
from wire.measurement_protocol.encode import FIREBASE_APP, OWN_KEYS, Encoded, encode, timestamp_of

Stored: TypeAlias = Mapping[str, Any]


class Road(StrEnum):
    """Where an event goes."""

    HIT = "/g/collect"
    LATE = "/mp/collect"


def beside(event: Event, hashes: Mapping[str, Any], *, as_json: bool) -> dict[str, Any]:
    """What a hit cannot carry of this event and the second road can; nothing for a hit of a browser.

    ``as_json`` keeps the JSON types too, for a tag that can take that road.
    """
    if event.keys().isdisjoint(OWN_KEYS):
        return {}
    time = timestamp_of(event)
    own_time = {} if time is None else {"timestamp": time}
    return {**own_time, "mp": _json(encode(event, hashes))} if as_json else own_time


def stored_app(event: Event, hashes: Mapping[str, Any], received_at: int) -> dict[str, Any]:
    """An event of an app, which has no hit: a stored event without the parameters of one."""
    mp = {**_json(encode(event, hashes)), "firebase_app_id": event[FIREBASE_APP]}
    return {"timestamp": timestamp_of(event) or received_at, "mp": mp}


def barrier(stored: Stored) -> str:
    """Why this event may not take the second road, which would make an ordinary, identified one of it; empty where it may."""
    shared, own = stored.get("shared", {}), stored.get("own", {})
    if "denied" in stored or _denies(read_gcs(shared.get("gcs", ""))) or _denies(_effective(shared.get("gcd", ""))):
        return "analytics consent is denied"
    return next((why for name, why in _BARRED.items() if own.get(name, "0") not in ("", "0")), "")


_BARRED = {"_ss": "it begins a session (_ss)", "_fv": "it is a first visit (_fv)"}


def addressee(stored: Stored) -> str:
    """The measurement id and the visitor, or the app and its instance, as one text."""
    if "shared" in stored:
        return f"{stored['shared'].get('tid', '')}|{stored['shared'].get('cid', '')}"
    return f"{stored['mp']['firebase_app_id']}|{stored['mp']['request']['app_instance_id']}"


def ready(stored: Stored, received_at: int, api_secret: str) -> Ready:
    """The event as the second road takes it, with its own time, or else the time it was received. Secrets are filled in."""
    mp = stored["mp"] if "mp" in stored else _json(_from_hit(stored))
    stream = {"measurement_id": stored["shared"]["tid"]} if "shared" in stored else {"firebase_app_id": mp["firebase_app_id"]}
    url = f"{stored['origin']}/mp/collect?{join({**stream, 'api_secret': api_secret})}"
    return Ready(url, mp["request"], {**mp["event"], "timestamp_micros": stored.get("timestamp", received_at)})


_OURS = USER_AGENT.partition("/")[0] + "/"
"""How the user agent begins that stands in for a visitor's."""


def _from_hit(stored: Stored) -> Encoded:
    event = decode_event({**stored["shared"], **stored["hoistable"], **stored["own"], **stored["request"]})
    if not stored["user_agent"].startswith(_OURS):
        event["user_agent"] = stored["user_agent"]
    return encode(event, user_data.hashed(event.get("user_data")))


def _json(encoded: Encoded) -> dict[str, Any]:
    return {"request": encoded.request, "event": encoded.event}


def _effective(gcd: str) -> Mapping[str, str] | None:
    read = read_gcd(gcd)
    return read.effective if read else None


def _denies(said: Mapping[str, str] | None) -> bool:
    return said is not None and said["analytics_storage"] == DENIED
