"""What an expression, a transformation and a tag may look at: the request, the event as it is now, and what follows from them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from core.secret import seal_off
from core.types import Event, Payload, Request, SecretPlace
from core.undefined import UNDEFINED

Variable: TypeAlias = "Callable[[Scope], Any]"
"""A compiled variable. Pure; UNDEFINED where it has no value."""

Matcher: TypeAlias = "Callable[[Scope], bool]"
"""A compiled trigger: whether it matches the original event of the scope."""

Reader: TypeAlias = Callable[[Event, Request], Mapping[str, Any]]
"""Something the wire knows how to read out of an event (or the request's cookies), by the name expressions use for it."""


@dataclass(frozen=True, slots=True)
class VendorRules:
    """How a vendor wants what is known about a person, of a kind (``email``) and a text; empty where nothing is left of it."""

    normalized: Callable[[str, str], str]
    """In clear, as it is before it is hashed; empty of what is a hash already."""
    hashed: Callable[[str, str], str]
    """The hash; what is one already stays one."""


_UNSET = (None, "unset")
_SAID = ("granted", "denied")


@dataclass(frozen=True, slots=True)
class Shared:
    """What is the same for every request: the file's environment and variables, what the wire knows, the secrets' values."""

    environment: Mapping[str, str] = field(default_factory=dict)
    variables: Mapping[str, Variable] = field(default_factory=dict)
    readers: Mapping[str, Reader] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    consent_fills: Mapping[str, Variable] = field(default_factory=dict)
    """By consent type, what fills in where the hit leaves it unset."""
    vendors: Mapping[str, VendorRules] = field(default_factory=dict)
    """By the name that expressions use."""
    own_secret: str = field(default="", repr=False)
    """A secret that the installation made for itself: the same in every worker, and after every start."""


NOTHING_SHARED = Shared()


class Context:
    """One event of one claimed request, the same for every tag. ``original`` is the event before any transformation.

    ``written`` is the client's word on how the request wrote it, for tags that know what that is. ``kept`` is what a tag has
    made of a version of the event, with that version: another of its kind need not make it again. ``body`` is what a request
    says, for the client that makes events of it by the file's own expressions; nobody else has it.
    """

    __slots__ = (
        "_consent",
        "_matched",
        "_scope",
        "body",
        "client",
        "kept",
        "original",
        "position",
        "request",
        "shared",
        "written",
    )

    def __init__(
        self,
        request: Request,
        client: str,
        original: Event,
        position: int = 0,
        shared: Shared = NOTHING_SHARED,
        written: object = None,
        body: Any = UNDEFINED,
    ) -> None:
        self.request: Request = request
        self.client: str = client
        self.original: Event = original
        self.position: int = position
        self.shared: Shared = shared
        self.written: object = written
        self.body: Any = body
        self.kept: dict[object, tuple[Event, Any]] = {}
        self._consent: Mapping[str, str] | None = None
        self._matched: dict[str, bool] | None = None
        self._scope: Scope | None = None

    @property
    def consent(self) -> Mapping[str, str]:
        """``ad_storage``, ``analytics_storage``, ``ad_user_data``, ``ad_personalization``: granted, denied or unset."""
        if self._consent is None:
            shared = self.shared
            reader = shared.readers.get("consent")
            # A fill-in that asks for consent itself sees what the hit says, not the fill-ins.
            said = self._consent = reader(self.original, self.request) if reader else {}
            for kind in shared.consent_fills:
                if said.get(kind) in _UNSET:
                    self._consent = self._filled_in(said)
                    break
        return self._consent

    def _filled_in(self, consent: Mapping[str, str]) -> Mapping[str, str]:
        fills = self.shared.consent_fills
        scope = self.on(self.original)  # of its own: a variable of it that asks for consent has another value afterwards
        said = {kind: fill(scope) for kind, fill in fills.items() if consent.get(kind) in _UNSET}
        return {**consent, **{kind: value for kind, value in said.items() if value in _SAID}}

    @property
    def scope(self) -> Scope:
        """What expressions see of the original event."""
        if self._scope is None:
            self._scope = Scope(self.original, self)
        return self._scope

    def first(self, triggers: Sequence[str], matchers: Mapping[str, Matcher]) -> str | None:
        """The first of these triggers that matches the original event. Each is asked at most once."""
        matched = self._matched
        if matched is None:
            matched = self._matched = {}
        for name in triggers:
            matches = matched.get(name)
            if matches is None:
                matches = matched[name] = matchers[name](self.scope)
            if matches:
                return name
        return None

    def release(self) -> None:
        """Lets go of the scope, which refers back to this: together they would stay until the garbage collector looks."""
        self._scope = None

    def on(self, event: Event) -> Scope:
        """What expressions see when they are evaluated on this version of the event."""
        return Scope(event, self)

    def payload(self, body: Any, destination: str, recipient: str = "") -> Payload:
        """A payload of this event. ``body`` is JSON that may hold SealedText; the secrets are taken out of it here."""
        secrets: tuple[SecretPlace, ...] = ()
        if self.shared.secrets:
            body, secrets = seal_off(body)
        request, get = self.request, self.original.get
        return Payload(
            body,
            destination,
            secrets,
            request.received_at,
            request.id,
            self.position,
            str(get("client_id", "")),
            str(get("event_name", "")),
            recipient,
        )


class Scope:
    """One version of an event in its context. Variables and readings are worked out once per scope."""

    __slots__ = ("_readings", "_values", "context", "event", "item", "item_index")

    def __init__(self, event: Event, context: Context, item: Any = UNDEFINED, item_index: Any = UNDEFINED) -> None:
        self.event: Event = event
        self.context: Context = context
        self.item: Any = item
        self.item_index: Any = item_index
        self._values: dict[str, Any] | None = None
        self._readings: dict[str, Mapping[str, Any]] | None = None

    def variable(self, name: str) -> Any:
        """The value of ``var.NAME``. Names are checked when the file is loaded, and cycles refused."""
        values = self._values
        if values is None:
            values = self._values = {}
        if name not in values:
            variable = self.context.shared.variables.get(name)
            values[name] = variable(self) if variable else UNDEFINED
        return values[name]

    def reading(self, name: str) -> Mapping[str, Any]:
        """What the reader of this name (``user``, ``ga``) finds in the event."""
        readings = self._readings
        if readings is None:
            readings = self._readings = {}
        if name not in readings:
            reader = self.context.shared.readers.get(name)
            readings[name] = reader(self.event, self.context.request) if reader else {}
        return readings[name]

    def with_item(self, item: Any, index: int) -> Scope:
        """The same scope for one element of a list: ``item`` and ``item_index``, which counts from 0, inside ``each``."""
        scope = Scope(self.event, self.context, item, index)
        self._values = scope._values = {} if self._values is None else self._values
        self._readings = scope._readings = {} if self._readings is None else self._readings
        return scope


class Answered(Scope):
    """What expressions see of an answer, and of one of the events that it is about: by then the event itself is gone."""

    __slots__ = ("answer", "headers", "index", "row", "status")

    def __init__(
        self, context: Context, answer: Any, status: int, headers: Mapping[str, str], index: Any = UNDEFINED, row: Any = UNDEFINED
    ) -> None:
        super().__init__({}, context)
        self.answer: Any = answer
        self.status: int = status
        self.headers: dict[str, str] = dict(headers)
        self.index: Any = index
        self.row: Any = row
