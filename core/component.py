"""What a client, a transformation and a tag are. A component is one class in one file, and pure: values in, values out.

A component class inherits from ``Client``, ``Transformation`` or ``Tag``, has ``Settings`` (pydantic: the check, the JSON
Schema and the reference page are that class) and ``examples`` (its tests and its documentation), and is built as
``Component(settings, setup)``. What it may do besides has a default in its base and is overridden by name: a public name
that the base does not know is a mistake, found when the class is made. Names of its own begin with an underscore.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

from core.abilities import check_names
from core.context import NOTHING_SHARED, Context, Shared
from core.redirection import redirection
from core.settings import (
    LAST,
    ClientSettings,
    ComponentSettings,
    Doubt,
    ParameterSettings,
    Shape,
    TagSettings,
    TransformationSettings,
    WholeFile,
)
from core.types import (
    Claim,
    Declined,
    Delivered,
    Event,
    Outbound,
    OutboundRequest,
    Outcome,
    Payload,
    Rejected,
    Reply,
    Request,
    Response,
    Retry,
    Skip,
    Upstream,
)

__all__ = [
    "LAST",
    "Batch",
    "Client",
    "ClientExample",
    "ClientSettings",
    "Component",
    "ComponentSettings",
    "Doubt",
    "EventPart",
    "ParameterSettings",
    "Setup",
    "Shape",
    "Tag",
    "TagExample",
    "TagSettings",
    "Transformation",
    "TransformationExample",
    "TransformationSettings",
    "WholeFile",
    "collects",
    "expires",
    "judge_by_status",
    "takes_notes",
    "undivided",
]


@dataclass(frozen=True, slots=True)
class Setup:
    """What a component is told besides its settings: its name in the file, what surrounds it, and the secrets' values."""

    name: str = ""
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    shared: Shared = NOTHING_SHARED


class Component(ABC):  # noqa: B024  what is abstract is said by each kind
    """What all components have in common."""

    Settings: ClassVar[type[ComponentSettings]] = ComponentSettings
    examples: ClassVar[Sequence[ClientExample | TransformationExample | TagExample]] = ()

    def __init__(self, settings: Any, setup: Setup) -> None:  # noqa: B027  one without state needs neither
        """Built once for each configuration, from its own ``Settings``. Does no I/O."""

    def __init_subclass__(cls, **options: Any) -> None:
        """Raises TypeError for a public name that no base knows: a misspelt ability would never be asked for."""
        super().__init_subclass__(**options)
        check_names(cls, __name__)


class Client(Component):
    """Turns a request it recognises into event data."""

    Settings: ClassVar[type[ClientSettings]] = ClientSettings

    @property
    def trusted(self) -> bool:
        """Whether it takes nothing from anybody who has not shown a secret."""
        return False

    @abstractmethod
    def claim(self, request: Request) -> Claim | Declined | None:
        """The events and the reply; where the request is another's, why, or None without a word. Sees OPTIONS too."""


class Transformation(Component):
    """Filters the event one tag will see."""

    Settings: ClassVar[type[TransformationSettings]] = TransformationSettings

    @abstractmethod
    def apply(self, event: Event, context: Context) -> Event:
        """The event as the tag shall see it: the same object where nothing changes, a copy where something does."""


@dataclass(frozen=True, slots=True)
class Batch:
    """How much of what is waiting one call of ``pack`` is given at most.

    ``most_bytes`` counts payloads as they are stored; a payload that is larger goes alone. ``linger`` is how many seconds a
    fresh payload waits for others at most; 0: only what waits anyway goes together.
    """

    most_payloads: int
    most_bytes: int = 1 << 20
    linger: float = 1.0


@dataclass(frozen=True, slots=True)
class EventPart:
    """What one event has of a request that carries it: ``query`` besides the URL's own (form-encoded), and of the body."""

    query: str = ""
    body: bytes = b""


class Tag(Component):
    """Sends event data on. Three pure steps; none opens a connection."""

    Settings: ClassVar[type[TagSettings]] = TagSettings

    filters_parameters: ClassVar[bool] = False
    """Whether it applies the setting ``parameters`` itself, in ``map``."""

    @property
    def literal_origins(self) -> frozenset[str]:
        """The origins that the file spells out for it, which may therefore be private addresses."""
        return frozenset()

    @property
    def batch(self) -> Batch | None:
        """How payloads of several requests are collected; None: they are not, but for what ``companions`` says."""
        return None

    def companions(self, payload: Payload, now: int) -> str | None:  # noqa: ARG002
        """Payloads of one destination with the same text may be packed together, whatever their groups; None: by group only.

        By default, where there is a ``batch``, all of them. It is asked again when they have been stored, which only ``body``,
        ``destination``, ``secrets`` and what is said of the event outlive: a ``recipient`` does not.
        """
        return "" if self.batch is not None else None

    @abstractmethod
    def map(self, event: Event, context: Context) -> Payload | Skip:
        """At acceptance: what will be sent, without secrets (``context.payload``), or why nothing is."""

    def expired(self, payload: Payload, now: int) -> str | None:  # noqa: ARG002
        """Why the vendor takes this payload no more, so that it is given up before it is sent; None: it does."""
        return None

    @abstractmethod
    def pack(self, payloads: Sequence[Payload], now: int) -> Sequence[Outbound]:
        """At sending: the requests that carry these payloads, each payload in exactly one. More than one payload is given
        where they are of one group, in order, or where ``companions`` says the same of all.
        """

    @abstractmethod
    def judge(self, request: Outbound, response: Response) -> Outcome | Sequence[Outcome]:
        """After sending: one outcome for all, or one per payload of the request, where the vendor says so. Never raises."""

    def note(self, payload: Payload, now: int) -> str | None:  # noqa: ARG002
        """What is to be counted of a payload once it is delivered: one of a few texts, or None."""
        return None

    def parts(self, request: Outbound) -> Sequence[EventPart]:
        """A request that it has packed, event by event: one part for each of its payloads, in their order, for people to read.

        By default each payload is shown all that the request carries.
        """
        return undivided(request)


def undivided(request: Outbound) -> list[EventPart]:
    """All that the request carries, for each of its payloads."""
    whole = request.body if isinstance(request, OutboundRequest) else request.text.encode("utf-8", "replace")
    return [EventPart(body=whole) for _ in request.payloads]


def collects(tag: Tag) -> bool:
    """Whether payloads of several requests may be packed together: only then ``companions`` needs to be asked."""
    return type(tag).companions is not Tag.companions or tag.batch is not None


def takes_notes(tag: Tag) -> bool:
    """Whether it says anything at all of what is delivered: only then ``note`` needs to be asked."""
    return type(tag).note is not Tag.note


def expires(tag: Tag) -> bool:
    """Whether payloads can become too old for its vendor at all: only then ``expired`` needs to be asked."""
    return type(tag).expired is not Tag.expired


def judge_by_status(response: Response) -> Outcome:
    """What a status means where a vendor says no more: 2xx took it; throttled, unwell or our credential: again; else no."""
    status = response.status
    if 200 <= status < 300:
        return Delivered()
    if status in _AGAIN or status >= 500:
        return Retry(f"HTTP {status}")
    elsewhere = redirection(response)
    return Rejected(elsewhere, of_all=True) if elsewhere else Rejected(f"HTTP {status}")


_AGAIN = frozenset({401, 403, 407, 408, 425, 429})


@dataclass(frozen=True, slots=True)
class ClientExample:
    """A request and what the client makes of it. ``settings`` is the YAML a user would write."""

    title: str
    request: Request
    events: Sequence[Event]
    reply: Reply | Upstream
    settings: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TransformationExample:
    """An event before and after."""

    title: str
    settings: Mapping[str, Any]
    event: Event
    gives: Event


@dataclass(frozen=True, slots=True)
class TagExample:
    """An event and the literal requests (or lines) that leave for it."""

    title: str
    settings: Mapping[str, Any]
    event: Event
    sends: Sequence[Outbound]
