"""Requests as a tag packs them, each with what every event has of it: no vendor's format is known here, the tag tells."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from core.component import EventPart, Tag, expires, undivided
from core.types import Outbound, Payload


@dataclass(frozen=True, slots=True)
class PackedRequest:
    """A request of the tag with this name. ``parts`` has one part for each of its payloads, in their order.

    ``given_up``: why events of it would not be sent at all, since their vendor takes them no more.
    """

    tag: str
    request: Outbound
    parts: Sequence[EventPart]
    given_up: Sequence[str] = ()

    @property
    def together(self) -> bool:
        """Whether its events can be told apart: several, and a part is not all that the request carries."""
        return len(self.parts) > 1 and list(self.parts) != undivided(self.request)


def packed(name: str, tag: Tag, payloads: Sequence[Payload], now: int) -> list[PackedRequest]:
    """The requests that would carry these payloads. Raises whatever ``pack`` raises."""
    gone = {index: why for index, payload in enumerate(payloads) if (why := _why_given_up(tag, payload, now))}
    return [
        PackedRequest(name, request, _parts(tag, request), list(dict.fromkeys(gone[at] for at in request.payloads if at in gone)))
        for request in tag.pack(payloads, now)
    ]


def _why_given_up(tag: Tag, payload: Payload, now: int) -> str | None:
    return tag.expired(payload, now) if expires(tag) else None


def _parts(tag: Tag, request: Outbound) -> Sequence[EventPart]:
    """What the tag says; where it fails, or does not speak of each payload, every event is shown the whole request."""
    try:
        parts = [EventPart(str(part.query), bytes(part.body)) for part in tag.parts(request)]
    except Exception:  # it is only shown: a fault in showing costs nobody the rest
        parts = []
    return parts if len(parts) == len(request.payloads) else undivided(request)
