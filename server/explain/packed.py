"""Requests as a tag packs them, each with what every event has of it: no vendor's format is known here, the tag tells."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from core.component import EventPart, Tag, undivided
from core.types import Outbound, Payload


@dataclass(frozen=True, slots=True)
class PackedRequest:
    """A request of the tag with this name. ``parts`` has one part for each of its payloads, in their order."""

    tag: str
    request: Outbound
    parts: Sequence[EventPart]

    @property
    def together(self) -> bool:
        """Whether its events can be told apart: several, and a part is not all that the request carries."""
        return len(self.parts) > 1 and list(self.parts) != undivided(self.request)


def packed(name: str, tag: Tag, payloads: Sequence[Payload], now: int) -> list[PackedRequest]:
    """The requests that would carry these payloads. Raises whatever ``pack`` raises."""
    return [PackedRequest(name, request, _parts(tag, request)) for request in tag.pack(payloads, now)]


def _parts(tag: Tag, request: Outbound) -> Sequence[EventPart]:
    """What the tag says; where it fails, or does not speak of each payload, every event is shown the whole request."""
    try:
        parts = [EventPart(str(part.query), bytes(part.body)) for part in tag.parts(request)]
    except Exception:  # it is only shown: a fault in showing costs nobody the rest
        parts = []
    return parts if len(parts) == len(request.payloads) else undivided(request)
