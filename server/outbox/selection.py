"""Which rows an operator means, and what a store tells of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypedDict, TypeVar

from server.outbox.errors import OutboxError
from server.outbox.row import State

Item = TypeVar("Item", covariant=True)

STATES: Mapping[State, str] = {
    State.QUEUED: "queued",
    State.LEASED: "leased",
    State.DEAD: "dead",
    State.HELD: "held",
    State.CLAIMED: "leased",
}
"""What they are called. Claimed rows are shown as leased: they are about to leave, and an operator may touch neither."""

MAY: Mapping[str, Sequence[State]] = {
    "retry": (State.QUEUED, State.DEAD),
    "drop": (State.QUEUED, State.DEAD, State.HELD),
}
"""The states in which a row may be changed."""

_KINDS: dict[str, tuple[tuple[type, ...], str]] = {
    "tag": ((str,), "a text"),
    "state": ((str,), "a text"),
    "client_id": ((str,), "a text"),
    "event": ((str,), "a text"),
    "older_than": ((int, float), "a number of seconds"),
    "limit": ((int,), "a number"),
    "ids": ((list,), "a list of names such as 0-4711"),
}
_LONGEST_AGE = 100 * 365 * 86400


@dataclass(frozen=True, slots=True)
class RowFilter:
    """Which rows; a field that is None is not asked for. ``older_than`` compares with when a row was received."""

    tag: str | None = None
    state: str | None = None
    older_than: int | None = None
    client_id: str | None = None
    event: str | None = None
    ids: tuple[int, ...] | None = None

    @property
    def states(self) -> Sequence[State]:
        """Those that go by the name that is asked for."""
        return [state for state, name in STATES.items() if self.state in (None, name)]

    def takes(self, id: int, row: ListedRow) -> bool:
        """Whether a row is one of them, whatever state it is in."""
        asked = [(self.tag, row["tag"]), (self.client_id, row["client_id"]), (self.event, row["event_name"])]
        return (
            all(wish in (None, value) for wish, value in asked)
            and (self.older_than is None or row["received_at"] < self.older_than)
            and (self.ids is None or id in self.ids)
        )

    @staticmethod
    def of(command: Mapping[str, Any], now: int) -> RowFilter:
        """The filter of a command; ``older_than`` is an age in seconds there. Raises OutboxError."""
        for name, (kinds, words) in _KINDS.items():
            if command.get(name) is not None and not isinstance(command[name], kinds):
                raise OutboxError(f"{name} must be {words}")
        state, age = command.get("state"), command.get("older_than")
        if state is not None and state not in STATES.values():
            raise OutboxError(f"state is one of {', '.join(dict.fromkeys(STATES.values()))}, not {state!r}")
        older_than = None if age is None else now - int(min(max(age, 0), _LONGEST_AGE) * 1_000_000)
        return RowFilter(command.get("tag"), state, older_than, command.get("client_id"), command.get("event"))


class ListedRow(TypedDict):
    """A row without its body; times in microseconds."""

    id: str
    tag: str
    destination: str
    state: str
    received_at: int
    due_at: int
    attempts: int
    crashes: int
    client_id: str
    event_name: str
    why: str


class ShownRow(ListedRow):
    """A row with what the vendor said of it and the payload as it is stored, which holds no secret.

    ``request`` is the id of the one that it came with, ``position`` its event's place in there.
    """

    request: str
    position: int
    answer: str
    body: Any


@dataclass(frozen=True, slots=True)
class Touched:
    """Rows of one destination that a command has changed or would change, and the name of the state they were in."""

    tag: str
    destination: str
    state: str
    rows: int


@dataclass(frozen=True, slots=True)
class Standing:
    """How many rows of a tag are in a state, and when the oldest of them was received."""

    tag: str
    state: State
    rows: int
    oldest: int


@dataclass(frozen=True, slots=True)
class Slice(Generic[Item]):
    """What one slice gave, of how many rows that is, and the id after which the next begins; None after the last."""

    found: Sequence[Item]
    rows: int
    next: int | None
