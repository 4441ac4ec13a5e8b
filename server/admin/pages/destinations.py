"""What waits, what was given up, and how each destination is doing, put together from all workers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypedDict, TypeVar

from server.admin.figures import many
from server.admin.health import DestinationTold, WorkerHealth
from server.admin.lately import lately
from server.admin.pages.hour import HOUR, Hour, hour
from server.delivery.condition import ALWAYS
from server.inspection import Privacy
from server.inspection.present import moment
from server.inspection.recent import TagTold
from server.observe.history import MINUTES
from server.outbox.selection import ListedRow
from server.system.clock import lasting
from server.system.colours import COLOURS, Colour, worst

FAILS: Final = "always fails"

_MASKS = Privacy(())
_STATES: Final[Mapping[str, str]] = {"green": "works", "amber": "slowed down", "red": "does not work"}
_LEFT: Final = "left to other replicas: {}"
_BREAKER: Final[Mapping[str, str]] = {
    "open": "nothing is sent until the breaker’s cooldown is over",
    "testing": "the breaker’s cooldown is over: one request decides",
    "ramping": "works again, and is sent more and more",
}


class Standing(TypedDict):
    """How one tag and destination is, over all workers: in a word (``state``), and what there is to say of that."""

    tag: str
    address: str
    colour: str
    state: str
    details: list[str]
    pending: int
    oldest: str | None
    last_error: str


class DestinationLine(Standing):
    """The same, and how its last hour was."""

    hour: Hour


OneOf = TypeVar("OneOf", bound=Standing)


class IdleTag(TypedDict):
    """A tag that has no destination yet: ``why`` it has sent nothing since the start."""

    tag: str
    paused: bool
    why: str


class RowLine(TypedDict):
    """A row of the outbox for a table, masked."""

    id: str
    tag: str
    event: str
    received: str
    attempts: int
    client_id: str
    why: str


def whole(workers: Sequence[WorkerHealth]) -> Callable[[Sequence[int]], int]:
    """What makes one number of all workers' rows: of those that they share each tells all."""
    return largest if any("durability" in worker for worker in workers) else sum


def largest(numbers: Sequence[int]) -> int:
    """0 of none."""
    return max(numbers, default=0)


@dataclass(frozen=True, slots=True)
class Part:
    """What one worker tells of a destination; ``delivered`` in the last hour."""

    told: DestinationTold
    delivered: int


def destinations(workers: Sequence[WorkerHealth], now: int) -> list[DestinationLine]:
    """One line for each tag and destination, over all workers."""
    recents = [worker["recent"] for worker in workers if "recent" in worker]
    last = lately([recent["hour"] for recent in recents if "hour" in recent], MINUTES)
    known = known_for(workers, now)
    return [{**each, "hour": hour(last, each["tag"], each["address"], known)} for each in standings(workers, now)]


def standings(workers: Sequence[WorkerHealth], now: int) -> list[Standing]:
    """How each tag and destination is, over all workers."""
    merged: dict[tuple[str, str], list[Part]] = {}
    for worker in workers:
        taken = {(tag, address): number for tag, address, number in worker["recent"]["delivered"]} if "recent" in worker else {}
        for each in worker.get("destinations", ()):
            at = each["tag"], each["destination"]
            merged.setdefault(at, []).append(Part(each, taken.get(at, 0)))
    return [_standing(parts, whole(workers), now) for _, parts in sorted(merged.items())]


def worst_of(found: Sequence[OneOf], most: int) -> Sequence[OneOf]:
    """All of them, or where they are more than so many, the worst."""
    if len(found) <= most:
        return found
    return sorted(found, key=lambda each: -COLOURS.index(Colour(each["colour"])))[:most]


def known_for(workers: Sequence[WorkerHealth], now: int) -> int:
    """Microseconds for which somebody has counted."""
    began = [worker["recent"]["began"] for worker in workers if "recent" in worker]
    return now - min(began, default=now)


def began(workers: Sequence[WorkerHealth], now: int) -> int | None:
    """The moment in microseconds at which somebody began to count, where that was within the last hour."""
    known = known_for(workers, now)
    return now - known if 0 < known < HOUR else None


def _standing(parts: Sequence[Part], rows: Callable[[Sequence[int]], int], now: int) -> Standing:
    told = [part.told for part in parts]
    oldest = [each["oldest"] for each in told if each["oldest"]]
    failing = failing_since(parts)
    colour = worst(each["colour"] for each in told) if failing is None else Colour.RED
    idle = colour == Colour.GREEN and not any(part.delivered for part in parts)
    return {
        "tag": told[0]["tag"],
        "address": told[0]["destination"],
        "colour": colour,
        "state": "idle" if idle else _STATES[colour] if failing is None else FAILS,
        "details": [*_failing(told, failing, now), *_held_up(told)],
        "pending": rows([each["pending"] for each in told]),
        "oldest": lasting(now - min(oldest)) if oldest else None,
        "last_error": _MASKS.text(next((each["last_error"] for each in told if each["last_error"]), "")),
    }


def failing_since(parts: Sequence[Part]) -> int | None:
    """When a destination that has taken nothing lately, however often it was tried, began to; None of any other."""
    if any(part.delivered and part.told["failing_since"] is None for part in parts):
        return None
    if sum(part.told["failures"] for part in parts) < ALWAYS:
        return None
    took = [part.told["failing_since"] for part in parts if part.delivered]  # each after the last that its worker brought there
    never = [part.told["failing_since"] for part in parts if part.told["failing_since"] is not None]
    return max((each for each in took if each is not None), default=min(never, default=None))


def _failing(told: Sequence[DestinationTold], since: int | None, now: int) -> list[str]:
    if since is None:
        return []
    return [f"took nothing for {lasting(now - since)}: {many(sum(each['failures'] for each in told), 'failure')} in a row"]


def _held_up(told: Sequence[DestinationTold]) -> list[str]:
    """Why nothing is sent, or less."""
    until = max((each["paused_until"] or 0 for each in told), default=0)
    if until:
        return [f"paused until {moment(until)}: the destination asked for it"]
    breaker = next((each["breaker"] for each in told if each["breaker"] != "closed"), "closed")
    said = [each["refuses"] or _LEFT.format(each["lacks"]) for each in told if each["refuses"] or each["lacks"]]
    return [_BREAKER[breaker]] if breaker in _BREAKER else said[:1]


def idle_tags(workers: Sequence[WorkerHealth]) -> list[IdleTag]:
    """Tags of the file that no worker has a destination of."""
    known = {each["tag"] for worker in workers for each in worker.get("destinations", ())}
    merged: dict[str, list[TagTold]] = {}
    for worker in workers:
        for tag in worker["recent"]["tags"] if "recent" in worker else ():
            merged.setdefault(tag["name"], []).append(tag)
    return [_idle(name, parts) for name, parts in merged.items() if name not in known]


def _idle(name: str, parts: Sequence[TagTold]) -> IdleTag:
    held: Counter[str] = Counter()
    for part in parts:
        held.update(part["held"])
    reasons = [f"{many(number, 'event')} held back: {reason}" for reason, number in held.most_common() if number]
    return {"tag": name, "paused": parts[0]["paused"], "why": "; ".join(reasons) or "no event has come"}


def row(row: ListedRow) -> RowLine:
    """A row of the outbox for a table."""
    return {
        "id": row["id"],
        "tag": row["tag"],
        "event": _MASKS.text(row["event_name"]),
        "received": moment(row["received_at"]),
        "attempts": row["attempts"],
        "client_id": _MASKS.text(row["client_id"]),
        "why": _MASKS.text(row["why"]),
    }
