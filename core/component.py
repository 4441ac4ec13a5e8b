"""What a client, a transformation and a tag are. A component is one class in one file, and pure: values in, values out.

A component class has ``Settings`` (pydantic: the check, the JSON Schema and the reference page are that class),
``examples`` (its tests and its documentation), and is built as ``Component(settings, setup)``.

A client may say that it is ``trusted``: it takes nothing from whoever has not shown a secret.

A tag may say more: ``filters_parameters = True`` (it applies the setting ``parameters`` itself, in ``map``);
``literal_origins``, the origins that the file spells out for it, which may therefore be private addresses;
``companions(payload, now)``, by which payloads of several requests may be packed together; ``note(payload, now)``, what is
to be counted of a payload once it is delivered.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Protocol

from core.context import NOTHING_SHARED, Context, Shared
from core.settings import (
    LAST,
    ClientSettings,
    ComponentSettings,
    Doubt,
    ParameterSettings,
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
    "Client",
    "ClientExample",
    "ClientSettings",
    "ComponentSettings",
    "Doubt",
    "ParameterSettings",
    "Setup",
    "Tag",
    "TagExample",
    "TagSettings",
    "Transformation",
    "TransformationExample",
    "TransformationSettings",
    "WholeFile",
    "judge_by_status",
]


@dataclass(frozen=True, slots=True)
class Setup:
    """What a component is told besides its settings: its name in the file, what surrounds it, and the secrets' values."""

    name: str = ""
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    shared: Shared = NOTHING_SHARED


class Client(Protocol):
    """Turns a request it recognises into event data."""

    Settings: ClassVar[type[ClientSettings]]

    def claim(self, request: Request) -> Claim | Declined | None:
        """The events and the reply; where the request is another's, why, or None without a word. Sees OPTIONS too."""


class Transformation(Protocol):
    """Filters the event one tag will see."""

    Settings: ClassVar[type[TransformationSettings]]

    def apply(self, event: Event, context: Context) -> Event:
        """The event as the tag shall see it: the same object where nothing changes, a copy where something does."""


class Tag(Protocol):
    """Sends event data on. Three pure steps; none opens a connection."""

    Settings: ClassVar[type[TagSettings]]

    def map(self, event: Event, context: Context) -> Payload | Skip:
        """At acceptance: what will be sent, without secrets (``context.payload``), or why nothing is."""

    def pack(self, payloads: Sequence[Payload], now: int) -> Sequence[Outbound]:
        """At sending: the requests that carry these payloads of one group, each payload in exactly one."""

    def judge(self, request: Outbound, response: Response) -> Outcome | Sequence[Outcome]:
        """After sending: one outcome for all, or one per payload of the request, where the vendor says so. Never raises."""


def judge_by_status(response: Response) -> Outcome:
    """What a status means where a vendor says no more: 2xx took it; throttled, unwell or our credential: again; else no."""
    status = response.status
    if 200 <= status < 300:
        return Delivered()
    if status in _AGAIN or status >= 500:
        return Retry(f"HTTP {status}")
    return Rejected(f"HTTP {status}")


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
