"""The requests of one visitor right before and after another, as far as a worker remembers them."""

from __future__ import annotations

from typing import TypedDict

from server.observe import Record, Recorder


class Neighbour(TypedDict):
    """A request; ``at`` is when it came, in microseconds."""

    worker: int
    id: str
    at: int


class Neighbours(TypedDict):
    """None where nothing of the visitor is remembered on that side."""

    earlier: Neighbour | None
    later: Neighbour | None


def neighbours(recorder: Recorder, worker: int, client_id: str, at: int, id: str) -> Neighbours:
    """Of the request of this id, which came at this time, perhaps to another worker."""
    found = sorted((record.request.received_at, record.request.id) for record in recorder.since(0) if _is_of(record, client_id))
    told: list[Neighbour] = [{"worker": worker, "id": other, "at": came} for came, other in found]
    return {
        "earlier": next((each for each in reversed(told) if (each["at"], each["id"]) < (at, id)), None),
        "later": next((each for each in told if (each["at"], each["id"]) > (at, id)), None),
    }


def _is_of(record: Record, client_id: str) -> bool:
    return any(str(each.event.get("client_id", "")) == client_id for each in record.run.events)
