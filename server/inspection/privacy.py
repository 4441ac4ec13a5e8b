"""Masks secrets always, and personal data unless somebody asked to see it.

Personal data is known by its place (user data, addresses of visitors, the site's own cookies), by its look (e-mail addresses),
and by its value: what stood in such a place is masked wherever else it turns up. Texts are looked at through their
percent-encoding, and by RE2: what a visitor sends must not keep a worker busy when somebody looks at it. A value that is known is
looked for in each layer of it, since a secret may look encoded itself; what only looks like an address, in the last one, where
no escape is left that could pass for a part of it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from ipaddress import ip_address
from itertools import islice
from typing import Any, Final

import re2

from core.own_cookies import OWN
from core.percent import Span, View, decoded, layers, written
from core.redaction import DEEPEST_OBJECT
from core.secret import MASK
from core.types import Headers, Request
from server.visitors.marks import PREVIEW

HIDDEN: Final = "•••"
"""Stands for personal data."""

CREDENTIALS: Final = frozenset({
    *("authorization", "proxy-authorization", "x-api-key", "api_secret", "gtm_auth"),
    *("access-token", "access_token", "appsecret_proof", "token_auth", "x-pixel-token", PREVIEW),
})  # fmt: skip
"""Names, in lower case, whose values are secrets, whoever looks."""
_ADDRESSES = frozenset(
    {
        *("x-forwarded-for", "forwarded", "x-real-ip", "x-client-ip", "cf-connecting-ip", "cf-connecting-ipv6"),
        *("true-client-ip", "fastly-client-ip", "x-appengine-user-ip", "cloudfront-viewer-address", "x-cluster-client-ip"),
        *("ip_override", "ipoverride", "uip", "_uip"),
    }
)
_PEOPLE = re.compile(
    r"(?:.*\.)?(?:user_?data|em\d*|email|email_?address|phone|phone_?number)(?:\..*)?", re.IGNORECASE | re.DOTALL
)
_GOOGLES_COOKIES = re.compile(r"_ga(?:_.*)?|FP(?:ID|LC|AU|GCL.*|GSID)|_gcl_.*|_gid", re.IGNORECASE)
_SHORTEST: Final = 4
"""Characters from which on a value is masked wherever it turns up: shorter ones turn up everywhere."""
_LONGEST: Final = 500
_MOST: Final = 100
"""Personal values of one request that are looked for, none longer than ``_LONGEST``; each is masked at its own place anyway."""
_MOST_FOUND: Final = 200
"""A text in which more is found is masked as a whole: each match may cost a look at all that follows."""

_LETTER: Final = r"(?:[\pL\pN\pM_+'’-]|\\u[0-9A-Fa-f]{4})"
_EMAIL: Final = re2.compile(rf"(?:{_LETTER}|\.)+(?:@|\\u0040)(?:{_LETTER}+\.)+{_LETTER}+")
"""Looks like an e-mail address, also where JSON has escaped its letters."""
_BEARER: Final = re2.compile(r"\b[Bb][Ee][Aa][Rr][Ee][Rr][ +]+[A-Za-z0-9._~+/-]{16,}=*")
"""A token that somebody was given at run time, and that a vendor's answer repeats: no file and no environment knows it."""
_OPTIONS = re2.Options()
_OPTIONS.max_mem = 64 << 20
_OPTIONS.log_errors = False


class Privacy:
    """The masks for one request. ``secrets`` and ``personal`` are values; with ``reveal`` only secrets are masked."""

    def __init__(self, secrets: Iterable[str], personal: Iterable[str] = (), reveal: bool = False) -> None:
        self.reveal = reveal
        self._secrets = _of_secrets(frozenset(secrets))
        long = sorted((each for each in personal if len(each) <= _LONGEST), key=len, reverse=True)
        self._personal = () if reveal else _finder(long[:_MOST])

    def text(self, text: str) -> str:
        """The text, with every secret and what is known or looks to be personal replaced; halves of characters too."""
        text = text if text.isascii() else text.encode("utf-8", "replace").decode()
        for finder in self._secrets:
            text = _replaced(text, layers(text), finder, MASK)
        for finder in self._personal:
            text = _replaced(text, layers(text), finder, HIDDEN)
        text = _replaced(text, [decoded(text)], _BEARER, MASK)
        return text if self.reveal else _replaced(text, [decoded(text)], _EMAIL, HIDDEN)

    def named(self, name: str, value: str) -> str:
        """The value of a header, a parameter or a key of event data."""
        lower = name.lower()
        if lower in CREDENTIALS and value:
            return MASK
        if lower in ("cookie", "set-cookie"):
            return self._cookies(value, _ATTRIBUTES if lower == "set-cookie" else frozenset())
        if not self.reveal and value and is_personal(lower):
            return HIDDEN
        return self.text(value)

    def mask_of(self, source: str) -> str:
        """What stands for the value that an expression names so (``request.cookies.id``); empty where it may be shown."""
        place = place_of(source)
        if place.rpartition(".")[2] in CREDENTIALS:
            return MASK
        return HIDDEN if not self.reveal and _is_about_a_person(place) else ""

    def pairs(self, pairs: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
        """Names and values, in order."""
        return [(self.text(name), self.named(name, value)) for name, value in pairs]

    def value(self, value: Any, path: str = "", depth: int = 0) -> Any:
        """A value of event data or of a JSON body, masked part by part; ``path`` is where it stands."""
        if depth > DEEPEST_OBJECT:
            return HIDDEN
        if isinstance(value, dict):
            return {
                self.text(str(key)): self.value(item, _below(path, str(key), value), depth + 1) for key, item in value.items()
            }
        if isinstance(value, list):
            return [self.value(item, path, depth + 1) for item in value]
        if not self.reveal and value not in (None, "") and is_personal(path.lower()):
            return HIDDEN
        return self._within(value, path, depth) if isinstance(value, str) else value

    def _within(self, text: str, path: str, depth: int) -> str:
        """The text; one that holds JSON is masked part by part, too."""
        if text.startswith(("{", "[")):
            try:
                read = json.loads(text)
            except (ValueError, RecursionError):
                read = None
            masked = self.value(read, path, depth + 1)
            if masked != read:
                return self.text(json.dumps(masked, ensure_ascii=False, separators=(",", ":")))
        return self.named(path.rpartition(".")[2], _FIELD.sub(self._field, text))

    def _field(self, field: re.Match[str]) -> str:
        """``name=value`` in a URL or a form, whose value is masked where its name says so."""
        name = decoded(field["name"]).text.lower().removeprefix("amp;")
        mask = MASK if name in CREDENTIALS else HIDDEN if is_personal(name) and not self.reveal else ""
        return f"{field['name']}={mask}" if mask and field["value"] else field[0]

    def _cookies(self, header: str, shown: frozenset[str]) -> str:
        return "; ".join(self._cookie(*piece.strip().partition("="), shown) for piece in header.split(";"))

    def _cookie(self, name: str, equals: str, value: str, shown: frozenset[str]) -> str:
        if name in OWN and value:
            return f"{name}{equals}{MASK}"
        plain = self.reveal or _GOOGLES_COOKIES.fullmatch(name) or name.lower() in shown
        return f"{self.text(name)}{equals}{self.text(value) if plain or not value else HIDDEN}"


_FIELD: Final = re.compile(r"(?<![^?&\s])(?P<name>[^\s?&=]{1,100})=(?P<value>[^\s&#]*)")
_ATTRIBUTES = frozenset({"domain", "path", "max-age", "expires", "samesite"})


def _below(path: str, key: str, parent: Mapping[str, Any]) -> str:
    """Where the value of a key stands. The value of a pair (``{"key": "email", "value": …}``) stands where its name says."""
    if key == "value":
        key = next((name for name in (parent.get("key"), parent.get("name")) if isinstance(name, str)), key)
    return f"{path}.{key}" if path else key


def place_of(source: str) -> str:
    """The dotted path of what an expression names, in lower case: keys in brackets are keys like any other."""
    return re.sub(r"\[['\"]?(.*?)['\"]?\]", r".\1", source).lower()


def _is_about_a_person(place: str) -> bool:
    """Also of what the language itself offers: what is known of the person, the visitor's address, the site's own cookies."""
    root, _, rest = place.partition(".")
    if root == "request":
        kind, _, name = rest.partition(".")
        cookie = kind == "cookies" and not _GOOGLES_COOKIES.fullmatch(name)
        return kind == "ip" or cookie or (kind == "headers" and name in ("", "cookie", *_ADDRESSES))
    return root == "user" or is_personal(place)


def is_personal(place: str) -> bool:
    """Whether what stands at this place (a name, or a dotted path, in lower case) is personal by nature."""
    return place.rpartition(".")[2] in _ADDRESSES or _PEOPLE.fullmatch(place) is not None


def personal_values(request: Request, events: Iterable[Mapping[str, Any]]) -> set[str]:
    """Everything in the request that stands where personal data stands: addresses, and the leaves of user data."""
    found = {*_of_headers(request.headers), request.ip or ""}
    for event in events:
        found.update(text for path, text in leaves(event) if is_personal(path.lower()))
    return {value for value in found if not _is_here(value)}


def _is_here(address: str) -> bool:
    """Loopback addresses are nobody's personal data, and occur everywhere."""
    return not address or address.startswith("127.") or address in ("::1", "localhost")


def _of_headers(headers: Headers) -> Iterator[str]:
    for name, value in headers:
        if name in _ADDRESSES:
            yield from filter(None, map(_address, re.findall(r"[0-9A-Fa-f.:]{3,45}", value)))


def _address(text: str) -> str:
    """The address, of which a port may follow an IPv4 one; empty where it is none."""
    for address in (text, text.rpartition(":")[0]):
        try:
            ip_address(address)
        except ValueError:
            continue
        return address
    return ""


def leaves(value: Any, path: str = "", depth: int = 0) -> Iterator[tuple[str, str]]:
    """The texts and numbers in event data, each with its dotted path."""
    if depth > DEEPEST_OBJECT:
        return
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from leaves(item, f"{path}.{key}" if path else str(key), depth + 1)
    elif isinstance(value, list):
        for item in value:
            yield from leaves(item, path, depth + 1)
    elif isinstance(value, str | int | float) and not isinstance(value, bool):
        yield path, str(value)


def _replaced(text: str, views: Iterable[View], finder: Any, mark: str) -> str:
    """The text with ``mark`` in the place of whatever is found in one of its views."""
    spans: list[Span] = []
    for view in views:
        found = list(islice(finder.finditer(view.text), _MOST_FOUND + 1))
        if len(found) > _MOST_FOUND:
            return mark
        spans += [(view.starts[each.start()], view.starts[each.end()]) for each in found]
    return written(text).replaced((span, mark) for span in _apart(spans)) if spans else text


def _apart(spans: list[Span]) -> list[Span]:
    """The spans in order, those that overlap as one."""
    apart: list[Span] = []
    for start, end in sorted(spans):
        if apart and start < apart[-1][1]:
            apart[-1] = (apart[-1][0], max(end, apart[-1][1]))
        else:
            apart.append((start, end))
    return apart


@lru_cache(maxsize=8)
def _of_secrets(secrets: frozenset[str]) -> tuple[Any, ...]:
    """The finder of a configuration's secrets, which are the same for all of its requests."""
    return _finder(secrets)


def _finder(values: Iterable[str]) -> tuple[Any, ...]:
    """Finds any of the values, the longest first, as forms and JSON write them too; nothing where there are none."""
    known = {form for value in values if value != MASK for form in _written(value)}
    long = sorted((value for value in known if len(value) >= _SHORTEST), key=len, reverse=True)
    return (re2.compile("|".join(map(re2.escape, long)), _OPTIONS),) if long else ()


def _written(value: str) -> Iterator[str]:
    whole = value.encode("utf-8", "replace").decode()
    for plain in (whole, decoded(whole).text):
        yield from (plain, plain.replace(" ", "+"), json.dumps(plain)[1:-1], json.dumps(plain, ensure_ascii=False)[1:-1])
