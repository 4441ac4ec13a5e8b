"""The nouns of Tagyard. Values only: nothing here opens, reads, waits or draws a random number.

Times are whole microseconds since 1970, delays are seconds. Header names are lower case.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field
from enum import StrEnum
from typing import Any, TypeAlias

from core.frozen import frozen
from core.grant import Grant
from core.lines import Line as Line
from core.lines import Rows as Rows
from core.messages import Messages as Messages
from core.outcome import Delivered as Delivered
from core.outcome import Outcome as Outcome
from core.outcome import Rejected as Rejected
from core.outcome import Retry as Retry
from core.query import parse_pairs, plain_ampersands
from core.remembered import Remembered

Event: TypeAlias = dict[str, Any]
"""Common event data: ``{"event_name": ..., "client_id": ..., ...}``. Treated as immutable once it is built."""

Headers: TypeAlias = tuple[tuple[str, str], ...]
_UNSAFE_IN_HEADER = frozenset("\r\n\0")


@frozen
class Geo:
    """Where the visitor is, by ISO 3166-2 (``DE``, ``BY``) and in words; None where nobody trusted has said."""

    country: str | None = None
    region: str | None = None
    city: str | None = None


NOWHERE = Geo()


@frozen
class Request:
    """One HTTP request as the container sees it. ``received_at`` is the clock, ``entropy`` (32 bytes) the randomness."""

    id: str
    received_at: int
    method: str
    path: str
    query_string: str = ""
    headers: Headers = ()
    body: bytes = b""
    ip: str | None = None
    geo: Geo = NOWHERE
    entropy: bytes = bytes(32)
    _parsed: dict[str, Mapping[str, str]] = field(default_factory=dict, init=False, repr=False, compare=False)

    @property
    def query(self) -> Mapping[str, str]:
        """The decoded query; of a repeated name the first counts, a bare flag is the empty text."""
        if "query" not in self._parsed:
            query = plain_ampersands(self.query_string).replace("+", " ")
            self._parsed["query"] = parse_pairs(query.split("&"))
        return self._parsed["query"]

    @property
    def cookies(self) -> Mapping[str, str]:
        """The decoded cookies; of a repeated name the first counts."""
        if "cookies" not in self._parsed:
            lines = [value for key, value in self.headers if key == "cookie"]
            self._parsed["cookies"] = parse_pairs(piece.strip() for line in lines for piece in line.split(";"))
        return self._parsed["cookies"]

    def header(self, name: str) -> str | None:
        """The first header of this lower-case name."""
        return next((value for key, value in self.headers if key == name), None)


@frozen
class Reply:
    """What the sender of a request gets. Raises ValueError for a header that could become two, or that cannot be sent."""

    status: int
    headers: Headers = ()
    body: bytes = b""

    def __post_init__(self) -> None:
        for pair in self.headers:
            text = "".join(pair)
            if not _UNSAFE_IN_HEADER.isdisjoint(text) or not (text.isascii() or max(text) <= "\xff"):
                raise ValueError(f"header {pair[0]!r} holds a line break, a NUL, or what is not latin-1")


@frozen
class Upstream:
    """A client's reply that somebody else gives: the server gets it from ``url``, and answers.

    ``kind`` says which rules apply: a ``script``, a ``frame`` or a ``worker`` is a file, fetched and kept; with ``passed_on``
    it is ``request`` that is sent, as it stands, and its answer is the reply. ``id`` says whose file, or what request, it is.
    """

    kind: str
    id: str
    url: str
    request: OutboundRequest | None = None

    @property
    def words(self) -> str:
        """What the sender gets, for whoever has not asked upstream."""
        return f"the answer of {self.url}" if self.request else f"the file {self.url}, rewritten for this host"


@frozen
class Finding:
    """Something wrong in a request that a client claimed: where (empty: in no one field), in words, and a code to count by.

    ``subject`` is what it is about, such as an id, where each is worth a count of its own. Visitors may make them up.
    """

    field_path: str
    description: str
    code: str
    subject: str = ""


@frozen
class Claim:
    """A client's answer to "is this yours?": the events of the request, and the one reply to it."""

    events: Sequence[Event]
    reply: Reply | Upstream
    skipped: int = 0
    """Events that could not be read (a GA4 line without ``en``); counted, never answered with an error."""
    findings: Sequence[Finding] = ()
    """What is wrong with the request, whether it was refused for that or not; kept with it, and counted by code."""
    by_visitor: bool = True
    """Whether the visitor's own machine sent the request, so that where it came from is where the visitor is."""
    written: Sequence[object] = field(default=(), compare=False, repr=False)
    """For each event how the request wrote it, or nothing at all: tags that write the same wire's requests know what it is."""
    remembered: Remembered | None = None
    """What the reply has the browser keep for other platforms; None where the client keeps nothing for any."""


@frozen
class Declined:
    """A client's "not mine": why in words, for whoever looks for a request that nobody claimed, and a code to count by."""

    why: str
    code: str
    otherwise: Claim | None = None
    """The client's answer after all, where every other client declines too."""


@frozen
class SecretPlace:
    """Where a secret belongs in a payload's body: ``pointer`` (RFC 6901) names a text, ``at`` an index into it."""

    pointer: str
    at: int
    name: str


@frozen
class Sender:
    """Who has sent a payload: ``trusted`` has shown a secret, ``visitors`` are hashes of the ids that it names."""

    visitors: tuple[str, ...] = ()
    trusted: bool = False

    def gives_way_to(self, first: Sender) -> bool:
        """Whether what this one sends is a duplicate of what another has sent before.

        Nobody who has shown no secret suppresses what a trusted sender says, unless they speak of the same visitor.
        """
        return not self.trusted or first.trusted or not frozenset(self.visitors).isdisjoint(first.visitors)


STRANGER = Sender()


@frozen
class Once:
    """Of payloads with one ``key`` only the first within ``window`` microseconds is accepted, of those that give way to it."""

    key: str
    window: int
    sender: Sender = STRANGER


@frozen
class Payload:
    """What one tag will send for one event. This is what reaches the disk: JSON, minimised, without a secret.

    ``destination`` (an origin or a file) is what a breaker and a concurrency limit cover. ``group`` is the request,
    ``position`` the event's place in it: ``pack`` may merge payloads of one group, in order. ``client_id`` and
    ``event_name`` are the original event's: what an operator selects rows by.
    """

    body: Any
    destination: str
    secrets: tuple[SecretPlace, ...] = ()
    received_at: int = 0
    group: str = ""
    position: int = 0
    client_id: str = ""
    event_name: str = ""
    recipient: str = ""
    """The vendor's name for who gets it (a measurement id); the same event may go to two recipients of one destination."""
    once: Once | None = None


class HeldBack(StrEnum):
    """Why a tag did not send, as a word to count by."""

    PAUSED = "paused"
    TRIGGER = "trigger"
    EXCEPTION = "exception"
    CONSENT = "consent"
    SKIPPED = "skipped"
    NO_IDENTITY = "no_identity"
    """The event names no visitor, and the destination needs one."""
    CONSENT_UPDATE = "consent_update"
    """The event is gtag's repeat of one that was sent before the visitor's consent changed."""
    FAILED = "failed"
    DUPLICATE = "duplicate"
    """It fired, and what it would have sent was accepted before. Whoever accepts knows, never the container."""


@frozen
class Skip:
    """``map``'s "not this one": the reason in words, and the word it is counted by."""

    why: str
    held: HeldBack = HeldBack.SKIPPED


@frozen
class OutboundRequest:
    """One HTTP request to a vendor; ``payloads`` are the indices (into ``pack``'s argument) that it carries."""

    method: str
    url: str
    headers: Headers
    body: bytes
    payloads: tuple[int, ...]
    timeout: float | None = None
    """Seconds for the whole exchange; None is the delivery's default."""
    grant: Grant | None = None  # by which the server gets a token for it, and sends that as ``Authorization``


Outbound: TypeAlias = OutboundRequest | Line | Rows | Messages


@frozen
class Response:
    """A vendor's answer; the body is capped, never the whole of an endless one."""

    status: int
    headers: Headers = ()
    body: bytes = b""

    def header(self, name: str) -> str | None:
        """The first header of this lower-case name."""
        return next((value for key, value in self.headers if key == name), None)
