"""A row: one payload for one tag, and the form it has on the disk."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, Final

import orjson

from core.types import Payload, SecretPlace

FORMAT = 2
"""The version of a stored payload. Every earlier one is read; a later one waits for the version that wrote it.

With the second the bodies of ``ga4`` hold finished hits.
"""


class State(IntEnum):
    """Where a row stands; a delivered one is no longer there."""

    QUEUED = 0
    LEASED = 1
    DEAD = 2
    HELD = 3
    """Written by a later version of Tagyard: waits for it."""
    CLAIMED = 4
    """Its acceptance has keys that are claimed and not confirmed yet: nobody but that acceptance may touch it."""


@dataclass(slots=True)
class Row:
    """A leased row. ``attempts`` counts this lease; ``crashes`` how often the process died while the row was on the wire.

    ``since`` is where its age begins: when it was received, or when an operator last asked for it to be tried again.
    """

    id: int
    tag: str
    payload: Payload
    since: int
    attempts: int = 1
    crashes: int = 0


_NAME = re.compile(r"(\d{1,6})-(\d{1,19})", re.ASCII)
_HIGHEST = (1 << 63) - 1


def row_name(store: int, id: int) -> str:
    """What everybody calls the row: by the number of its store and its own in there, ``0-4711``."""
    return f"{store}-{id}"


def named_row(name: str) -> tuple[int, int] | None:
    """The two numbers of a row's name; None where it is none."""
    parts = _NAME.fullmatch(name)
    return None if parts is None or int(parts[2]) > _HIGHEST else (int(parts[1]), int(parts[2]))


COLUMNS = (
    "id",
    "tag",
    "destination",
    "state",
    "received_at",
    "since",
    "due_at",
    "attempts",
    "event_group",
    "position",
    "client_id",
    "event_name",
    "body",
)
"""What an insert gives of every row, in the order of ``record``."""

RARE_COLUMNS = ("secrets", "once")
"""What only an insert of a row gives that has one of them; ``rare_record`` has their values behind those of COLUMNS."""

_LEASED: Final = int(State.LEASED)


def record(id: int, tag: str, payload: Payload, state: State, due_at: int) -> tuple[Any, ...]:
    """The values of COLUMNS. A row that is inserted as leased has begun its first attempt.

    They are of types that the module ``sqlite3`` binds as they are: for any other, bytes and None among them, it first looks for
    an adapter, which takes as long as all the rest of a row.

    Raises TypeError where one of its texts is none: in the thread that writes it would end everything.
    """
    destination, group, client_id, event_name = payload.destination, payload.group, payload.client_id, payload.event_name
    if not "".join((destination, group, client_id, event_name)).isascii():
        destination, group, client_id, event_name = map(storable, (destination, group, client_id, event_name))
    number: int = state._value_  # the plain number: int() of an IntEnum takes twice as long as all the rest of this
    received_at = payload.received_at
    return (
        id,
        tag,
        destination,
        number,
        received_at,
        received_at,
        due_at,
        1 if number == _LEASED else 0,
        group,
        payload.position,
        client_id,
        event_name,
        bytearray(_write(payload.body)),
    )


def rare_record(id: int, tag: str, payload: Payload, state: State, due_at: int, once: str | None = None) -> tuple[Any, ...]:
    """The values of COLUMNS and RARE_COLUMNS. ``once`` is the digest of the row's key."""
    secrets = orjson.dumps([[at.pointer, at.at, at.name] for at in payload.secrets]) if payload.secrets else None
    return (*record(id, tag, payload, state, due_at), secrets, once)


LEASED_COLUMNS = (
    "id, attempts, crashes, since, received_at, event_group, position, client_id, event_name,"
    " CAST(body AS TEXT), CAST(secrets AS TEXT)"
)
"""What a lease reads, in the order of ``leased_row``."""


def leased_row(tag: str, destination: str, values: list[Any]) -> Row:
    """The row of these LEASED_COLUMNS. Raises ValueError where body or secrets are no longer JSON."""
    number, attempts, crashes, since, received_at, group, position, client_id, event_name, body, secrets = values
    places = tuple(SecretPlace(*place) for place in orjson.loads(secrets)) if secrets else ()
    payload = Payload(
        json_body(body),
        destination,
        places,
        received_at=received_at,
        group=group,
        position=position,
        client_id=client_id,
        event_name=event_name,
    )
    return Row(number, tag, payload, since, attempts, crashes)


def json_body(text: str) -> Any:
    """The body, in orjson's JSON or in the wider one of the standard library that ``record`` falls back to.

    That begins with a space, since orjson would round its long numbers. Raises ValueError where it is neither.
    """
    if text.startswith(" "):
        return json.loads(text)
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return json.loads(text)


def stored_size(payload: Payload) -> int:
    """Bytes of its body as it is stored. Raises TypeError where it cannot be."""
    return len(_write(payload.body))


def _write(body: Any) -> bytes:
    try:
        return orjson.dumps(body)
    except orjson.JSONEncodeError:
        return f" {json.dumps(body, default=str)}".encode()


def storable(text: str) -> str:
    """The text without what is no Unicode: one such text in a group would keep the whole group from the disk."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode()
