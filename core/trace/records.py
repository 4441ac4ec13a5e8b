"""What a trace holds. Values only, in the order in which the container went."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from core.container import Run
from core.expressions import Decided
from core.tagplan import Verdict
from core.types import Event, Request


class Asked(StrEnum):
    """What a client did with the request."""

    CLAIMED = "claimed"
    PASSED = "passed"
    FAILED = "failed"
    NOT_ASKED = "not asked"


@dataclass(frozen=True, slots=True)
class ClientTrace:
    """One client. ``failed`` is the type of what it raised, ``why`` the reason for which it passed."""

    name: str
    asked: Asked
    failed: str = ""
    why: str = ""

    @property
    def words(self) -> str:
        """``claimed``, ``passed: the path is not /g/collect``, ``failed: ValueError`` or ``not asked``."""
        more = self.failed or self.why
        return f"{self.asked}: {more}" if more else str(self.asked)


@dataclass(frozen=True, slots=True)
class TriggerTrace:
    """A trigger on one event. It matches where all ``parts`` hold; they are all worked out.

    ``decided``: the container went by this one, of all that the tag names. ``parts`` is empty where the container was not
    told the trigger's settings.
    """

    name: str
    matched: bool
    parts: tuple[Decided, ...]
    decided: bool = False


class SaidBy(StrEnum):
    """Where a state of consent comes from."""

    HIT = "the hit"
    FILE = "the file's consent"
    NOBODY = "nobody"


@dataclass(frozen=True, slots=True)
class ConsentTrace:
    """One type of consent: ``granted``, ``denied`` or ``unset``, which it is where nobody says."""

    state: str
    said_by: SaidBy

    @property
    def words(self) -> str:
        """``granted, says the hit``."""
        return f"{self.state}, says {self.said_by}"


@dataclass(frozen=True, slots=True)
class ConsentNeed:
    """A type of consent that a tag asks for; ``suffices`` where it is granted."""

    type: str
    state: str
    suffices: bool


@dataclass(frozen=True, slots=True)
class StepTrace:
    """One transformation of a tag, or (``own``) the tag's own event name and parameters.

    ``applied`` where its conditions held and it did not fail. ``failed`` is the type of what it raised: nothing came out
    of it then, and ``after`` is None.
    """

    name: str
    when: tuple[Decided, ...]
    applied: bool
    before: Event
    after: Event | None
    failed: str = ""
    own: bool = False


@dataclass(frozen=True, slots=True)
class DeduplicationTrace:
    """The rule that is about the event, and the trigger that says so.

    ``key`` is what the rule found in the event as text; None where it found nothing, so that the payload is always sent.
    ``window`` is in microseconds.
    """

    rule: str
    trigger: str
    key: str | None
    window: int


@dataclass(frozen=True, slots=True)
class TagTrace:
    """One tag and one event.

    Triggers, exceptions and consent are told in full, whichever of them decided; ``steps`` only where the tag got so far, and
    ``deduplication`` where it fired.
    """

    verdict: Verdict
    paused: bool
    triggers: tuple[TriggerTrace, ...]
    exceptions: tuple[TriggerTrace, ...]
    consent: tuple[ConsentNeed, ...]
    steps: tuple[StepTrace, ...] = ()
    deduplication: DeduplicationTrace | None = None

    @property
    def tag(self) -> str:
        """The tag's name."""
        return self.verdict.tag

    @property
    def fired(self) -> bool:
        """Whether something is to be sent."""
        return self.verdict.payload is not None


@dataclass(frozen=True, slots=True)
class EventTrace:
    """One event. ``exceptions`` are those of the whole container: where one matches, no tag fires."""

    event: Event
    consent: Mapping[str, ConsentTrace]
    exceptions: tuple[TriggerTrace, ...]
    tags: tuple[TagTrace, ...]


@dataclass(frozen=True, slots=True)
class Trace:
    """A request and everything that became of it.

    ``run`` is the container's own answer, ``events`` explains it event by event. ``clients`` are in the order in which they
    are asked; there are none where the event did not come out of the request.
    """

    request: Request
    clients: tuple[ClientTrace, ...]
    run: Run
    events: tuple[EventTrace, ...]
