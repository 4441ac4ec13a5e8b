"""A row as one message holds it: everything that is known of it, and its body as bytes that nobody reads before it is sent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import orjson

from core.types import Payload, SecretPlace
from server.outbox.jetstream.names import batch_of
from server.outbox.limits import LONE_FROM
from server.outbox.row import FORMAT, Row, json_body, record, storable
from server.outbox.row import State as RowState

_BREAK: Final = b"\n"

WHY: Final = 100
"""Characters of why a row was not delivered that are kept where a message has no room for more."""

GROWS: Final = 2048
"""Bytes that a new row leaves free in its message: for its later states, shortened, and for what is to become of it."""


@dataclass(frozen=True, slots=True)
class StoredRow:
    """Times are microseconds. ``version`` rises by one with each message that has replaced another one of this row.

    ``batch`` stands for the rows of its place that were written with it.
    """

    id: int
    tag: str
    destination: str
    received_at: int
    since: int
    due_at: int
    attempts: int
    crashes: int
    event_group: str
    position: int
    client_id: str
    event_name: str
    once: str | None
    why: str
    answer: str
    version: int
    batch: str
    secrets: Sequence[Sequence[Any]]
    body: bytes
    format: int = FORMAT

    @classmethod
    def of(cls, id: int, tag: str, payload: Payload, due_at: int, once: str | None = None) -> StoredRow:
        """A new one. Raises what a payload that cannot be stored makes it raise."""
        values = record(id, tag, payload, RowState.QUEUED, due_at)
        _, tag, destination, _, received_at, since, due_at, attempts, group, position, client_id, event_name, body = values
        secrets = [(at.pointer, at.at, at.name) for at in payload.secrets]
        return cls(
            id, tag, destination, received_at, since, due_at, attempts, 0,
            group, position, client_id, event_name, once, "", "", 0, batch_of(id, 1), secrets, bytes(body),
        )  # fmt: skip

    @classmethod
    def read(cls, message: bytes) -> StoredRow:
        """Of a message, whatever version has written it. Raises ValueError where it is none of ours."""
        head, _, body = message.partition(_BREAK)
        try:
            *values, format = orjson.loads(head)
            fields = [*values, body, format]
            return cls(*fields)
        except (TypeError, ValueError) as error:
            raise ValueError("the message is no row") from error

    @classmethod
    def read_if_any(cls, message: bytes) -> StoredRow | None:
        """The same; None where it is none of ours."""
        try:
            return cls.read(message)
        except ValueError:
            return None

    def write(self, batch: str | None = None) -> bytes:
        """As a message, of this batch where one is named."""
        values = (
            self.id, self.tag, self.destination, self.received_at, self.since, self.due_at, self.attempts, self.crashes,
            self.event_group, self.position, self.client_id, self.event_name, self.once, self.why, self.answer, self.version,
            batch or self.batch, self.secrets, self.format,
        )  # fmt: skip
        return orjson.dumps(values) + _BREAK + self.body

    @property
    def place(self) -> tuple[str, str]:
        """Its tag and its destination."""
        return self.tag, self.destination

    @property
    def is_lone(self) -> bool:
        """Whether it is sent with nothing else on the wire."""
        return self.crashes >= LONE_FROM

    @property
    def message_id(self) -> str:
        """By which the servers know a message that was sent to them twice."""
        return f"{self.id}-{self.version}" if self.version else str(self.id)

    def leased(self) -> Row:
        """As it is sent, with this attempt counted. Raises ValueError where its body is no longer JSON."""
        payload = Payload(
            json_body(self.body.decode()),
            self.destination,
            tuple(SecretPlace(*place) for place in self.secrets),
            received_at=self.received_at,
            group=self.event_group,
            position=self.position,
            client_id=self.client_id,
            event_name=self.event_name,
        )
        return Row(self.id, self.tag, payload, self.since, self.attempts + 1, self.crashes)

    def again(self, due_at: int, why: str, answer: str | None) -> StoredRow:
        """After an attempt that did not deliver it."""
        kept = self.answer if answer is None else storable(answer)
        changed = {"due_at": due_at, "why": storable(why), "answer": kept, "attempts": self.attempts + 1}
        return self.changed(**changed)

    def retried(self, now: int, due_at: int) -> StoredRow:
        """As an operator has it: as good as new."""
        return self.changed(due_at=due_at, since=now, attempts=0, crashes=0)

    def crashed(self) -> StoredRow:
        """Its replica died while it was on the wire."""
        return self.changed(attempts=self.attempts + 1, crashes=self.crashes + 1)

    def shortened(self) -> StoredRow:
        """The same with little of why it was not delivered: where all of that is too large for a message."""
        return replace(self, answer="", why=self.why[:WHY])

    def changed(self, **values: Any) -> StoredRow:
        """The message that replaces it."""
        return replace(self, version=self.version + 1, **values)
