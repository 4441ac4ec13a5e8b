"""The smallest client, transformation and tag, for tests of the container that runs them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from core.component import Client, ClientSettings, Setup, Tag, TagSettings, Transformation
from core.container import Run
from core.context import NOTHING_SHARED, Context, Shared, Variable
from core.tagplan import Step, TagPlan, plan_tag
from core.types import (
    Claim,
    Declined,
    Delivered,
    Event,
    Finding,
    Line,
    Outbound,
    Outcome,
    Payload,
    Reply,
    Request,
    Response,
    Skip,
)

REQUEST = Request("r1", 1_700_000_000_000_000, "GET", "/g/collect")


class Fixed(Client):
    """A client that claims every request as the same events; None claims nothing, an exception is raised."""

    trusted = False

    def __init__(self, settings: ClientSettings | None = None, setup: Setup | None = None) -> None:
        self.settings = settings
        self.setup = setup
        self.asked = 0
        self.claims: Claim | Declined | Exception | None = Claim([{"event_name": "page_view"}], Reply(204))

    def claim(self, request: Request) -> Claim | Declined | None:  # noqa: ARG002
        self.asked += 1
        if isinstance(self.claims, Exception):
            raise self.claims
        return self.claims


def client(
    *events: Event,
    reply: Reply = Reply(204),  # noqa: B008
    skipped: int = 0,
    findings: Sequence[Finding] = (),
) -> Fixed:
    fixed = Fixed()
    fixed.claims = Claim(list(events), reply, skipped, findings)
    return fixed


class Change(Transformation):
    """A transformation out of a function."""

    def __init__(self, change: Callable[[Event], Event]) -> None:
        self.change = change
        self.runs = 0

    def apply(self, event: Event, context: Context) -> Event:  # noqa: ARG002
        self.runs += 1
        return self.change(event)


class Keep(Tag):
    """A tag that maps each event to itself and remembers what it was shown."""

    def __init__(self, settings: Any = None, setup: Setup | None = None) -> None:
        self.settings = settings
        self.setup = setup
        self.seen: list[Event] = []
        self.answer: Exception | Skip | None = None

    def map(self, event: Event, context: Context) -> Payload | Skip:
        self.seen.append(event)
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer or context.payload(event, "https://x.example")

    def pack(self, payloads: Sequence[Payload], now: int) -> Sequence[Outbound]:  # noqa: ARG002
        return [Line("-", str(payload.body), (at,)) for at, payload in enumerate(payloads)]

    def judge(self, request: Outbound, response: Response) -> Outcome:  # noqa: ARG002
        return Delivered()


def plan(name: str = "tag", tag: Keep | None = None, steps: Sequence[Step] = (), chain: int = 0, **settings: Any) -> TagPlan:
    """A plan with these settings of the tag."""
    return plan_tag(name, tag or Keep(), TagSettings.model_validate(settings), steps, chain)


def context(event: Event, shared: Shared = NOTHING_SHARED) -> Context:
    return Context(REQUEST, "web", event, 0, shared)


def always_says(value: Any) -> Variable:
    """A variable that has this value for every event."""
    return lambda _: value


def replied(answer: Claim | Run) -> Reply:
    """The reply, where it is one of ours."""
    assert isinstance(answer.reply, Reply)
    return answer.reply
