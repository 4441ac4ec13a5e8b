"""How the delivery is, as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from server.delivery.destination import Destination

if TYPE_CHECKING:
    from server.delivery.delivery import Delivery

_COLOURS = ("green", "amber", "red")


def health(delivery: Delivery) -> dict[str, Any]:
    """``accepting``, ``colour``, ``reasons``, one entry per destination; by tag dead letters, and what was never taken:
    duplicates (``suppressed``) and what a crowded tag was spared (``not_chosen``). ``notes`` is what tags have to say of
    what they delivered.
    """
    now = delivery.steady()
    jumped = delivery.clock() - now
    findings = [*_of_files(delivery), *_of_room(delivery)]
    for destination in delivery.destinations.values():
        findings += _of_destination(destination, now)
    dead = delivery.dead_letters()
    return {
        "accepting": not delivery.full,
        "colour": max((colour for colour, _ in findings), key=_COLOURS.index, default="green"),
        "reasons": [reason for _, reason in findings if reason],
        "outbox_bytes": delivery.outbox.room.used,
        "dead_letters": dict(dead),
        "suppressed": dict(delivery.entrance.suppressed),
        "not_chosen": dict(delivery.entrance.not_chosen),
        "notes": {tag: dict(counts) for tag, counts in delivery.notes.items()},
        "destinations": [
            _described(destination, now, jumped, delivery.oldest(destination)) for destination in delivery.destinations.values()
        ],
    }


def _of_files(delivery: Delivery) -> list[tuple[str, str]]:
    findings = [("red", str(delivery.outbox.failure))] if delivery.outbox.failure else []
    asides = [path for source in delivery.sources for path in source.file.set_aside] + delivery.outbox.keys.set_aside
    findings += [("red", f"a damaged file was set aside as {aside.name}") for aside in asides]
    held = sum(source.held for source in delivery.sources)
    if held:
        findings.append(("amber", f"{held} rows were written by a later version of Tagyard and wait for it"))
    dead = sum(delivery.dead_letters().values())
    return [*findings, ("amber", f"dead letters: {dead}")] if dead else findings


def _of_room(delivery: Delivery) -> list[tuple[str, str]]:
    colour, reasons = delivery.outbox.room.reasons()
    return [(colour, reason) for reason in reasons]


def _of_destination(destination: Destination, now: int) -> list[tuple[str, str]]:
    name = f"tag {destination.tag}: {destination.address}"
    if destination.refuses_credential:
        return [("red", f"{name} {destination.refuses_credential}")]
    state = destination.breaker.state(now)
    return [] if state == "closed" else [("amber", f"{name} does not answer; the circuit breaker is {state}")]


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
