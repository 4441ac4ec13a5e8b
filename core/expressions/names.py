"""The names an expression may begin with, and how a key below each of them is read."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from core.expressions.chance import drawn
from core.expressions.error import ExpressionError, unknown
from core.expressions.urls import url_host, url_path
from core.expressions.values import known, scalar_text
from core.own_cookies import others, without_own
from core.pairs import first_values
from core.paths import LONGEST_PATH, get
from core.types import Request
from core.undefined import UNDEFINED

if TYPE_CHECKING:
    from core.context import Scope

Evaluate: TypeAlias = "Callable[[Scope], Any]"
"""One compiled piece of an expression. Pure, total; UNDEFINED where it has no value, and never None."""

Keys: TypeAlias = tuple[str, ...]

OF_ELEMENTS: Final = frozenset({"item", "item_index"})
"""Names that have a value only where the elements of a list are gone through."""

_PAGE: Mapping[str, Callable[[str], str | None]] = {"page_hostname": url_host, "page_path": url_path}
"""What is read out of page_location where the event does not say it itself."""

_COOKIE: Final = "cookie"

REQUEST: Final[Mapping[str, Callable[[Request], Any]]] = {
    "id": lambda request: request.id,
    "time": lambda request: request.received_at,
    "method": lambda request: request.method,
    "path": lambda request: request.path,
    "host": lambda request: request.header("host"),
    "ip": lambda request: request.ip,
    "query": lambda request: request.query,
    "query_string": lambda request: request.query_string,
    "headers": lambda request: _headers(request),
    "cookies": lambda request: others(request.cookies),
    "country": lambda request: request.geo.country,
    "region": lambda request: request.geo.region,
    "city": lambda request: request.geo.city,
    "random": lambda request: drawn(request.entropy),
}
_SEVERAL: Final = ("query", "headers", "cookies")
"""What of the request has names of its own below it; all else is a single value."""
CONSENT: Final = ("ad_storage", "analytics_storage", "ad_user_data", "ad_personalization")

PERSON: Final = ("email", "phone", "first_name", "last_name", "street", "city", "region", "postal_code", "country")
"""What ``user`` knows of a person, as it came; each has a hash too, normalised before: ``user.email_sha256``."""
KINDS: Final = (*PERSON, "birth_date", "gender", "external_id")
"""What vendors match people by, as filters call it."""
HASHED: Final = "_sha256"
HASHED_BY_THE_PAGE: Final = ("sha256_email", "sha256_phone", "sha256_first_name", "sha256_last_name", "sha256_street")
"""What else ``user`` knows: hashes that came with the event, as they came."""
USER: Final = (*PERSON, *(f"{kind}{HASHED}" for kind in PERSON), *HASHED_BY_THE_PAGE)
GA: Final = ("client_id", "session_id", "session_number")

ANSWERED: Final = ("answer", "status", "headers", "row", "index")
"""Names that mean something only where an answer is judged."""


def compile_name(root: str, keys: Keys, offset: int) -> Evaluate:
    """How ``root.key.key`` is read. Raises ExpressionError for a name that does not exist."""
    if root not in ROOTS:
        raise unknown("name", root, ROOTS.keys() - {*ANSWERED[1:]}, offset)
    return ROOTS[root](keys, offset)


def compile_step(base: Evaluate, key: Evaluate) -> Evaluate:
    """How ``base[key]`` is read where the key is known only per event."""
    return lambda scope: step(base(scope), key(scope))


def step(value: Any, key: Any) -> Any:
    """What stands below the value at a key that may be any value."""
    if type(value) is list and type(key) is int and -len(value) <= key < len(value):
        return known(value[key])
    text = scalar_text(key)
    if text is None:
        return UNDEFINED
    if type(value) is dict and text in value:
        return known(value[text])
    return known(get(value, text)) if len(text) <= LONGEST_PATH else UNDEFINED


def below(base: Evaluate, keys: Keys) -> Evaluate:
    """How constant keys are read below any value."""
    if not keys:
        return base
    path = ".".join(keys)
    return lambda scope: known(get(base(scope), path))


def _event(keys: Keys, offset: int) -> Evaluate:  # noqa: ARG001  one of many roots
    if not keys:
        return lambda scope: scope.event
    path = ".".join(keys)
    if path in _PAGE:
        return _page(lambda scope: scope.event, path)
    if "." in path:
        return lambda scope: known(get(scope.event, path))

    def read(scope: Scope) -> Any:
        value = scope.event.get(path)
        return UNDEFINED if value is None else value

    return read


def _original(keys: Keys, offset: int) -> Evaluate:  # noqa: ARG001  one of many roots
    path = ".".join(keys)
    if path in _PAGE:
        return _page(lambda scope: scope.context.original, path)
    return below(lambda scope: scope.context.original, keys)


def _page(source: Callable[[Scope], Mapping[str, Any]], name: str) -> Evaluate:
    part = _PAGE[name]

    def read(scope: Scope) -> Any:
        event = source(scope)
        value = event.get(name)
        if value is None:
            location = event.get("page_location")
            value = part(location) if type(location) is str else None
        return UNDEFINED if value is None else value

    return read


def _request(keys: Keys, offset: int) -> Evaluate:
    if not keys:
        raise ExpressionError("say what of the request you mean, such as request.path", offset)
    _check_known("request", keys, REQUEST, offset, single=keys[0] not in _SEVERAL)
    if keys[0] == "headers" and len(keys) == 2:
        return _header(keys[1].lower())
    part = REQUEST[keys[0]]
    return below(lambda scope: known(part(scope.context.request)), keys[1:])


def _header(name: str) -> Evaluate:
    if name == _COOKIE:
        return lambda scope: known(_headers(scope.context.request).get(name))
    return lambda scope: known(scope.context.request.header(name))


def _headers(request: Request) -> dict[str, str]:
    headers = first_values(request.headers)
    if _COOKIE in headers:
        headers[_COOKIE] = without_own(headers[_COOKIE])
    return headers


def _consent(keys: Keys, offset: int) -> Evaluate:
    _check_known("consent", keys, CONSENT, offset)
    return below(lambda scope: _object(scope.context.consent), keys)


def _check_known(root: str, keys: Keys, known: Iterable[str], offset: int, *, single: bool = True) -> None:
    """Refuses what would be undefined for ever: a name that there is not, or one below a ``single`` value."""
    if keys and keys[0] not in known:
        raise unknown("name", f"{root}.{keys[0]}", (f"{root}.{name}" for name in known), offset)
    if single:
        _check_single(".".join([root, *keys[:1]]), keys[1:], offset)


def _check_single(name: str, keys: Keys, offset: int) -> None:
    if keys:
        raise ExpressionError(f"{name} is a single value: there is no {keys[0]} below it", offset)


def _single(name: str, read: Evaluate, keys: Keys, offset: int) -> Evaluate:
    _check_single(name, keys, offset)
    return read


def _reading(name: str) -> _Root:
    return lambda keys, _: below(lambda scope: _object(scope.reading(name)), keys)


def _ga(keys: Keys, offset: int) -> Evaluate:
    _check_known("ga", keys, GA, offset)
    return _reading("ga")(keys, offset)


def _user(keys: Keys, offset: int) -> Evaluate:
    """``user.email`` as it came; ``user.email_sha256`` from a reader of its own, so that nobody else pays for hashing."""
    _check_known("user", keys, USER, offset)
    return _reading("user_sha256" if keys and keys[0].endswith(HASHED) else "user")(keys, offset)


def _object(mapping: Mapping[str, Any]) -> dict[str, Any]:
    return mapping if isinstance(mapping, dict) else dict(mapping)


def _variable(keys: Keys, offset: int) -> Evaluate:
    name = _first("var", keys, offset)

    def read(scope: Scope) -> Any:
        try:
            return known(scope.variable(name))
        except RecursionError:  # a chain of hundreds of variables
            return UNDEFINED

    return below(read, keys[1:])


def _environment(keys: Keys, offset: int) -> Evaluate:
    name = _first("env", keys, offset)
    return below(lambda scope: scope.context.shared.environment.get(name, UNDEFINED), keys[1:])


def _answered(name: str) -> _Root:
    return lambda keys, _: below(lambda scope: known(getattr(scope, name, UNDEFINED)), keys)


def _answered_header(keys: Keys, offset: int) -> Evaluate:
    return _answered("headers")(tuple(key.lower() for key in keys[:1]) + keys[1:], offset)


def _first(root: str, keys: Keys, offset: int) -> str:
    if not keys:
        raise ExpressionError(f"{root} needs a name that is written out, such as {root}.NAME", offset)
    return keys[0]


_Root: TypeAlias = Callable[[Keys, int], Evaluate]
ROOTS: Final[Mapping[str, _Root]] = {
    "event": _event,
    "original": _original,
    "request": _request,
    "client": lambda keys, offset: _single("client", lambda scope: scope.context.client, keys, offset),
    "consent": _consent,
    "user": _user,
    "ga": _ga,
    "user_properties": lambda keys, offset: _event(("x-ga-mp2-user_properties", *keys), offset),
    "var": _variable,
    "env": _environment,
    "item": lambda keys, _: below(lambda scope: known(scope.item), keys),
    "item_index": lambda keys, offset: _single("item_index", lambda scope: scope.item_index, keys, offset),
    **{name: _answered(name) for name in ANSWERED},
    "headers": _answered_header,
    "body": lambda keys, _: below(lambda scope: known(scope.context.body), keys),
}
