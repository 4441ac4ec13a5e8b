"""Traces of whole requests, and of events as if a client had read them."""

from __future__ import annotations

from collections.abc import Iterator

from core.container import Container, EventRun, Run
from core.context import Context
from core.trace.consent import trace_consent
from core.trace.records import Asked, ClientTrace, EventTrace, Trace
from core.trace.tags import trace_tag
from core.trace.triggers import Triggers
from core.types import Event, Reply, Request


def trace(container: Container, request: Request) -> Trace:
    """What becomes of the request, and why. ``run`` is what ``container.handle`` gives; nothing raises either."""
    run = container.handle(request)
    return Trace(request, trace_clients(container, run), run, _events(container, run, request))


def trace_clients(container: Container, run: Run) -> tuple[ClientTrace, ...]:
    """Each client's own word, of a run of this container that is known."""
    return tuple(_clients(container, run))


def trace_position(container: Container, request: Request, run: Run, position: int) -> EventTrace:
    """One event of a run of this container that is known: what its tags made of it, and why."""
    each = run.events[position]
    context = Context(run.seen(request), run.client or "", each.event, position, container.shared)
    return _event(container, each, context)


def trace_event(container: Container, event: Event, client: str, request: Request) -> Trace:
    """The same for an event, as if this client had read it from the request: no client is asked, the reply is a 204."""
    run = Run(client, Reply(204), (container.run(Context(request, client, event, 0, container.shared)),))
    return Trace(request, (), run, _events(container, run, request))


def _clients(container: Container, run: Run) -> Iterator[ClientTrace]:
    failed = {each.name: each.error for each in run.failures}
    declined = {name: each.why for name, each in run.declined}
    asked_all = run.client in declined
    claimed = False
    for name, _ in container.clients:
        if claimed and not asked_all:
            yield ClientTrace(name, Asked.NOT_ASKED)
        elif name in failed:
            yield ClientTrace(name, Asked.FAILED, failed[name])
        else:
            claimed = name == run.client
            asked = Asked.CLAIMED if claimed else Asked.PASSED
            yield ClientTrace(name, asked, why="" if claimed else declined.get(name, ""))


def _events(container: Container, run: Run, request: Request) -> tuple[EventTrace, ...]:
    return tuple(trace_position(container, request, run, at) for at in range(len(run.events)))


def _event(container: Container, run: EventRun, context: Context) -> EventTrace:
    triggers = Triggers(container, context.on(context.original))
    exceptions = triggers.named(container.exceptions)
    excepted = triggers.first(container.exceptions) is not None
    tags = [
        trace_tag(plan, verdict, context, triggers, container.deduplication, excepted)
        for plan, verdict in zip(container.plans, run.verdicts, strict=True)
    ]
    return EventTrace(run.event, trace_consent(context), exceptions, tuple(tags))
