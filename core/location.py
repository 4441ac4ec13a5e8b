"""Where an event's visitor is, in the events that do not say so themselves."""

from __future__ import annotations

from collections.abc import Sequence

from core.types import Claim, Event, Request


def located(claim: Claim, request: Request) -> Sequence[Event]:
    """The events, those without ``event_location`` with the request's country and region as that.

    Not those of a server, and not those whose ``ip_override`` is another's: their visitor is elsewhere.
    """
    country, region = request.geo.country, request.geo.region
    if country is None or not claim.by_visitor:
        return claim.events
    location = {"country": country, "region": region} if region else {"country": country}
    return [{**event, "event_location": location} if _is_missing(event, request) else event for event in claim.events]


def _is_missing(event: Event, request: Request) -> bool:
    return not event.get("event_location") and event.get("ip_override") in (None, request.ip)
