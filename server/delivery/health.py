"""How the delivery is, as JSON."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, TypeAlias, TypedDict

from server.delivery.board import Board
from server.delivery.condition import LONG_PAUSE
from server.delivery.destination import Destination
from server.system.clock import lasting
from server.system.colours import Colour, worst

_WHILE = 60_000_000
"""Microseconds from which on it is said how long a destination has taken nothing."""


Finding: TypeAlias = tuple[Colour, str]
"""A colour and the reason for it."""


class DestinationHealth(TypedDict):
    """One tag and destination of one worker. Times are microseconds; ``refuses`` is empty where our credential is taken, and
    ``lacks`` where rows are not left to other replicas. ``failures`` since ``failing_since`` are those after the last success.
    """

    tag: str
    destination: str
    pending: int
    oldest: int | None
    paused_until: int | None
    breaker: str
    failures: int
    failing_since: int | None
    last_error: str
    refuses: str
    lacks: str
    colour: str


def health(board: Board) -> dict[str, Any]:
    """``accepting``, ``colour``, ``reasons``, one entry per destination; by tag dead letters, kept and removed, and what was
    never taken: duplicates (``suppressed``) and what a crowded tag was spared (``not_chosen``). ``notes`` is what tags have to
    say of what they delivered. Of rows that are shared everybody tells all, and one ``reports`` them.
    """
    now = board.steady()
    jumped = board.clock() - now
    found = [(destination, _of_destination(destination, now, jumped)) for destination in board.destinations.values()]
    findings = [*_of_files(board), *_of_room(board), *(finding for _, each in found for finding in each)]
    dead = board.dead_letters()
    return {
        "accepting": not board.full,
        "colour": worst(colour for colour, _ in findings),
        "reasons": [reason for _, reason in findings if reason],
        "reports": board.outbox.reports,
        "damaged_files": len(board.outbox.asides),
        "outbox_bytes": board.outbox.capacity.used,
        "dead_letters": dict(dead),
        "dead_letters_removed": dict(board.removed),
        "suppressed": dict(board.suppressed),
        "not_chosen": dict(board.not_chosen),
        "notes": {tag: dict(counts) for tag, counts in board.notes.items()},
        "destinations": [
            _described(destination, now, jumped, _oldest(board, destination), worst(colour for colour, _ in each))
            for destination, each in found
        ],
    }


def _of_files(board: Board) -> list[Finding]:
    findings = [(Colour.RED, str(board.outbox.failure))] if board.outbox.failure else []
    findings += [(Colour.RED, _set_aside(aside.name)) for aside in board.outbox.asides]
    findings += [(Colour.RED, f"{why}; what it holds is not delivered") for why in board.outbox.unopened.values()]
    held = board.held()
    if held:
        findings.append((Colour.AMBER, f"{held} rows were written by a later version of Tagyard and wait for it"))
    dead = sum(board.dead_letters().values())
    return [*findings, (Colour.AMBER, f"dead letters: {dead}")] if dead else findings


def _set_aside(name: str) -> str:
    lost = "what it holds is not delivered" if name.startswith("outbox") else "the keys of deduplicate before that are forgotten"
    return f"a damaged file was set aside as {name}: {lost}; see `tagyard outbox salvage`"


def _of_room(board: Board) -> list[Finding]:
    colour, reasons = board.outbox.capacity.reasons()
    return [(colour, reason) for reason in reasons]


def _of_destination(destination: Destination, now: int, jumped: int) -> list[Finding]:
    name, last = f"tag {destination.tag}: {destination.address}", destination.last_error
    if destination.credential.refused:
        return [(Colour.RED, f"{name} {destination.credential.refused}")]
    if destination.condition.rejects_everything:
        return [(Colour.RED, f"{name} rejected the last {destination.condition.rejected_in_a_row} events: {last}")]
    state, colour = destination.breaker.state(now), Colour.RED if destination.condition.always_fails else Colour.AMBER
    if state != "closed":
        return [(colour, f"{name} {_said(destination, now)}; the circuit breaker is {state}")]
    if destination.paused_until - now > LONG_PAUSE:
        until = datetime.fromtimestamp((destination.paused_until + jumped) / 1_000_000, UTC).isoformat(timespec="seconds")
        return [(colour, f"{name} asked for a pause until {until}: {last}; `tagyard outbox retry` lifts it")]
    if lacks := destination.lacks(now):
        return [(colour, f"{name}: events wait for a replica that can send them: {lacks} ({destination.pending} wait)")]
    if destination.condition.always_fails:
        none = f"none of the last {destination.condition.troubles} attempts succeeded"
        return [(colour, f"{name} {_said(destination, now)}; {none}")]
    return []


def _oldest(board: Board, destination: Destination) -> int | None:
    """When the oldest row that waits here was received, as of half a minute ago."""
    return board.oldest.get((destination.tag, destination.address)) if destination.pending else None


def _said(destination: Destination, now: int) -> str:
    """What it does instead of taking events, and for how long: it answers something else, or does not answer."""
    why, status = destination.last_error, destination.last_status
    if not destination.condition.troubles:
        return "takes events again"
    failing = now - destination.condition.since
    long = f", for {lasting(failing)} now" if failing >= _WHILE else ""
    if status is None:
        return f"does not take events: {why}{long}"
    return f"answers HTTP {status}{long}" if why == f"HTTP {status}" else f"answers HTTP {status}: {why}{long}"


def _described(destination: Destination, now: int, jumped: int, oldest: int | None, colour: str) -> DestinationHealth:
    return {
        "tag": destination.tag,
        "destination": destination.address,
        "pending": destination.pending,
        "oldest": oldest,
        "paused_until": destination.paused_until + jumped if destination.paused_until > now else None,
        "breaker": destination.breaker.state(now),
        "failures": destination.condition.troubles,
        "failing_since": destination.condition.since + jumped if destination.condition.troubles else None,
        "last_error": destination.last_error,
        "refuses": destination.credential.refused,
        "lacks": destination.lacks(now),
        "colour": colour,
    }
