"""The paths to which Google's tags send where they think that Google's tag gateway, or a container of Google's, is behind a host.

They carry conversions, remarketing, form data, and GA4's hits under other names. The gateway is a service of Google's that a
site's proxy leads to: ``https://<tag id>.fps.goog/<path of the site's choice>/...``, which takes the visitor's address as
``uip`` (``_uip`` in GA4's hits). What tags send without a gateway goes to hosts of Google's, each known from what scripts of
2024 to 2026 do in a browser. Which host takes the rest is not known.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qsl, quote, unquote

from core.types import OutboundRequest, Request

GATEWAY: Final = "the gateway"
"""Stands for a host that follows from the tag's id."""

_GOOGLE: Final = "www.google.com"
_AD_SERVICES: Final = "www.googleadservices.com"
_SYNDICATION: Final = "pagead2.googlesyndication.com"

_ID: Final = r"(?:/(?P<id>[0-9]{1,20}))?/?"


@dataclass(frozen=True, slots=True)
class GooglePath:
    """Paths of one form. ``name`` is what they are counted by; ``host`` takes them, or nobody does, and ``why_not`` says why."""

    form: re.Pattern[str]
    name: str
    what: str
    host: str | None
    why_not: str = "which of Google's hosts takes it is not known"


def _path(form: str, name: str, what: str, host: str | None, *why_not: str) -> GooglePath:
    return GooglePath(re.compile(form, re.ASCII), name, what, host, *why_not)


_CONVERSION: Final = "an Ads conversion"
_OWN_COOKIES: Final = "this server sets its cookies with the replies to hits"
_OF_GATEWAY: Final = "of Google's tag gateway"

TABLE: Final = (
    _path("/(ag|ga)/g/c(ollect)?", "gateway_ga4", f"a GA4 hit {_OF_GATEWAY}", GATEWAY),
    _path(f"/as/p/c{_ID}", "gateway_conversion", f"{_CONVERSION} {_OF_GATEWAY}", GATEWAY),
    _path(f"/gs/pagead/conversion{_ID}", "gateway_conversion", f"{_CONVERSION} {_OF_GATEWAY}", GATEWAY),
    _path(f"/gs/measurement/conversion{_ID}", "gateway_conversion", f"{_CONVERSION} {_OF_GATEWAY}", GATEWAY),
    _path(f"/(as/|g/)?d/ccm/conversion{_ID}", "gateway_conversion", f"{_CONVERSION} {_OF_GATEWAY}", GATEWAY),
    _path(f"/(gs|as|g)/ccm/conversion{_ID}", "gateway_conversion", f"{_CONVERSION} {_OF_GATEWAY}", GATEWAY),
    _path(f"/(as/|g/|gs/)?d/ccm/form-data{_ID}", "gateway_form_data", f"Ads form data {_OF_GATEWAY}", GATEWAY),
    _path("/(g|gs)/ccm/collect", "gateway_ads", f"a page view for Ads {_OF_GATEWAY}", GATEWAY),
    _path("/(ag|ga|as|gs)/.*|/g/(ccm|d|s)/.*|/d/ccm/.*", "gateway_other", f"a path {_OF_GATEWAY}", None),
    _path("/mc/collect", "merchant_center", "a hit for Merchant Center", "www.merchant-center-analytics.goog"),
    _path("/measurement/conversion/?", "conversion", _CONVERSION, _SYNDICATION),
    _path(f"/pagead/conversion{_ID}", "conversion", _CONVERSION, _AD_SERVICES),
    _path(f"/pagead/(1p-conversion|uconversion){_ID}", "conversion", _CONVERSION, _GOOGLE),
    _path(f"/pagead/viewthroughconversion{_ID}", "remarketing", "a hit for remarketing", "googleads.g.doubleclick.net"),
    _path(f"/pagead/1p-user-list{_ID}|/rmkt/collect{_ID.replace('id', 'list')}", "remarketing", "a hit for remarketing", _GOOGLE),
    _path(f"/(pagead|ccm)/form-data{_ID}", "form_data", "Ads form data", _GOOGLE),
    _path("/ccm/collect", "ads", "a page view for Ads", _GOOGLE),
    _path("/ccm/s/collect", "ads", "a page view for Ads", "ad.doubleclick.net"),
    _path("/pagead/.*|/ccm/.*|/rmkt/.*|/ddm/.*|/activity[;/].*", "ads_other", "a path of Google's Ads tags", None),
    _path("/_/set_cookie|/_set_cookie", "set_cookie", "a cookie of Google's tagging server", None, _OWN_COOKIES),
)
"""The first form that fits a path counts."""

TELEMETRY: Final = _path("", "telemetry", "a script's report about itself", "www.googletagmanager.com")
"""Known by its query rather than by its path."""


def google_path(path: str) -> GooglePath | None:
    """What this path is to Google's tags; None where it is nothing."""
    if not path.startswith(_BEGINNINGS):
        return None
    return next((each for each in TABLE if each.form.fullmatch(path)), None)


_BEGINNINGS: Final = (
    *(
        "/ag/",
        "/ga/",
        "/as/",
        "/gs/",
        "/g/ccm/",
        "/g/d/",
        "/g/s/",
        "/d/ccm/",
        "/mc/collect",
        "/measurement/conversion",
        "/pagead/",
    ),
    *("/ccm/", "/rmkt/", "/ddm/", "/activity", "/_/set_cookie", "/_set_cookie"),
)


def named_ids(known: GooglePath, request: Request) -> list[str]:
    """The ids that the request is for: that of the Ads account in the path, else the query's. Google may read either of two."""
    found = known.form.fullmatch(request.path)
    account = next(filter(None, found.groupdict().values()), "") if found else ""
    if account:
        return [f"AW-{account}"]
    pairs = parse_qsl(request.query_string.replace(";", "&"))
    return [value for name, value in pairs if name == "tid"] or [value for name, value in pairs if name == "id"]


MEASUREMENT_PATH: Final = "tagyard"
"""The gateway wants a path before its own; any of six to ten letters and digits will do."""


def origin_of(known: GooglePath, owner: str) -> str:
    """Where a path goes whose host is known; ``owner`` is the tag whose gateway takes it."""
    return f"https://{owner.lower()}.fps.goog" if known.host == GATEWAY else f"https://{known.host}"


def passed_on(request: Request, known: GooglePath, origin: str) -> OutboundRequest:
    """The request as it goes to Google: what the browser itself would have told Google, and the address that it has."""
    by_gateway = known.host == GATEWAY
    path = f"/{MEASUREMENT_PATH}{request.path}" if by_gateway else request.path
    query = "&".join(_query(request, known)) if by_gateway else encoded(request.query_string)
    url = f"{origin}{path}?{query}" if query else f"{origin}{path}"
    return OutboundRequest(request.method, url, tuple(_told(request)), request.body, ())


def _query(request: Request, known: GooglePath) -> Iterator[str]:
    """The pieces of the query, with the visitor's address in the place of whatever it says of that."""
    name = "_uip" if known.name == "gateway_ga4" else "uip"
    pieces = encoded(request.query_string).split("&")
    yield from (piece for piece in pieces if piece and unquote(piece.partition("=")[0]).lower() != name)
    if request.ip is not None:
        yield f"{name}={quote(request.ip)}"


def encoded(query: str) -> str:
    """The query of a request as it came, but for what no URL may hold."""
    return quote(query, safe=_IN_QUERY, encoding="latin-1", errors="replace")


_IN_QUERY: Final = "%&=+-._~!$'()*,:;@/?|"


_PASSED_ON: Final = frozenset({"user-agent", "accept", "accept-language", "content-type", "sec-gpc", "dnt"})
_HINTS: Final = "sec-ch-ua"
_PAGE: Final = re.compile(r"https?://[^/?#\s@]{1,260}", re.ASCII)


def _told(request: Request) -> Iterator[tuple[str, str]]:
    """The headers: no cookies, which are the site's; of the page's address only where it is, as browsers tell another site."""
    yield from ((name, value) for name, value in request.headers if name in _PASSED_ON or name.startswith(_HINTS))
    page = _PAGE.match(request.header("referer") or request.header("origin") or "")
    if page:
        yield "referer", f"{page[0]}/"
    if request.ip is not None:
        yield "x-forwarded-for", request.ip
    country, region = request.geo.country or "", request.geo.region or ""
    if _CODE.fullmatch(country):
        yield "x-forwarded-country", country
        if _CODE.fullmatch(region):
            yield "x-forwarded-region", region


_CODE: Final = re.compile("[A-Z0-9]{1,3}")
