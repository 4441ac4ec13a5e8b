"""What tags have in common that send rows to one vendor over HTTP."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Collection, Sequence
from typing import Any, ClassVar, Generic, TypeVar

from core.component import Batch, EventPart, Setup, Tag
from core.grant import ServiceAccount
from core.settings import TagSettings
from core.types import Headers, Outbound, OutboundRequest, Payload
from core.url import Url
from wire.bodies import as_json
from wire.conversions import packing

S = TypeVar("S", bound=TagSettings)


class VendorTag(Tag, Generic[S]):
    """A tag whose payloads hold a ``row`` each, and whose requests carry as many of them as its vendor takes.

    What is the vendor's own, a tag says by the names below; ``map`` and ``judge`` are its own altogether.
    """

    _own_origins: ClassVar[Collection[str]] = ()
    """The vendor's. Any other is one that the file spells out."""

    _most: int = 1
    """How many rows a request carries at most. Where it is one, none waits for others."""
    _most_bytes: int = 1 << 20

    _rows_at: ClassVar[Sequence[str] | None] = None
    """The keys by which the list of rows is found in a body; None where a request is of one event."""

    _url: str
    _headers: Headers = packing.JSON
    _grant: ServiceAccount | None = None

    def __init__(self, settings: S, setup: Setup, endpoint: str) -> None:
        super().__init__(settings, setup)
        self._settings = settings
        self._origin = Url(endpoint).origin

    @property
    def literal_origins(self) -> frozenset[str]:
        """That of an ``endpoint`` which is not the vendor's own."""
        return frozenset({self._origin}.difference(self._own_origins))

    @property
    def batch(self) -> Batch | None:
        """As many as the vendor takes at once."""
        return Batch(self._most, self._most_bytes) if self._most > 1 else None

    def pack(self, payloads: Sequence[Payload], now: int) -> Sequence[Outbound]:
        """Requests for as many as the vendor takes at once, in their order."""
        return [self._request(payloads, part, now) for part in packing.parts(payloads, self._most, self._most_bytes)]

    def _request(self, payloads: Sequence[Payload], part: Sequence[int], now: int) -> OutboundRequest:  # noqa: ARG002
        """The one that carries these of the payloads; for vendors whose headers or times are not the same for all."""
        return self._post(self._body(packing.rows(payloads, part)), part)

    @abstractmethod
    def _body(self, rows: Sequence[Any]) -> Any:
        """The JSON that carries these rows."""

    def _post(self, body: Any, part: Sequence[int], headers: Headers | None = None) -> OutboundRequest:
        return OutboundRequest("POST", self._url, headers or self._headers, as_json(body), tuple(part), grant=self._grant)

    def parts(self, request: Outbound) -> Sequence[EventPart]:
        """Each row by itself."""
        return super().parts(request) if self._rows_at is None else packing.shown(request, *self._rows_at)
