"""The ids by which platforms know a click on an ad and a browser: of the event, of the page's URL, of a cookie."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable
from typing import Any, Final

from core.context import Context
from core.expressions.urls import url_host, url_query
from core.types import Event
from wire.conversions.commerce import text
from wire.cookies.domain import level, registrable
from wire.remember.forms import FBC, FBP, GCL_OF_A_PAGE, GCL_OF_A_SERVER, Form, Moment

_LONGEST: Final = 1000
"""Characters of an id; a longer one is none."""


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
        kept = self._kept("fbc", FBC)
        click = self.page("fbclid", "page_location", "page_referrer")
        if click is None or (kept and FBC.is_of(kept, click)):
            return kept
        return FBC.write(click, Moment(self._received_at, self._labels()))

    def fbp(self) -> str | None:
        """Meta's id of a browser."""
        return self._kept("fbp", FBP)

    def _kept(self, name: str, form: Form) -> str | None:
        """Meta's cookie, else what the event says in its place; one that is not written as Meta writes it is none."""
        said = (self.cookie(f"_{name}"), *map(self.event, (f"x-fb-ck-{name}", f"_{name}", name)))
        return next((each for each in said if each and form.read(each) is not None), None)

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
            or GCL_OF_A_SERVER.read(self.cookie(server_cookie) or "")
            or GCL_OF_A_PAGE.read(self.cookie(page_cookie) or "")
            or GCL_OF_A_SERVER.read(self.cookie(page_cookie) or "")
        )

    def _labels(self) -> int:
        """How many the site's domain has."""
        return level(registrable(url_host(str(self._event.get("page_location") or "")) or ""))

    @staticmethod
    def _first(values: Iterable[Any]) -> str | None:
        return next((found for value in values if (found := text(value)) and len(found) <= _LONGEST), None)
