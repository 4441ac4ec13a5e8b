"""What the outbox would leave out of several requests, one after the other."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from core.container import EventRun, Run
from core.tagplan import Verdict
from core.types import HeldBack, Once


class Duplicates:
    """The keys that were seen. Of payloads with one key only the first within its window is accepted."""

    def __init__(self) -> None:
        self._seen: dict[str, tuple[int, Once]] = {}
        """By key, when the first came and what it was."""

    def leave_out(self, run: Run, now: int) -> Run:
        """The run without its duplicates: as verdicts, they are held back."""
        return replace(run, events=tuple(EventRun(each.event, self._judged(each, now)) for each in run.events))

    def _judged(self, run: EventRun, now: int) -> tuple[Verdict, ...]:
        return tuple(self._judge(verdict, now) for verdict in run.verdicts)

    def _judge(self, verdict: Verdict, now: int) -> Verdict:
        once = verdict.payload.once if verdict.payload else None
        if once is None:
            return verdict
        first, seen = self._seen.get(once.key, (now, None))
        if seen is not None and first + seen.window > now and once.sender.gives_way_to(seen.sender):
            came = datetime.fromtimestamp(first / 1_000_000, UTC).isoformat()
            return replace(verdict, payload=None, held=HeldBack.DUPLICATE, reason=f"duplicate of the one that came at {came}")
        self._seen[once.key] = (now, once)
        return verdict
