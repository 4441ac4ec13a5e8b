"""The container: a request goes in, the first client that claims it turns it into events, and each tag answers for each.

Pure: the same request and the same configuration give the same result, so that what serves live traffic is also what
explains it afterwards.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from core.component import Client
from core.context import NOTHING_SHARED, Context, Matcher, Shared
from core.deduplication import Rule, first_match
from core.failure import Failure
from core.frozen import frozen
from core.location import located
from core.remembered import Remembered
from core.tagplan import TagPlan, Transformed, Verdict
from core.triggers import TriggerSettings
from core.types import Claim, Declined, Event, Finding, HeldBack, Payload, Reply, Request, Upstream

UNCLAIMED = Reply(400, (("content-type", "text/plain; charset=utf-8"),), b"no client claims this request\n")


@frozen
class EventRun:
    """One event and what every tag made of it, in the order of the file."""

    event: Event
    verdicts: tuple[Verdict, ...]


@frozen
class Run:
    """What became of a request. ``client`` is None where nobody claimed it; ``failures`` are those of clients."""

    client: str | None
    reply: Reply | Upstream
    events: tuple[EventRun, ...] = ()
    skipped: int = 0
    findings: Sequence[Finding] = ()
    failures: tuple[Failure, ...] = ()
    declined: tuple[tuple[str, Declined], ...] = ()
    """Clients that were asked and said why the request is none of theirs, in that order."""
    remembered: Remembered | None = None
    """What the reply has the browser keep for the platforms that tags send to; None where the client keeps nothing for any."""
    outside: Declined | None = None
    """Why the request is for no client of this server at all: its path is not where the server is mounted."""
    probe: str = ""
    """Of what kind a probe is that no client claims and that is answered all the same; empty for any other request."""

    def seen(self, request: Request) -> Request:
        """The request as tags see it: with the cookies that the reply sets."""
        return _with(self.remembered, request)

    def deliveries(self) -> list[tuple[str, Payload]]:
        """Every payload that is to be sent, with the name of its tag."""
        return [(verdict.tag, verdict.payload) for run in self.events for verdict in run.verdicts if verdict.payload is not None]


@dataclass(frozen=True, slots=True)
class Container:
    """Clients (in claiming order), tags, and what they share. ``exceptions`` hold back every tag."""

    clients: Sequence[tuple[str, Client]]
    plans: Sequence[TagPlan]
    triggers: Mapping[str, Matcher] = field(default_factory=dict)
    exceptions: Sequence[str] = ()
    deduplication: Sequence[Rule] = ()
    shared: Shared = NOTHING_SHARED
    fill_location: bool = False
    """Events that do not say where their visitor is get what is known of where the request came from."""
    trigger_settings: Mapping[str, TriggerSettings] = field(default_factory=dict)
    """What the triggers were compiled from: ``handle`` never looks at it, a trace tells their parts by it."""

    def handle(self, request: Request) -> Run:
        """Runs the request. Never raises for what a request holds."""
        failures: list[Failure] = []
        declined: list[tuple[str, Declined]] = []
        for name, client in self.clients:
            claim = _claim(name, client, request, failures)
            if isinstance(claim, Declined):
                declined.append((name, claim))
            elif claim is not None:
                return self._claimed(name, claim, request, failures, declined)
        for name, refusal in declined:
            if refusal.otherwise is not None:
                return self._claimed(name, refusal.otherwise, request, failures, declined)
        return Run(None, UNCLAIMED, failures=tuple(failures), declined=tuple(declined))

    def _claimed(
        self, name: str, claim: Claim, request: Request, failures: list[Failure], declined: list[tuple[str, Declined]]
    ) -> Run:
        events = located(claim, request) if self.fill_location else claim.events
        if claim.remembered is not None:
            request = _with(claim.remembered, request)
        written = claim.written or (None,) * len(events)
        runs = tuple([self.run(Context(request, name, event, at, self.shared, written[at])) for at, event in enumerate(events)])
        return Run(name, claim.reply, runs, claim.skipped, claim.findings, tuple(failures), tuple(declined), claim.remembered)

    def run(self, context: Context) -> EventRun:
        """What every tag makes of one event."""
        verdicts = self._verdicts(context)
        context.release()
        return EventRun(context.original, tuple(verdicts))

    def _verdicts(self, context: Context) -> list[Verdict]:
        if self.exceptions and (exception := context.first(self.exceptions, self.triggers)) is not None:
            return [Verdict(plan.name, f"container-wide exception {exception}", HeldBack.EXCEPTION) for plan in self.plans]
        seen: dict[int, Transformed] = {}
        matchers = self.triggers
        verdicts = [plan.judge(context, matchers, seen) for plan in self.plans]
        return [self._once(verdict, context) for verdict in verdicts] if self.deduplication else verdicts

    def _once(self, verdict: Verdict, context: Context) -> Verdict:
        if verdict.payload is None:
            return verdict
        rule = first_match(self.deduplication, lambda names: context.first(names, self.triggers))
        if rule is None:
            return verdict
        trusted = any(name == context.client and client.trusted for name, client in self.clients)
        once = rule.once(context.scope, verdict.tag, verdict.payload, trusted=trusted)
        return replace(verdict, payload=replace(verdict.payload, once=once)) if once else verdict


def _with(remembered: Remembered | None, request: Request) -> Request:
    return replace(request, headers=remembered.beside(request.headers)) if remembered and remembered.new else request


def _claim(name: str, client: Client, request: Request, failures: list[Failure]) -> Claim | Declined | None:
    try:
        return client.claim(request)
    except Exception as error:  # a plugin's fault must not cost the other clients their request
        failures.append(Failure("client", name, type(error).__name__))
        return None
