"""One recorded request as somebody looks at it: what it met, and what of it may be shown."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

from core.container import Container, Run
from core.context import Context, Scope
from core.trace import ClientTrace, EventTrace, trace_clients, trace_position
from core.types import Request
from server.inspection.bodies import personal_of
from server.inspection.privacy import Privacy
from server.loading.serving import Serving
from server.observe import Record
from server.public.reception import Reception


@dataclass(frozen=True)
class Look:
    """``reveal`` shows personal data. A request that is ``tried`` never came; with ``given`` event data no client was asked."""

    record: Record
    worker: int
    reveal: bool = False
    tried: bool = False
    given: bool = False

    @property
    def serving(self) -> Serving:
        """The configuration that the request met."""
        return self.record.serving

    @property
    def run(self) -> Run:
        """What became of it in the container."""
        return self.record.run

    @property
    def container(self) -> Container:
        """The container that it met."""
        return self.serving.assembled.container

    @property
    def dry(self) -> bool:
        """Nothing of it is sent."""
        return self.tried or self.serving.dry_run

    @cached_property
    def came(self) -> Request:
        """The request with its path as it came."""
        prefix = self.serving.settings.server.path_prefix
        return replace(self.record.request, path=Reception(prefix).as_it_came(self.record.request, self.run))

    @cached_property
    def personal(self) -> set[str]:
        """Everything in it that stands where personal data stands."""
        return personal_of(self.record.request, (event.event for event in self.run.events))

    @cached_property
    def privacy(self) -> Privacy:
        """Its masks."""
        return Privacy(self.serving.secret_values, self.personal, self.reveal)

    @cached_property
    def clients(self) -> tuple[ClientTrace, ...]:
        """Each client's own word."""
        return () if self.given else trace_clients(self.container, self.run)

    def event(self, position: int) -> EventTrace:
        """Why each tag did what it did with the event at this place, worked out now."""
        return trace_position(self.container, self.record.request, self.run, position)

    def scope(self, position: int) -> Scope:
        """What expressions see of this event."""
        seen, event = self.run.seen(self.record.request), self.run.events[position].event
        return Context(seen, self.run.client or "", event, position, self.container.shared).on(event)
