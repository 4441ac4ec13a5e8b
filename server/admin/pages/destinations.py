"""What waits, what was given up, and how each destination is doing, put together from all workers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal, NotRequired, TypedDict

from server.admin.health import DestinationTold, WorkerHealth
from server.inspection import Privacy
from server.inspection.present import clock, moment
from server.outbox.selection import ListedRow, ShownRow
from server.system.colours import worst

_MASKS = Privacy(())
_Counted = Literal["delivered", "failed"]


class DestinationLine(TypedDict):
    """One tag and destination, over all workers, in words. ``paused`` is why nothing is sent; None where something is."""

    tag: str
    address: str
    pending: int
    oldest: str | None
    rate: str
    success: str | None
    last_error: str
    paused: str | None
    breaker: str
    colour: str


class RowLine(TypedDict):
    """A row of the outbox for a table, masked."""

    id: str
    tag: str
    event: str
    received: str
    attempts: int
    state: str
    destination: str
    client_id: str
    why: str
    answer: NotRequired[str]


def whole(workers: Sequence[WorkerHealth]) -> Callable[[Sequence[int]], int]:
    """What makes one number of all workers' rows: of those that they share each tells all."""
    return largest if any("durability" in worker for worker in workers) else sum


def largest(numbers: Sequence[int]) -> int:
    """0 of none."""
    return max(numbers, default=0)


def destinations(workers: Sequence[WorkerHealth], now: int) -> list[DestinationLine]:
    """One line for each tag and destination, over all workers."""
    merged: dict[tuple[str, str], list[DestinationTold]] = {}
    for worker in workers:
        for each in worker.get("destinations", ()):
            merged.setdefault((each["tag"], each["destination"]), []).append(each)
    return [_destination(tag, address, parts, whole(workers), now) for (tag, address), parts in sorted(merged.items())]


def _destination(
    tag: str, address: str, parts: Sequence[DestinationTold], rows: Callable[[Sequence[int]], int], now: int
) -> DestinationLine:
    delivered, failed = _total(parts, "delivered"), _total(parts, "failed")
    oldest = [part["oldest"] for part in parts if part["oldest"]]
    breaker = next((part["breaker"] for part in parts if part["breaker"] != "closed"), "closed")
    refuses = next((part["refuses"] for part in parts if part["refuses"]), "")
    return {
        "tag": tag,
        "address": address,
        "pending": rows([part["pending"] for part in parts]),
        "oldest": age(now - min(oldest)) if oldest else None,
        "rate": f"{delivered / 60:.1f}/s",
        "success": f"{delivered / (delivered + failed):.0%}" if delivered + failed else None,
        "last_error": _MASKS.text(next((part["last_error"] for part in parts if part["last_error"]), "")),
        "paused": _paused(parts, breaker, refuses),
        "breaker": breaker,
        "colour": worst(part["colour"] for part in parts),
    }


def _total(parts: Sequence[DestinationTold], what: _Counted) -> int:
    return sum(part[what] for part in parts)


def _paused(parts: Sequence[DestinationTold], breaker: str, refuses: str) -> str | None:
    until = max((part["paused_until"] or 0 for part in parts), default=0)
    if until:
        return f"until {clock(until)} UTC: the destination asked for it"
    if breaker == "open":
        return "it took nothing five times in a row: nothing is sent until the cooldown is over"
    if breaker != "closed":
        return f"it is being tried again, one request at first ({breaker})"
    lacks = next((part["lacks"] for part in parts if part["lacks"]), "")
    return refuses or (f"left to other replicas: {lacks}" if lacks else None)


def age(microseconds: int) -> str:
    """``40 s``, ``2 min``, ``3 h`` or ``2 d``."""
    seconds = max(0, microseconds // 1_000_000)
    for size, unit in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"


def row(row: ListedRow) -> RowLine:
    """A row of the outbox for a table."""
    return {
        "id": row["id"],
        "tag": row["tag"],
        "event": _MASKS.text(row["event_name"]),
        "received": moment(row["received_at"]),
        "attempts": row["attempts"],
        "state": row["state"],
        "destination": row["destination"],
        "client_id": _MASKS.text(row["client_id"]),
        "why": _MASKS.text(row["why"]),
    }


def whole_row(shown: ShownRow) -> RowLine:
    """The same with what the destination answered, if it did."""
    line = row(shown)
    if shown["answer"]:
        line["answer"] = _MASKS.text(shown["answer"])
    return line


def masked_body(body: Any) -> Any:
    """A stored payload, with what is personal in it masked; it holds no secret."""
    return _MASKS.value(body)
