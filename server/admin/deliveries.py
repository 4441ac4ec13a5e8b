"""What waits, what was given up, and how each destination is doing, put together from all workers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from server.delivery.health import worst
from server.inspection.present import clock, moment
from server.inspection.privacy import Privacy

_MASKS = Privacy(())
_COUNTED = ("pending", "delivered", "failed")


def destinations(workers: Iterable[Mapping[str, Any]], now: int) -> list[dict[str, Any]]:
    """One entry for each tag and destination, over all workers."""
    merged: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
    for worker in workers:
        for each in worker.get("destinations", ()):
            merged.setdefault((each["tag"], each["destination"]), []).append(each)
    return [_destination(tag, address, parts, now) for (tag, address), parts in sorted(merged.items())]


def _destination(tag: str, address: str, parts: Sequence[Mapping[str, Any]], now: int) -> dict[str, Any]:
    total = {name: sum(part[name] for part in parts) for name in _COUNTED}
    oldest = [part["oldest"] for part in parts if part["oldest"]]
    breaker = next((part["breaker"] for part in parts if part["breaker"] != "closed"), "closed")
    tried = total["delivered"] + total["failed"]
    refuses = next((part["refuses"] for part in parts if part["refuses"]), "")
    return {
        "tag": tag,
        "address": address,
        "pending": total["pending"],
        "oldest": age(now - min(oldest)) if oldest else None,
        "rate": f"{total['delivered'] / 60:.1f}/s",
        "success": f"{total['delivered'] / tried:.0%}" if tried else None,
        "last_error": _MASKS.text(next((part["last_error"] for part in parts if part["last_error"]), "")),
        "paused": _paused(parts, breaker, refuses),
        "breaker": breaker,
        "colour": worst(part["colour"] for part in parts),
    }


def _paused(parts: Sequence[Mapping[str, Any]], breaker: str, refuses: str) -> str | None:
    until = max((part["paused_until"] or 0 for part in parts), default=0)
    if until:
        return f"until {clock(until)} UTC: the destination asked for it"
    if breaker == "open":
        return "it took nothing five times in a row: nothing is sent until the cooldown is over"
    if breaker != "closed":
        return f"it is being tried again, one request at first ({breaker})"
    return refuses or None


def age(microseconds: int) -> str:
    """``40 s``, ``2 min``, ``3 h`` or ``2 d``."""
    seconds = max(0, microseconds // 1_000_000)
    for size, unit in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"


def row(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row of the outbox for a table."""
    texts = {name: _MASKS.text(str(row[name])) for name in ("client_id", "why")}
    answer = {"answer": _MASKS.text(row["answer"])} if row.get("answer") else {}
    return {
        "id": row["id"],
        "tag": row["tag"],
        "event": _MASKS.text(row["event_name"]),
        "received": moment(row["received_at"]),
        "attempts": row["attempts"],
        "state": row["state"],
        "destination": row["destination"],
        **texts,
        **answer,
    }


def masked_body(body: Any) -> Any:
    """A stored payload, with what is personal in it masked; it holds no secret."""
    return _MASKS.value(body)
