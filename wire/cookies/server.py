"""Server mode: visitors are known by a cookie that the server sets, and their events get the client id of that cookie."""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from dataclasses import dataclass, replace

from core.component import Setup
from core.types import Event, Headers, Request
from wire.consent import granted_later
from wire.cookies.browser import remembered
from wire.cookies.domain import domain_by, level
from wire.cookies.fpid import Fpid, is_young, migrated, new_fpid, read_fpid, seconds_of
from wire.cookies.fplc import HOURS, Seal
from wire.cookies.gate import Gate
from wire.cookies.header import set_cookie, values
from wire.cookies.keys import derived, given, key_of
from wire.cookies.settings import FPLC, CookieSettings
from wire.ga4.table import FALLBACK, REPEAT, SYSTEM
from wire.nobody import is_nobodys

_LINKED = f"{FALLBACK}_fplc"
"""Where the event data has what the browser says of FPLC: ``0`` for none, or the token that a link brought."""
_RENEWED = 10
"""Hours after which an FPLC is replaced."""


@dataclass(frozen=True, slots=True)
class _Hit:
    """One request, and the event that decides for all its others."""

    request: Request
    event: Event

    @property
    def now(self) -> int:
        """In seconds."""
        return self.request.received_at // 1_000_000

    @property
    def client_id(self) -> str | None:
        """What the hit says, if it is somebody's."""
        found = self.event.get("client_id")
        return found if isinstance(found, str) and found and not is_nobodys(found) else None

    @property
    def is_repeat(self) -> bool:
        return REPEAT in self.event

    @property
    def is_first_visit(self) -> bool:
        return self.event.get(SYSTEM, {}).get("fv", "0") not in ("", "0")

    @property
    def followed_denial(self) -> bool:
        """Whether earlier hits of this page may have left while consent was denied, with the client id they came with."""
        return granted_later(self.event, "analytics_storage")

    @property
    def is_cross_site(self) -> bool:
        """Whether the page is of another site, so that the browser will keep no cookie of ours."""
        return self.request.header("sec-fetch-site") == "cross-site"

    @property
    def linked(self) -> str:
        found = self.event.get(_LINKED)
        return found if isinstance(found, str) else ""

    def in_browser(self) -> str | None:
        """The client id that the browser remembers, where the one that the hit says may be a temporary one.

        While consent is denied gtag makes up a client id, and takes a visitor whom the browser remembers for a new one.
        """
        if not (self.is_first_visit or self.is_repeat or self.followed_denial):
            return None
        return remembered(self.request, self.client_id)


class ServerCookies:
    """Reads and sets FPID and FPLC where the gate is open."""

    def __init__(self, settings: CookieSettings, setup: Setup, gate: Gate) -> None:
        self._settings = settings
        self._gate = gate
        self._domain = domain_by(settings.domain)
        self._key = key_of(settings, setup, b"FPID")
        secrets = given(settings)
        self._seal = _seal(*secrets) if secrets else None

    def identify(self, request: Request, events: Sequence[Event]) -> Headers:
        """Gives the events the visitor's client id; returns the cookies to set.

        The browser's client id goes to ``x-ga-js_client_id``. An event whose consent or ``when`` forbids it stays as it
        is; the first of the others decides for them all, and gtag's repeats only where there is nothing else: they make
        nobody known who was not. Changes the events in place.
        """
        allowed = [event for event in events if self._gate.opens(request, event)]
        if not allowed:
            return ()
        hit = _Hit(request, next((event for event in allowed if REPEAT not in event), allowed[0]))
        name = self._gate.name(request, hit.event)
        if not name:
            return ()
        domain = self._domain(request)
        kept = next(filter(None, map(read_fpid, values(request, name))), None)
        fpid = kept or replace(self._brought(hit) or self._new(hit), level=level(domain))
        for event in allowed:
            if "client_id" in event:
                event["x-ga-js_client_id"] = event["client_id"]
            event["client_id"] = fpid.client_id
        return () if hit.is_repeat and kept is None else self._cookies(hit, name, domain, fpid)

    def _brought(self, hit: _Hit) -> Fpid | None:
        """The visitor whom a link has brought from another site."""
        opened = self._seal.open(hit.linked, hit.now) if self._seal else None
        return opened.fpid if opened else None

    def _new(self, hit: _Hit) -> Fpid:
        """The visitor of the browser's client id, always the same one; without one, a visitor nobody has seen.

        The client id itself is carried on where it has been told to others already, or will be again: of a visitor from
        before the cookie, after a denial, and where the cookie will not be kept.
        """
        in_browser = hit.in_browser()
        client_id = in_browser or hit.client_id
        if client_id is None:
            return new_fpid(hit.request.entropy, hit.now)
        entropy = hmac.digest(self._key, client_id.encode("utf-8", "surrogatepass"), "sha256")
        is_new = is_young(client_id, hit.now) or (hit.is_first_visit and in_browser is None)
        carries_on = self._settings.migrate_from_js and (not is_new or hit.followed_denial or hit.is_cross_site)
        return (migrated(client_id, entropy) if carries_on else None) or new_fpid(entropy, seconds_of(client_id))

    def _cookies(self, hit: _Hit, name: str, domain: str | None, fpid: Fpid) -> Headers:
        settings = self._settings
        refreshed = set_cookie(name, fpid.text, max_age=int(settings.max_age), domain=domain, path=settings.path)
        if self._seal is None or not self._is_due(self._seal, hit, fpid):
            return (refreshed,)
        token = self._seal.seal(fpid, hit.now)
        life = HOURS * 3600
        return refreshed, set_cookie(FPLC, token, max_age=life, domain=domain, path=settings.path, http_only=False)

    def _is_due(self, seal: Seal, hit: _Hit, fpid: Fpid) -> bool:
        """Whether the browser has no FPLC, or one that is old, or of an earlier secret, or not this visitor's."""
        tokens = list(values(hit.request, FPLC))
        if hit.linked == "0" or not tokens:
            return hit.linked == "0"
        opened = next(filter(None, (seal.open(token, hit.now) for token in tokens)), None)
        return opened is None or opened.hours >= _RENEWED or not opened.is_current or opened.fpid != fpid


def _seal(first: bytes, *others: bytes) -> Seal:
    return Seal(derived(first, b"FPLC"), derived(first, b"FPLC nonce"), [derived(other, b"FPLC") for other in others])
