"""How the delivery is, as JSON."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeAlias

from server.delivery.destination import Destination

if TYPE_CHECKING:
    from server.delivery.delivery import Delivery

_COLOURS = ("green", "amber", "red")
_SHORT_PAUSE = 60_000_000
"""Microseconds: a vendor that asks for less is only throttling."""


Finding: TypeAlias = tuple[str, str]
"""A colour and the reason for it."""


def health(delivery: Delivery) -> dict[str, Any]:
    """``accepting``, ``colour``, ``reasons``, one entry per destination; by tag dead letters, kept and removed, and what was
    never taken: duplicates (``suppressed``) and what a crowded tag was spared (``not_chosen``). ``notes`` is what tags have to
    say of what they delivered.
    """
    now = delivery.steady()
    jumped = delivery.clock() - now
    found = [(destination, _of_destination(destination, now, jumped)) for destination in delivery.destinations.values()]
    findings = [*_of_files(delivery), *_of_room(delivery), *(finding for _, each in found for finding in each)]
    dead = delivery.dead_letters()
    return {
        "accepting": not delivery.full,
        "colour": worst(colour for colour, _ in findings),
        "reasons": [reason for _, reason in findings if reason],
        "damaged_files": len(delivery.outbox.asides),
        "outbox_bytes": delivery.outbox.room.used,
        "dead_letters": dict(dead),
        "dead_letters_removed": dict(delivery.removed),
        "suppressed": dict(delivery.entrance.suppressed),
        "not_chosen": dict(delivery.entrance.not_chosen),
        "notes": {tag: dict(counts) for tag, counts in delivery.notes.items()},
        "destinations": [
            _described(destination, now, jumped, delivery.oldest(destination)) | {"colour": worst(colour for colour, _ in each)}
            for destination, each in found
        ],
    }


def worst(colours: Iterable[str]) -> str:
    """The worst of these; green where there is none."""
    return max(colours, key=_COLOURS.index, default="green")


def _of_files(delivery: Delivery) -> list[Finding]:
    findings = [("red", str(delivery.outbox.failure))] if delivery.outbox.failure else []
    findings += [("red", _set_aside(aside.name)) for aside in delivery.outbox.asides]
    findings += [("red", f"{why}; what it holds is not delivered") for why in delivery.outbox.unopened.values()]
    held = sum(source.held for source in delivery.sources)
    if held:
        findings.append(("amber", f"{held} rows were written by a later version of Tagyard and wait for it"))
    dead = sum(delivery.dead_letters().values())
    return [*findings, ("amber", f"dead letters: {dead}")] if dead else findings


def _set_aside(name: str) -> str:
    lost = "what it holds is not delivered" if name.startswith("outbox") else "the keys of deduplicate before that are forgotten"
    return f"a damaged file was set aside as {name}: {lost}; see `tagyard outbox salvage`"


def _of_room(delivery: Delivery) -> list[Finding]:
    colour, reasons = delivery.outbox.room.reasons()
    return [(colour, reason) for reason in reasons]


def _of_destination(destination: Destination, now: int, jumped: int) -> list[Finding]:
    name, last = f"tag {destination.tag}: {destination.address}", destination.last_error
    if destination.refuses_credential:
        return [("red", f"{name} {destination.refuses_credential}")]
    if destination.condition.rejects_everything:
        return [("red", f"{name} rejected the last {destination.condition.rejected_in_a_row} events: {last}")]
    state = destination.breaker.state(now)
    if state != "closed":
        return [("amber", f"{name} {_said(last)}; the circuit breaker is {state}")]
    if destination.paused_until - now > _SHORT_PAUSE:
        until = datetime.fromtimestamp((destination.paused_until + jumped) / 1_000_000, UTC).isoformat(timespec="seconds")
        return [("amber", f"{name} asked for a pause until {until}: {last}; `tagyard outbox retry` lifts it")]
    if destination.condition.takes_nothing:
        return [("amber", f"{name} {_said(last)}; none of the last {destination.condition.troubles} attempts succeeded")]
    return []


def _said(last: str) -> str:
    """It did answer where the error is a status."""
    return f"answers {last}" if last.startswith("HTTP ") else f"does not take events: {last}"


def _described(destination: Destination, now: int, jumped: int, oldest: int | None) -> dict[str, Any]:
    return {
        "tag": destination.tag,
        "destination": destination.address,
        "pending": destination.pending,
        "oldest": oldest,
        "paused_until": destination.paused_until + jumped if destination.paused_until > now else None,
        "breaker": destination.breaker.state(now),
        "last_error": destination.last_error,
        "refuses": destination.refuses_credential,
    }
