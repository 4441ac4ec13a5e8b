"""Masks secrets always, and personal data unless somebody asked to see it.

Personal data is known by its place (user data, addresses of visitors, the site's own cookies), by its look (e-mail addresses),
and by its value: what stood in such a place is masked wherever else it turns up, percent-encoded too.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final
from urllib.parse import quote, quote_plus

from core.secret import MASK
from core.types import Headers, Request

HIDDEN: Final = "•••"
"""Stands for personal data."""

_EMAIL = re.compile(r"[A-Za-z0-9._%+'-]+(?:@|%40|%2540)[A-Za-z0-9-]+(?:(?:\.|%2E)[A-Za-z0-9-]+)+", re.IGNORECASE)
_CREDENTIALS = frozenset({"authorization", "proxy-authorization", "x-api-key", "api_secret"})
_ADDRESSES = frozenset(
    {
        *("x-forwarded-for", "forwarded", "x-real-ip", "x-client-ip", "cf-connecting-ip", "cf-connecting-ipv6"),
        *("true-client-ip", "fastly-client-ip", "x-appengine-user-ip", "cloudfront-viewer-address", "x-cluster-client-ip"),
        *("ip_override", "uip", "_uip"),
    }
)
_PEOPLE = re.compile(r"(?:.*\.)?(?:user_data(?:\..*)?|em\d*|email|phone|phone_number)", re.IGNORECASE)
_GOOGLES_COOKIES = re.compile(r"_ga(?:_.*)?|FP(?:ID|LC|AU|GCL.*|GSID)|_gcl_.*|_gid", re.IGNORECASE)
_SHORTEST: Final = 4
"""Characters from which on a value is masked wherever it turns up: shorter ones turn up everywhere."""

Pairs = Sequence[tuple[str, str]]


class Privacy:
    """The masks for one request. ``secrets`` and ``personal`` are values; with ``reveal`` only secrets are masked."""

    def __init__(self, secrets: Iterable[str], personal: Iterable[str] = (), reveal: bool = False) -> None:
        self.reveal = reveal
        self._secrets = _finder(secrets)
        self._personal = None if reveal else _finder(personal)

    def text(self, text: str) -> str:
        """The text, with every secret and what is known or looks to be personal replaced."""
        if self._secrets:
            text = self._secrets.sub(MASK, text)
        if self.reveal:
            return text
        if self._personal:
            text = self._personal.sub(HIDDEN, text)
        return _EMAIL.sub(HIDDEN, text)

    def named(self, name: str, value: str) -> str:
        """The value of a header, a parameter or a key of event data."""
        lower = name.lower()
        if lower in _CREDENTIALS and value:
            return MASK
        if lower in ("cookie", "set-cookie"):
            return self._cookies(value)
        if not self.reveal and value and is_personal(lower):
            return HIDDEN
        return self.text(value)

    def pairs(self, pairs: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
        """Names and values, in order."""
        return [(self.text(name), self.named(name, value)) for name, value in pairs]

    def value(self, value: Any, path: str = "") -> Any:
        """A value of event data or of a JSON body, masked part by part; ``path`` is where it stands."""
        if isinstance(value, dict):
            return {self.text(str(key)): self.value(item, f"{path}.{key}" if path else str(key)) for key, item in value.items()}
        if isinstance(value, list):
            return [self.value(item, path) for item in value]
        if not self.reveal and value not in (None, "") and is_personal(path.lower()):
            return HIDDEN
        return self.named(path.rpartition(".")[2], value) if isinstance(value, str) else value

    def _cookies(self, header: str) -> str:
        return "; ".join(self._cookie(*piece.strip().partition("=")) for piece in header.split(";"))

    def _cookie(self, name: str, equals: str, value: str) -> str:
        shown = self.reveal or _GOOGLES_COOKIES.fullmatch(name) or name.lower() in _ATTRIBUTES
        return f"{self.text(name)}{equals}{self.text(value) if shown or not value else HIDDEN}"


_ATTRIBUTES = frozenset({"domain", "path", "max-age", "expires", "samesite"})


def is_personal(place: str) -> bool:
    """Whether what stands at this place (a name, or a dotted path, in lower case) is personal by nature."""
    return place.rpartition(".")[2] in _ADDRESSES or _PEOPLE.fullmatch(place) is not None


def personal_values(request: Request, events: Iterable[Mapping[str, Any]]) -> set[str]:
    """Everything in the request that stands where personal data stands: addresses, and the leaves of user data."""
    found = {*_of_headers(request.headers), request.ip or ""}
    for event in events:
        found.update(text for path, text in _leaves(event) if is_personal(path.lower()))
    return {value for value in found if not _is_here(value)}


def _is_here(address: str) -> bool:
    """This machine's own name for itself says nothing about anybody, and stands in many places."""
    return not address or address.startswith("127.") or address in ("::1", "localhost")


def _of_headers(headers: Headers) -> Iterator[str]:
    for name, value in headers:
        if name in _ADDRESSES:
            yield from (part.strip(' "[]') for part in re.split(r"[,;=]", value) if "." in part or ":" in part)


def _leaves(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from _leaves(item, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list):
        for item in value:
            yield from _leaves(item, path)
    elif isinstance(value, str):
        yield path, value


def _finder(values: Iterable[str]) -> re.Pattern[str] | None:
    """Finds any of the values, as it is or percent-encoded; the longest first."""
    encoders: tuple[Callable[[str], str], ...] = (str, quote, quote_plus, _wholly)
    long = {encode(value) for value in values if len(value) >= _SHORTEST and value != MASK for encode in encoders}
    return re.compile("|".join(map(re.escape, sorted(long, key=len, reverse=True)))) if long else None


def _wholly(value: str) -> str:
    return quote(value, safe="")
