"""Has the browser keep the ids of platforms, once for each request, where nothing speaks against it."""

from __future__ import annotations

import hmac
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from hashlib import sha256
from typing import Final, NamedTuple
from urllib.parse import unquote

from core.component import Setup
from core.expressions.urls import url_query
from core.remembered import NOTHING, Remembered
from core.types import Claim, Event, Finding, Headers, Reply, Request
from wire.consent import GRANTED, has_opted_out
from wire.cookies.domain import domain_by, level
from wire.cookies.gate import Gate
from wire.cookies.header import is_cookie_value, pairs, set_cookie
from wire.cookies.keys import key_of
from wire.cookies.settings import CookieSettings
from wire.nobody import is_nobodys
from wire.remember.forms import Moment
from wire.remember.table import TABLE, Cookie, Kept, Mint, Vendor

_ID: Final = re.compile(r"[A-Za-z0-9_.~=-]+")
"""What click ids are made of: nothing that a URL or a cookie would have to escape."""
_SECONDS: Final = re.compile(r"[0-9]{1,12}")
_SECOND: Final = 1_000_000
_LONGEST_SESSION: Final = 86_400 * _SECOND
"""Microseconds; what began before that is no session of this hit's."""
_LONGEST: Final = 1100
"""Characters of a cookie that is renewed."""

_NO_BROWSERS: Final = Remembered(
    why_not="the hit is passed on by a server: its ip_override is not the address that it came from", outcome="no_browser"
)
_OPTED_OUT: Final = Remembered(why_not="the browser has opted out (Global Privacy Control)", outcome="opted_out")
_CROSS_SITE: Final = Remembered(
    why_not="the page is of another site (sec-fetch-site: cross-site), and its browser keeps no cookie of this one",
    outcome="cross_site",
)
_CONDITION: Final = Remembered(why_not="cookies.when does not hold", outcome="condition")
_CONSENT: Final = {
    state: Remembered(why_not=f"consent ad_storage is {state}", outcome="consent") for state in ("denied", "unset")
}
_NONE: Final = Remembered(why_not="the page's URL has no click, and there is nothing to renew", outcome=NOTHING)


class Keeping(NamedTuple):
    """What it comes to: what is told, the headers of the reply, and what is odd about the clicks."""

    remembered: Remembered
    headers: Headers = ()
    findings: tuple[Finding, ...] = ()


class _Set(NamedTuple):
    """A cookie that is to be set, with its value as it is written."""

    kept: Kept
    cookie: Cookie
    value: str
    is_new: bool


class _Maker(NamedTuple):
    """What new cookies are made of: the randomness and the time of those of browsers, the time of those of clicks."""

    random: bytes
    began: Moment
    now: Moment

    def browser(self, cookie: Cookie, mint: Mint) -> str:
        """Of no platform's id another one's can be told."""
        return cookie.form.write(mint(int.from_bytes(sha256(self.random + cookie.name.encode()).digest())), self.began)


class Keeper:
    """Of one client."""

    def __init__(self, vendors: Iterable[Vendor], settings: CookieSettings, setup: Setup, gate: Gate) -> None:
        self._table = [kept for kept in TABLE if kept.vendor in frozenset(vendors)]
        self._key = key_of(settings, setup, b"remember")
        self._gate = gate
        self._domain = domain_by(settings.domain)
        self._path = settings.path

    def beside(self, claim: Claim, request: Request) -> Claim:
        """The claim with the cookies in its reply, and told."""
        keeping, reply = self.keep(request, claim.events), claim.reply
        if keeping is None or not isinstance(reply, Reply):
            return claim
        reply = replace(reply, headers=(*reply.headers, *keeping.headers)) if keeping.headers else reply
        findings = (*claim.findings, *keeping.findings)
        return replace(claim, reply=reply, findings=findings, remembered=keeping.remembered)

    def keep(self, request: Request, events: Sequence[Event]) -> Keeping | None:
        """The cookies of this request's reply. None where it has no event.

        Of several events those decide that nothing speaks against; of several clicks the latest counts.
        """
        if not events:
            return None
        against = [self._against(request, event) for event in events]
        allowed = [event for event, why_not in zip(events, against, strict=True) if why_not is None]
        if not allowed:
            return Keeping(next(filter(None, against)))
        domain = self._domain(request)
        maker = self._maker(request, allowed[0], level(domain))
        clicks, findings = _clicks(self._table, allowed)
        sent = _sent(request)
        found = (_settled(kept, clicks.get(kept.parameter), sent, maker) for kept in self._table)
        cookies = list(filter(None, found))
        new = tuple((each.cookie.name, each.value) for each in cookies if each.is_new)
        renewed = tuple(each.cookie.name for each in cookies if not each.is_new)
        headers = tuple(self._header(each, domain) for each in cookies)
        return Keeping(Remembered(new, renewed) if cookies else _NONE, headers, findings)

    def _against(self, request: Request, event: Event) -> Remembered | None:
        if event.get("ip_override") not in (None, request.ip):
            return _NO_BROWSERS
        if request.header("sec-gpc") == "1" or has_opted_out(event):
            return _OPTED_OUT
        state = self._gate.ad_storage(request, event)
        if state != GRANTED:
            return _CONSENT.get(state, _CONSENT["unset"])
        if request.header("sec-fetch-site") == "cross-site":
            return _CROSS_SITE
        return None if self._gate.condition_holds(request, event) else _CONDITION

    def _maker(self, request: Request, event: Event, labels: int) -> _Maker:
        """Hits of one session that come at once, before the browser has a cookie, make the same ids; another session others."""
        client_id, session = event.get("client_id"), event.get("ga_session_id")
        now, seed, began = request.received_at, request.entropy, request.received_at
        if isinstance(client_id, str) and isinstance(session, str) and client_id and not is_nobodys(client_id):
            seed = f"{client_id} {session}".encode("utf-8", "surrogatepass")
            seconds = int(session) if _SECONDS.fullmatch(session) else 0
            began = seconds * _SECOND if 0 <= now - seconds * _SECOND < _LONGEST_SESSION else now
        return _Maker(hmac.digest(self._key, seed, "sha256"), Moment(began, labels), Moment(now, labels))

    def _header(self, each: _Set, domain: str | None) -> tuple[str, str]:
        name, _, http_only = each.cookie
        life = each.kept.seconds
        return set_cookie(name, each.value, max_age=life, domain=domain, path=self._path, http_only=http_only, encoded=True)


def _sent(request: Request) -> Mapping[str, list[str]]:
    """What the browser has sent, by name, as it is written."""
    sent: defaultdict[str, list[str]] = defaultdict(list)
    for name, value in pairs(request):
        if value not in sent[name]:
            sent[name].append(value)
    return sent


def _clicks(table: Sequence[Kept], events: Sequence[Event]) -> tuple[Mapping[str, str], tuple[Finding, ...]]:
    """By parameter the latest click that the pages' URLs tell of; and those that are none."""
    clicks, findings = {}, []
    for kept in table:
        said = _said(kept, events) if kept.parameter else None
        if said and _is_click(said, kept):
            clicks[kept.parameter] = said
        elif said:
            told = (
                f"{kept.parameter} in the page's URL is no id of a click, which has letters, digits and _.~=- alone, and at most"
            )
            findings.append(Finding("dl", f"{told} {kept.longest}; it is not remembered.", "NO_CLICK_ID"))
    return clicks, tuple(findings)


def _said(kept: Kept, events: Sequence[Event]) -> str | None:
    begin = f"{kept.parameter}="
    for page in kept.pages:
        urls = [url for event in reversed(events) if isinstance(url := event.get(page), str) and begin in url]
        said = next(filter(None, (url_query(url, kept.parameter) for url in dict.fromkeys(urls))), None)
        if said:
            return said
    return None


def _is_click(said: str, kept: Kept) -> bool:
    """Whether it may be written into each of the cookies, so that it is read again as it was."""
    if len(said) > kept.longest or not _ID.fullmatch(said) or is_nobodys(said):
        return False
    return all(cookie.form.is_of(cookie.form.write(said, _ANY), said) for cookie in kept.cookies)


_ANY: Final = Moment(10**15, 1)


def _settled(kept: Kept, click: str | None, sent: Mapping[str, list[str]], maker: _Maker) -> _Set | None:
    """The cookie to set for one id. What the browser has stays as it is, but for another click."""
    cookie = next((each for each in kept.cookies if sent.get(each.name)), kept.cookies[-1])
    values = [value for value in sent.get(cookie.name, ()) if _is_kept(value, cookie)]
    if click is not None:
        same = next((value for value in values if cookie.form.is_of(value, click)), None)
        return _Set(kept, cookie, same or cookie.form.write(click, maker.now), is_new=same is None)
    if values:
        # Which of several a renewed one would take the place of, nobody can tell.
        return _Set(kept, cookie, values[0], is_new=False) if kept.renewed and len(values) == 1 else None
    return _Set(kept, cookie, maker.browser(cookie, kept.mint), is_new=True) if kept.mint else None


def _is_kept(value: str, cookie: Cookie) -> bool:
    """Whether it can be sent back as it came, and is written as the platform writes it."""
    return len(value) <= _LONGEST and is_cookie_value(value) and cookie.form.read(unquote(value)) is not None
