"""What one worker has seen since it started, as plain numbers for ``/ready`` and the metrics."""

from __future__ import annotations

from collections import Counter

from core.container import Run
from server.delivery import Attempt


class Counts:
    """Counters by name. Only the event loop's thread writes them."""

    def __init__(self) -> None:
        self.replies: Counter[int] = Counter()
        self.requests: Counter[tuple[str, int]] = Counter()
        self.attempts: Counter[str] = Counter()
        self.claimed: Counter[str] = Counter()
        self.held: Counter[tuple[str, str]] = Counter()
        self.fired: Counter[str] = Counter()
        self.failures: Counter[str] = Counter()
        self.findings: Counter[str] = Counter()
        self.suppressed: Counter[str] = Counter()
        self.skipped = 0
        self.nameless = 0
        """Requests whose visitor's address is unknown, since a proxy forwards them that nobody configured."""

    def reply(self, status: int) -> None:
        """One reply on the public port."""
        self.replies[status] += 1

    def answered(self, client: str | None, status: int) -> None:
        """One request that the container has run, and its reply."""
        self.requests[client or "", status] += 1

    def attempted(self, attempt: Attempt) -> None:
        """One exchange with a destination, whatever came of it."""
        self.attempts[attempt.tag] += 1

    def run(self, run: Run) -> None:
        """What the container made of one request."""
        self.claimed[run.client or ""] += 1
        self.skipped += run.skipped
        for finding in run.findings:
            self.findings[finding.code] += 1
        for failure in run.failures:
            self.failures[failure] += 1
        for event in run.events:
            for verdict in event.verdicts:
                if verdict.held is None:
                    self.fired[verdict.tag] += 1
                else:
                    self.held[verdict.tag, verdict.held] += 1

    def as_json(self) -> dict[str, object]:
        """The numbers under names a person can read."""
        return {
            "replies": {str(status): count for status, count in sorted(self.replies.items())},
            "claimed": {name: count for name, count in self.claimed.items() if name},
            "unclaimed": self.claimed[""],
            "skipped_events": self.skipped,
            "without_visitor_address": self.nameless,
            "fired": dict(self.fired),
            "held": {f"{tag}: {why}": count for (tag, why), count in sorted(self.held.items())},
            "findings": dict(self.findings),
            "suppressed": dict(self.suppressed),
            "failures": dict(self.failures),
        }
