"""The ids by which platforms know a click on an ad and a browser: of the event, of the page's URL, of a cookie."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable
from typing import Any, Final

from core.context import Context
from core.expressions.urls import url_host, url_query
from core.types import Event
from wire.conversions.commerce import text
from wire.cookies.domain import level, registrable

_LONGEST: Final = 1000
"""Characters of an id; a longer one is none."""

_FBC = re.compile(r"fb\.[0-2]\.\d{10,16}\.([A-Za-z0-9_.-]+?)(?:\.(?:[A-Za-z0-9_-]{2}|[A-Za-z0-9_-]{8}))?")
_FBP = re.compile(r"fb\.[0-2]\.\d{10,16}\.\d{1,10}(?:\.(?:[A-Za-z0-9_-]{2}|[A-Za-z0-9_-]{8}))?")
_GCL_OF_A_PAGE = re.compile(r"GCL\.\d+\.([\w.-]+)")
_GCL_OF_A_SERVER = re.compile(r"2\.1\.k([^$]+)\$i\d+.*")


class Clicks:
    """Of one event and its request."""

    def __init__(self, event: Event, context: Context) -> None:
        self._event = event
        self._cookies = context.request.cookies
        self._received_at = context.request.received_at

    def event(self, *keys: str) -> str | None:
        """What the event itself says under one of these keys."""
        return self._first(self._event.get(key) for key in keys)

    def page(self, parameter: str, *keys: str) -> str | None:
        """A parameter of the page's URL, or of another one that the event has under these keys."""
        return self._first(url_query(str(self._event.get(key) or ""), parameter) for key in (keys or ("page_location",)))

    def cookie(self, *names: str) -> str | None:
        """A cookie of the request, of these names the first that is there."""
        return self._first(self._cookies.get(name) for name in names)

    def usual(self, parameter: str, *cookies: str) -> str | None:
        """As most platforms look for it: the event (by either name), the page's URL, the cookies."""
        return self.event(parameter, *cookies) or self.page(parameter) or self.cookie(*cookies)

    def fbc(self) -> str | None:
        """Meta's id of a click. The click that the page's URL tells of makes a new one, unless the cookie is of that click."""
        kept = self._kept("fbc", _FBC)
        click = self.page("fbclid", "page_location", "page_referrer")
        if click is None or (kept and (found := _FBC.fullmatch(kept)) and found[1] == click):
            return kept
        return f"fb.{self._index()}.{self._received_at // 1000}.{click}"

    def fbp(self) -> str | None:
        """Meta's id of a browser."""
        return self._kept("fbp", _FBP)

    def _kept(self, name: str, pattern: re.Pattern[str]) -> str | None:
        """Meta's cookie, else what the event says in its place; one that is not written as Meta writes it is none."""
        said = (self.cookie(f"_{name}"), *map(self.event, (f"x-fb-ck-{name}", f"_{name}", name)))
        return next((each for each in said if each and pattern.fullmatch(each)), None)

    def klaviyo(self) -> str | None:
        """Klaviyo's id of whoever came by one of its mails; its script keeps it with others in a cookie of its own."""
        try:
            kept = json.loads(base64.b64decode(self.cookie("__kla_id") or "", validate=True))
        except (ValueError, RecursionError):
            kept = None
        return self.usual("_kx", "_kx") or (self._first([kept.get("$exchange_id")]) if isinstance(kept, dict) else None)

    def google(self, parameter: str, server_cookie: str, page_cookie: str) -> str | None:
        """Google's id of a click: the event, the page's URL, the cookie that a server has set, then the page's own."""
        return (
            self.event(parameter)
            or self.page(parameter)
            or _group(_GCL_OF_A_SERVER, self.cookie(server_cookie))
            or _group(_GCL_OF_A_PAGE, self.cookie(page_cookie))
            or _group(_GCL_OF_A_SERVER, self.cookie(page_cookie))
        )

    def _index(self) -> int:
        """How many labels the site's domain has besides the last, as Meta's cookies note it."""
        host = url_host(str(self._event.get("page_location") or "")) or ""
        return level(registrable(host)) - 1

    @staticmethod
    def _first(values: Iterable[Any]) -> str | None:
        return next((found for value in values if (found := text(value)) and len(found) <= _LONGEST), None)


def _group(pattern: re.Pattern[str], value: str | None) -> str | None:
    found = pattern.fullmatch(value) if value else None
    return found[1] if found else None
