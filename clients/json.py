"""Claims JSON, forms and queries of any sender: webhooks of shops, billing and CRM, and hosted data tags."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import ClassVar, Final, Literal, Self, TypeAlias

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from core.component import Client, ClientExample, ClientSettings, Doubt, Setup, WholeFile
from core.context import Context, Scope
from core.expressions.names import OF_ELEMENTS
from core.fields import Many
from core.settings import Steps
from core.types import Claim, Declined, Event, Reply, Request
from wire.activation import ActivationPaths, PathSettings
from wire.json_events.body import read
from wire.json_events.events import Maker
from wire.json_events.examples import EXAMPLES
from wire.json_events.refused import RefusedError
from wire.json_events.secrets import Lock, SecretSettings
from wire.json_events.settings import ItemCondition, OfItem, OfRequest, ReplySettings, RequestCondition
from wire.replies import PREFLIGHT, hit_reply, other_method, other_path

_PATH: Final = "/data"
_PREFLIGHT: Final = Claim((), PREFLIGHT)
_OPEN: Final = Doubt(
    ("secret",),
    "anybody can send any event through this client; give it a `secret`, or `secret: null` where visitors' own browsers send",
)

_Method: TypeAlias = Literal["POST", "GET", "PUT"]


class JsonSettings(PathSettings):
    """Claims JSON, forms and queries of any sender."""

    activation_paths: ActivationPaths = Field([_PATH], min_length=1, description="The paths that are claimed.")
    methods: Many[_Method] = Field(
        ["POST", "GET"],
        min_length=1,
        description="How a request may come. Of a GET the query is the body; where the body is signed there is none.",
    )
    secret: SecretSettings | None = Field(
        None,
        description="How the sender shows who it is: others are answered with 401 or 403. With it requests come from a machine, "
        "which is trusted; without, from visitors' browsers.",
    )
    pings: RequestCondition | None = Field(
        None,
        description="Requests that only try whether anybody is here, without a secret as well: where all of these hold of `body` "
        "and `request`, they are answered like others and give no event.",
    )
    events: OfRequest | None = Field(
        None, description="What becomes events, an object or a list of them; default: the body, or each element of it."
    )
    when: ItemCondition | None = Field(None, description="Only objects of which all of these hold become events.")
    event_name: OfItem | None = Field(None, description="The event's name; default: the object's `event_name`.")
    client_id: OfItem | None = Field(None, description="The visitor's id; default: the object's `client_id`.")
    parameters: dict[str, OfItem] | None = Field(
        None, description="The event's parameters; default: all that the object has, as it is."
    )
    id: OfItem | None = Field(
        None,
        description="By what the sender knows this delivery, and would again if it repeated it. It becomes `event_id`, by which "
        "`deduplicate` can leave a repeat out.",
    )
    reply: ReplySettings = Field(ReplySettings(), description="What is answered where the request was taken.")

    @model_validator(mode="after")
    def _what_is_signed_comes_in_a_body(self) -> Self:
        if self.secret and self.secret.signs and "methods" in self.model_fields_set and "GET" in self.methods:
            raise PydanticCustomError("methods", "`methods` has GET, whose query no signature of a body proves: take it out")
        return self

    @property
    def claimed_methods(self) -> Sequence[str]:
        """The methods by which a request may come, given what the secret proves."""
        signed = self.secret is not None and self.secret.signs
        return [method for method in self.methods if not (signed and method == "GET")]

    def own_names(self, at: Steps) -> Collection[str]:
        del at
        return {"body", *OF_ELEMENTS}

    def overshadows(self, other: Self) -> bool:
        """By path and method alone: whatever else a sender lacks, he is answered and not passed on to another client."""
        return self.has_paths_of(other) and set(other.claimed_methods) <= set(self.claimed_methods)

    def doubts(self, file: WholeFile) -> Sequence[Doubt]:
        del file
        return [] if "secret" in self.model_fields_set else [_OPEN]


class Json(Client):
    """Claims JSON, forms and queries of any sender: webhooks of shops, billing and CRM, and hosted data tags.

    Without settings of its own an object is an event as it is, if it has an ``event_name``: what the data tag of a hosted
    server container sends, by POST or GET. With them ``event_name``, ``client_id`` and ``parameters`` say what an event is
    made of, by expressions that see the request (``request``), all that it says (``body``) and, of a list, the one object
    (``item``); ``events`` says where the list is. ``secret`` keeps out who doesn't know it.

    What is no object, has no name or is left out by ``when`` is skipped and counted, and the request answered like others, for
    who gets errors sends again. What can't be read is answered with 400, what is too much with 413, and counted by name.
    """

    Settings: ClassVar[type[ClientSettings]] = JsonSettings

    examples: ClassVar[Sequence[ClientExample]] = EXAMPLES

    def __init__(self, settings: JsonSettings, setup: Setup) -> None:
        self._setup = setup
        self._paths = frozenset(settings.activation_paths)
        self._methods = settings.claimed_methods
        self._lock = Lock(settings.secret) if settings.secret else None
        self._pings = settings.pings
        self._maker = Maker(settings)
        self._reply = settings.reply.reply()
        self._pixels = "reply" not in settings.model_fields_set
        self._other_path = other_path(settings.activation_paths)
        self._by_method = f"requests come by {' or '.join(self._methods)}"

    @property
    def trusted(self) -> bool:
        """Where it has a secret, each sender shows it."""
        return self._lock is not None

    def claim(self, request: Request) -> Claim | Declined:
        """The events of what the request says, or why nothing of it is taken."""
        if request.path not in self._paths:
            return self._other_path
        if request.method == "OPTIONS":
            return _PREFLIGHT
        if request.method not in self._methods:
            return other_method(request.method, self._by_method)
        try:
            return self._claim(request)
        except RefusedError as refused:
            return refused.claim

    def _claim(self, request: Request) -> Claim:
        if self._pings is not None and self._is_ping(request):
            return Claim((), self._reply, by_visitor=False)
        if self._lock is not None:
            self._lock.check(request)
        made = self._maker.make(self._scope(request), request.method == "GET")
        events = made.events if self._lock else [_of_visitor(event, request) for event in made.events]
        return Claim(events, self._answer(request), len(made.findings), tuple(made.findings), by_visitor=self._lock is None)

    def _is_ping(self, request: Request) -> bool:
        try:
            return self._pings is not None and self._pings.holds(self._scope(request))
        except RefusedError:
            return False

    def _scope(self, request: Request) -> Scope:
        return Context(request, self._setup.name, {}, 0, self._setup.shared, None, read(request)).on({})

    def _answer(self, request: Request) -> Reply:
        """What the settings say; the image that an ``<img>`` waits for, where they say nothing."""
        is_image = request.method == "GET" and (request.header("accept") or "").startswith("image/")
        return hit_reply(request) if is_image and self._pixels else self._reply


def _of_visitor(event: Event, request: Request) -> Event:
    """The event with the address and the User-Agent of the visitor, who has sent it himself."""
    own = {"ip_override": request.ip, "user_agent": request.header("user-agent")}
    return {**event, **{name: value for name, value in own.items() if value and name not in event}}
