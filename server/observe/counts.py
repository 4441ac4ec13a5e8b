"""What one worker has seen since it started, as plain numbers for ``/ready`` and the metrics."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from typing import Any, Final

from core.container import EventRun, Run
from core.types import Finding, HeldBack
from core.unclaimed import reasons
from server.delivery import Attempt
from server.observe.durations import REPLY, Durations
from server.observe.labels import OTHER, event_label
from server.observe.refused_pages import RefusedPages
from server.observe.traffic import Traffic

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


class Counts:
    """Counters by name. Only the event loop's thread writes them."""

    def __init__(self) -> None:
        self.replies: Counter[int] = Counter()
        self.requests: Counter[tuple[str, int]] = Counter()
        self.claimed: Counter[str] = Counter()
        self.events: Counter[str] = Counter()
        self.held: Counter[tuple[str, str]] = Counter()
        self.fired: Counter[str] = Counter()
        self.failures: Counter[str] = Counter()
        self.faults: Counter[tuple[str, str]] = Counter()
        """By tag and in words: what was held back since a component raised."""
        self.findings: Counter[str] = Counter()
        self.subjects: Counter[tuple[str, str]] = Counter()
        """By code and subject, of the findings that have one."""
        self.suppressed: Counter[str] = Counter()
        self.redacted: Counter[tuple[str, str]] = Counter()
        """By transformation and parameter: events out of which something was taken, however many tags saw them."""
        self.unclaimed: Counter[tuple[str, str]] = Counter()
        """By client and code, why requests that nobody claimed were not that client's; "" is the server as a whole."""
        self.probes: Counter[str] = Counter()
        """By kind: requests of balancers and crawlers, which are no hits."""
        self.turned_away: Counter[str] = Counter()
        """By reason: requests that were refused before any client was asked."""
        self.pages = RefusedPages()
        self.traffic: defaultdict[tuple[str, str], Traffic] = defaultdict(Traffic)
        self.reply_time = Durations(REPLY)
        self.skipped = 0
        self.refused = 0
        """Requests that the container ran and of which nothing was kept."""
        self.closed: Counter[str] = Counter()
        """Connections that the server has ended, by the reason: before a request was read, or while none came."""
        self.unknown_visitor = 0
        """Requests whose visitor's address is unknown, since a proxy forwards them that nobody configured."""

    def reply(self, status: int) -> None:
        """One reply on the public port."""
        self.replies[status] += 1

    def answered(self, client: str | None, status: int, took: int) -> None:
        """One request that the container has run, and its reply; ``took`` microseconds."""
        self.requests[client or "", status] += 1
        self.reply_time.add(took)

    def attempted(self, attempt: Attempt) -> None:
        """One exchange with a destination, whatever came of it."""
        key = (attempt.tag, attempt.address)
        if key not in self.traffic and len(self.traffic) >= MOST_DESTINATIONS:
            key = (attempt.tag, OTHER)
        self.traffic[key].attempted(attempt)

    def run(self, run: Run) -> None:
        """What the container made of one request."""
        self.claimed[run.client or ""] += 1
        self.skipped += run.skipped
        if run.client is None:
            self._unclaimed(run)
        for finding in run.findings:
            self.findings[finding.code] += 1
            if finding.subject:
                self._about(finding)
        for failure in run.failures:
            self.failures[failure] += 1
        for event in run.events:
            self._event(event)

    def _unclaimed(self, run: Run) -> None:
        for name, declined in reasons(run):
            key = (name, declined.code)
            self.unclaimed[key if key in self.unclaimed or len(self.unclaimed) < MOST_REASONS else (name, OTHER)] += 1

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
        redacted = False
        for verdict in run.verdicts:
            redacted = redacted or bool(verdict.redacted)
            if verdict.held is None:
                self.fired[verdict.tag] += 1
            else:
                self.held[verdict.tag, verdict.held] += 1
                if verdict.held is HeldBack.FAILED:
                    self.faults[verdict.tag, verdict.why] += 1
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
        return {
            "replies": {str(status): count for status, count in sorted(self.replies.items())},
            "claimed": {name: count for name, count in self.claimed.items() if name},
            "unclaimed": self.claimed[""],
            "unclaimed_reasons": {f"{name or 'all'}: {code}": count for (name, code), count in sorted(self.unclaimed.items())},
            "probes": dict(self.probes),
            "turned_away": dict(self.turned_away),
            "pages": self.pages.as_json(),
            "events": dict(self.events),
            "skipped_events": self.skipped,
            "without_visitor_address": self.unknown_visitor,
            "fired": dict(self.fired),
            "held": {f"{tag}: {why}": count for (tag, why), count in sorted(self.held.items())},
            "findings": dict(self.findings),
            "subjects": {f"{code}: {subject}": count for (code, subject), count in sorted(self.subjects.items())},
            "suppressed": dict(self.suppressed),
            "redacted": {f"{name}: {parameter}": count for (name, parameter), count in sorted(self.redacted.items())},
            "failures": dict(self.failures),
            "refused": self.refused,
            "connections_closed": dict(self.closed),
        }

    def snapshot(self) -> dict[str, list[list[Any]]]:
        """The numbers as rows for the metrics: the values of the labels, and last the number or the histogram."""
        outcomes = {(*key, word): count for key, each in self.traffic.items() for word, count in each.outcomes.items()}
        statuses = {(*key, word): count for key, each in self.traffic.items() for word, count in each.statuses.items()}
        return {
            "replies": _rows(self.replies),
            "requests": _rows(self.requests),
            "unclaimed": [[self.claimed[""]]],
            "unclaimed_reasons": _rows(self.unclaimed),
            "probes": _rows(self.probes),
            "turned_away": _rows(self.turned_away),
            "refused_preflights": _rows(self.pages.preflights),
            "unreadable": [[self.pages.unreadable]],
            "refused": [[self.refused]],
            "closed": _rows(self.closed),
            "unknown_visitor": [[self.unknown_visitor]],
            "events": _rows(self.events),
            "skipped": [[self.skipped]],
            "fired": _rows(self.fired),
            "held": _rows(self.held),
            "failures": _rows(self._failed()),
            "findings": _rows(self.findings),
            "subjects": _rows(self.subjects),
            "suppressed": _rows(self.suppressed),
            "redacted": _rows(self.redacted),
            "deliveries": _rows(outcomes),
            "attempts": _rows(statuses),
            "reply_time": [[self.reply_time.as_json()]],
            "exchange_time": _rows({key: each.took.as_json() for key, each in self.traffic.items()}),
            "age": _rows({key: each.ages.as_json() for key, each in self.traffic.items()}),
        }

    def _failed(self) -> Counter[tuple[str, str, str]]:
        """By kind, name and error."""
        found: Counter[tuple[str, str, str]] = Counter()
        for failure, count in self.failures.items():
            name, _, error = failure.rpartition(": ")
            found["client", name, error] += count
        for (tag, why), count in self.faults.items():
            at, _, error = why.rpartition(" failed: ")
            kind, _, name = at.partition(" ")
            found[(kind, name, error) if kind == "transformation" else ("tag", tag, error)] += count
        return found


def _rows(values: Mapping[Any, Any]) -> list[list[Any]]:
    return [[*(key if isinstance(key, tuple) else (key,)), value] for key, value in values.items()]
