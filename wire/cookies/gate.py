"""Whether the cookies that come with an event may be read, and others set: by its consent, the file's and the settings."""

from __future__ import annotations

from core.component import Setup
from core.context import Context
from core.types import Event, Request
from wire.consent import DENIED, UNSET, consent_of
from wire.cookies.header import is_cookie_name
from wire.cookies.settings import FPLC, NO_EVENT, CookieSettings


class Gate:
    """Of one client."""

    def __init__(self, settings: CookieSettings, setup: Setup) -> None:
        self._settings = settings
        self._client = setup.name
        self._shared = setup.shared
        self._asks = settings.when is not None or bool(setup.shared.consent_fills)

    def opens(self, request: Request, event: Event) -> bool:
        """Whether neither consent nor ``when`` forbids it for this event."""
        if consent_of(event)["analytics_storage"] == DENIED:
            return False
        if not self._asks:
            return True
        context, when = self._context(request, event), self._settings.when
        return context.consent.get("analytics_storage") != DENIED and (when is None or when.holds(context.on(event)))

    def ad_storage(self, request: Request, event: Event) -> str:
        """What this event says of it, or the file in its place: granted, denied or unset."""
        said = consent_of(event)["ad_storage"]
        if said != UNSET or not self._shared.consent_fills:
            return said
        return self._context(request, event).consent.get("ad_storage", UNSET)

    def condition_holds(self, request: Request, event: Event) -> bool:
        """Whether ``when`` holds, where there is one."""
        when = self._settings.when
        return when is None or when.holds(self._context(request, event).on(event))

    def name(self, request: Request, event: Event) -> str:
        """The name of the server's cookie; empty where it has none for this event, so that no cookie is read or set."""
        template = self._settings.name
        name = template.evaluate(NO_EVENT if template.constant else self._context(request, event).on(event))
        return name if isinstance(name, str) and name != FPLC and is_cookie_name(name) else ""

    def _context(self, request: Request, event: Event) -> Context:
        return Context(request, self._client, event, 0, self._shared)
