"""Server mode: visitors are known by a cookie that the server sets, and their events get the client id of that cookie."""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from dataclasses import dataclass, replace

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from core.component import Setup
from core.context import Context
from core.types import Event, Headers, Request
from wire.consent import DENIED, consent_of
from wire.cookies.domain import domain_by, level
from wire.cookies.fpid import Fpid, new_fpid, read_fpid
from wire.cookies.fplc import HOURS, Seal
from wire.cookies.header import is_cookie_name, set_cookie, values
from wire.cookies.settings import FPLC, NO_EVENT, CookieSettings
from wire.ga4.table import FALLBACK, SYSTEM

_LINKED = f"{FALLBACK}_fplc"
"""Where the event data has what the browser says of FPLC: ``0`` for none, or the token that a link brought."""
_RENEWED = 10
"""Hours after which an FPLC is replaced."""


@dataclass(frozen=True, slots=True)
class _Hit:
    """One request, and the first of its events that may have a cookie."""

    request: Request
    event: Event

    @property
    def now(self) -> int:
        """In seconds."""
        return self.request.received_at // 1_000_000

    @property
    def client_id(self) -> str | None:
        """The browser's own."""
        found = self.event.get("client_id")
        return found if isinstance(found, str) and found else None

    @property
    def linked(self) -> str:
        found = self.event.get(_LINKED)
        return found if isinstance(found, str) else ""


class ServerCookies:
    """Reads and sets FPID and FPLC, unless consent or the settings forbid it."""

    def __init__(self, settings: CookieSettings, setup: Setup) -> None:
        self._settings = settings
        self._domain = domain_by(settings.domain)
        self._client = setup.name
        self._surroundings = setup.surroundings
        self._asks = settings.when is not None or bool(setup.surroundings.consent_fills)
        secret = (settings.secret.reveal() if settings.secret else "").encode()
        self._key = _derived(secret, b"FPID") if secret else None
        self._seal = Seal(_derived(secret, b"FPLC"), _derived(secret, b"FPLC nonce")) if secret else None

    def identify(self, request: Request, events: Sequence[Event]) -> Headers:
        """Gives the events the visitor's client id; returns the cookies to set.

        The browser's client id goes to ``x-ga-js_client_id``. An event whose consent or ``when`` forbids it stays as it
        is; the first of the others decides for them all. Changes the events in place.
        """
        allowed = [event for event in events if self._may(request, event)]
        name = self._name(request, allowed[0]) if allowed else ""
        if not is_cookie_name(name):
            return ()
        hit = _Hit(request, allowed[0])
        domain = self._domain(request)
        fpid = self._fpid(hit, name, domain)
        cookies = self._cookies(hit, name, domain, fpid)
        for event in allowed:
            if "client_id" in event:
                event["x-ga-js_client_id"] = event["client_id"]
            event["client_id"] = fpid.client_id
        return cookies

    def _may(self, request: Request, event: Event) -> bool:
        if consent_of(event)["analytics_storage"] == DENIED:
            return False
        if not self._asks:
            return True
        context, when = self._context(request, event), self._settings.when
        return context.consent.get("analytics_storage") != DENIED and (when is None or when.holds(context.on(event)))

    def _name(self, request: Request, event: Event) -> str:
        template = self._settings.name
        name = template.evaluate(NO_EVENT if template.constant else self._context(request, event).on(event))
        return name if isinstance(name, str) and name != FPLC else ""

    def _context(self, request: Request, event: Event) -> Context:
        return Context(request, self._client, event, 0, self._surroundings)

    def _fpid(self, hit: _Hit, name: str, domain: str | None) -> Fpid:
        """The visitor's cookie, else the visitor a link brought, else a new one."""
        found = next(filter(None, map(read_fpid, values(hit.request, name))), None)
        return found or replace(self._brought(hit) or self._new(hit), level=level(domain))

    def _brought(self, hit: _Hit) -> Fpid | None:
        opened = self._seal.open(hit.linked, hit.now) if self._seal else None
        return opened.fpid if opened else None

    def _new(self, hit: _Hit) -> Fpid:
        entropy, cid = hit.request.entropy, hit.client_id
        if self._key is not None and cid is not None:
            entropy = hmac.digest(self._key, cid.encode("utf-8", "surrogatepass"), "sha256")
        first_visit = "fv" in hit.event.get(SYSTEM, {})
        return new_fpid(cid, entropy, hit.now, first_visit=first_visit, migrate=self._settings.migrate_from_js)

    def _cookies(self, hit: _Hit, name: str, domain: str | None, fpid: Fpid) -> Headers:
        settings = self._settings
        refreshed = set_cookie(name, fpid.text, max_age=int(settings.max_age), domain=domain, path=settings.path)
        if self._seal is None or not self._is_due(self._seal, hit, fpid):
            return (refreshed,)
        token = self._seal.seal(fpid, hit.now)
        life = HOURS * 3600
        return refreshed, set_cookie(FPLC, token, max_age=life, domain=domain, path=settings.path, http_only=False)

    def _is_due(self, seal: Seal, hit: _Hit, fpid: Fpid) -> bool:
        """Whether the browser has no FPLC, or one that is old or not this visitor's."""
        tokens = list(values(hit.request, FPLC))
        if hit.linked == "0" or not tokens:
            return hit.linked == "0"
        opened = next(filter(None, (seal.open(token, hit.now) for token in tokens)), None)
        return opened is None or opened.hours >= _RENEWED or opened.fpid != fpid


def _derived(secret: bytes, purpose: bytes) -> bytes:
    """A key of 32 bytes for one purpose."""
    return HKDF(SHA256(), 32, None, b"tagyard " + purpose).derive(secret)
