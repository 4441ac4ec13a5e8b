"""When an event happened, which event it is, and who asked for it: what every row says in a platform's own words."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from core.context import Context
from core.types import Event, Payload, Skip
from wire.conversions.commerce import number, text
from wire.timestamps import TIMESTAMP

SECOND: Final = 1_000_000
DAY: Final = 86_400 * SECOND

_LATEST: Final = 253_402_300_799 * SECOND
"""The end of the year 9999, behind which there is no date."""

_CRAWLER: Final = "https://gtm-msr.appspot.com/"


def micros(event: Event, context: Context) -> int:
    """When it happened: the time that it says of itself, else that of its request."""
    said = number(event.get(TIMESTAMP))
    return int(said) if said is not None and 0 < said < _LATEST else context.request.received_at


def iso(micros: int) -> str:
    """As ISO 8601 has it, in UTC, with milliseconds."""
    return datetime.fromtimestamp(micros / SECOND, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def event_id(event: Event) -> str | None:
    """By which a platform knows what the browser's own pixel has sent as well."""
    return text(event.get("event_id")) or text(event.get("transaction_id"))


def own_id(event: Event, context: Context) -> str:
    """The same, and where the event has none, one that it keeps however often it is sent."""
    return event_id(event) or f"{context.request.id}.{context.position}"


def nobodys(event: Event) -> Skip | None:
    """Where no visitor stands behind it: Google looks at containers on pages of its own, and their events count nowhere."""
    location = event.get("page_location")
    is_crawled = isinstance(location, str) and location.startswith(_CRAWLER)
    return Skip("the page is one on which Google looks at containers") if is_crawled else None


def named(event: Event) -> str | Skip:
    """Its name; or why no vendor is sent it, where it has none or no visitor stands behind it."""
    name = text(event.get("event_name"))
    return nobodys(event) or name if name else Skip("the event has no event_name")


def older_than(payload: Payload, now: int, oldest: int, vendor: str) -> str | None:
    """Why a row that holds its ``at`` (microseconds) is not sent any more, where it is older than a platform takes."""
    at = payload.body["at"]
    if now - at <= oldest:
        return None
    age = "a day" if oldest == DAY else f"{oldest // DAY} days"
    return f"{vendor} takes nothing older than {age}, and this is of {iso(at)}"
