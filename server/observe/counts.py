"""What one worker has seen since it started, as plain numbers for ``/ready`` and the metrics."""

from __future__ import annotations

from collections import defaultdict
from typing import Any, Final

from core.container import EventRun, Run
from core.failure import Failure
from core.types import Finding
from core.unclaimed import reasons
from server.delivery import Attempt
from server.observe.counters import Counters
from server.observe.labels import OTHER, event_label
from server.observe.metric import Row, rows_of, words_of

NO_CLIENT: Final = "(none)"
"""The client of a request that nobody claimed, and who declines it where the server as a whole does."""

GONE: Final = "gone"
"""Why nothing was looked at of a request whose sender left in the middle: nobody has refused it."""

MOST_EVENTS: Final = 200
"""Event names that are counted each by itself: visitors make them up. Those that come later are counted together."""

MOST_REDACTED: Final = 200
"""Parameters, each with its transformation, whose redactions are counted each by itself: visitors make names up, too."""

MOST_DESTINATIONS: Final = 200
"""Destinations that are counted each by itself, all tags together."""

MOST_REASONS: Final = 200
"""Reasons that are counted each by itself, all clients together: a plugin may make them up."""

MOST_SUBJECTS: Final = 200
"""Subjects of findings that are counted each by itself, for each code: visitors make up ids."""


class Counts(Counters):
    """The table, and what adds to it more than one number at a time."""

    __slots__ = ()

    def reply(self, status: int) -> None:
        """One reply on the public port."""
        self.replies[status] += 1

    def answered(self, client: str | None, status: int, took: int) -> None:
        """One request that the container has run, and its reply; ``took`` microseconds."""
        self.requests[client or NO_CLIENT, status] += 1
        self.reply_time.add(took)

    def attempted(self, attempt: Attempt) -> None:
        """One exchange with a destination, whatever came of it."""
        traffic = self.traffic.get((attempt.tag, attempt.address))
        if traffic is None:
            there_is_room = len(self.traffic) < MOST_DESTINATIONS
            traffic = self.traffic[attempt.tag, attempt.address if there_is_room else OTHER]
        traffic.attempted(attempt)

    def run(self, run: Run) -> None:
        """What the container made of one request."""
        self.skipped_events += run.skipped
        if run.client is None:
            self._unclaimed(run)
        else:
            self.claimed[run.client] += 1
            if run.remembered is not None:
                self.remembered[run.client, run.remembered.outcome] += 1
        if run.findings or run.failures:
            self._odd(run)
        for event in run.events:
            self._event(event)

    def _odd(self, run: Run) -> None:
        for finding in run.findings:
            self.findings[finding.code] += 1
            if finding.subject:
                self._about(finding)
        for failure in run.failures:
            self.failures[failure] += 1

    def _unclaimed(self, run: Run) -> None:
        self.unclaimed += 1
        for name, declined in reasons(run):
            key = (name or NO_CLIENT, declined.code)
            there_is_room = key in self.unclaimed_reasons or len(self.unclaimed_reasons) < MOST_REASONS
            self.unclaimed_reasons[key if there_is_room else (key[0], OTHER)] += 1

    def _about(self, finding: Finding) -> None:
        key = (finding.code, event_label(finding.subject))
        there_is_room = key in self.subjects or len(self.subjects_of(finding.code)) < MOST_SUBJECTS
        self.subjects[key if there_is_room else (finding.code, OTHER)] += 1

    def subjects_of(self, code: str) -> list[list[Any]]:
        """What the findings of this code were about, and how often."""
        return [[subject, count] for (each, subject), count in self.subjects.items() if each == code]

    def _event(self, run: EventRun) -> None:
        name = run.event.get("event_name")
        self.events[name if isinstance(name, str) and name in self.events else self._named(name)] += 1
        self.consents.note(run.event)
        redacted = False
        for verdict in run.verdicts:
            if verdict.redacted:
                redacted = True
            if verdict.held is None:
                self.fired[verdict.tag] += 1
            else:
                self.held[verdict.tag, verdict.held] += 1
                if isinstance(verdict.reason, Failure):
                    self.failures[verdict.reason] += 1
        if redacted:
            for each in {each for verdict in run.verdicts for each in verdict.redacted}:
                self._redacted(*each)

    def _redacted(self, transformation: str, parameter: str) -> None:
        key = (transformation, event_label(parameter))
        room = key in self.redacted or len(self.redacted) < MOST_REDACTED
        self.redacted[key if room else (transformation, OTHER)] += 1

    def _named(self, name: object) -> str:
        label = event_label(name)
        return label if label in self.events or len(self.events) < MOST_EVENTS else OTHER

    def as_json(self) -> dict[str, object]:
        """The numbers under names a person can read."""
        return {**words_of(self), "pages": self.pages.as_json()}

    def snapshot(self) -> dict[str, list[Row]]:
        """The numbers as rows for the metrics, by their names: the values of the labels, and last the number or the histogram."""
        destinations: defaultdict[str, list[Row]] = defaultdict(list)
        for key, each in self.traffic.items():
            for name, rows in rows_of(each).items():
                destinations[name] += [[*key, *row] for row in rows]
        return {**rows_of(self), **rows_of(self.pages), **destinations}
