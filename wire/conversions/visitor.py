"""The visitor whom an event is about, for vendors that know one by the browser and the address."""

from __future__ import annotations

from core.types import Event, HeldBack, Skip
from wire.address import somebodys
from wire.conversions.commerce import text
from wire.identity import digest


def address(event: Event) -> str | None:
    """The visitor's IP address, where there is one that can be somebody's."""
    found = text(event.get("ip_override"))
    return somebodys(found) if found else None


def agent(event: Event) -> str | None:
    """The header ``User-Agent`` of the visitor's browser."""
    return text(event.get("user_agent"))


def user_id(event: Event) -> str | None:
    """The site's own id of a person; where that is an e-mail address, its hash."""
    return _id(event, "user_id")


def client_id(event: Event) -> str | None:
    """The id of a browser; where a sender has put an e-mail address there, its hash."""
    return _id(event, "client_id")


def _id(event: Event, key: str) -> str | None:
    found = text(event.get(key))
    return digest("google", "external_id", found) if found and "@" in found else found


def unknown(event: Event, vendor: str) -> Skip | None:
    """Where a vendor would take our server for the visitor, since the event tells of neither browser nor address."""
    if not agent(event):
        return Skip(f"{vendor} knows visitors by their browser, and the event has no user_agent", HeldBack.NO_IDENTITY)
    if not address(event):
        return Skip(f"{vendor} knows visitors by their address, and the event has no ip_override", HeldBack.NO_IDENTITY)
    return None
