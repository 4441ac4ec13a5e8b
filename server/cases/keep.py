"""Turns a recorded request into a test of the file. Values that differ between two runs are not expected."""

from __future__ import annotations

import base64
import string
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, Final
from urllib.parse import quote, unquote

from config.cases import CaseSettings, is_name
from core.query import plain_name
from core.secret import MASK
from core.types import Headers, Request
from core.undefined import UNDEFINED
from server.cases.duplicates import Duplicates
from server.cases.given import explained
from server.cases.subset import same
from server.cases.yaml_writer import items, writable
from server.explain.explanation import Explainer, Explanation
from server.explain.messages import Message, messages

_ALWAYS: Final = frozenset({"user-agent", "referer", "origin", "accept-language", "content-type"})
_HINTS: Final = "sec-ch-"
_NEVER: Final = frozenset({"authorization", "proxy-authorization"})
_COOKIE: Final = "cookie"
_SECRETS: Final = frozenset({"api_secret", "gtm_auth"})
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_UNSAFE: Final = frozenset("\r\n\0")
_IN_PATH: Final = "/:@!$&'()*+,;=-._~"
_IN_QUERY: Final = "".join(each for each in string.punctuation if each not in "#{}")

Explain = Callable[[Request], Explanation]


def keep(request: Request, explainer: Explainer, name: str) -> str:
    """The YAML of one item for ``tests:``, which holds in the explainer's configuration.

    ``request`` is as the server got it, path prefix included; ``explainer`` is of a configuration that was loaded masked, so
    that no secret is written down. It explains the request as it was and as a test would, with other ids and another
    randomness: only what is the same both times is expected. Of the headers those are kept that a page or a browser tells,
    and others, and cookies, where they make a difference; never credentials.
    """
    explain = partial(_explain, replace(explainer, tag=None))
    kept = _without_noise(replace(request, query_string=_masked(request.query_string)), explain)
    given = {"name": _name(name), "request": _request(kept), "clock": _clock(request.received_at)}
    tested = explained(CaseSettings.model_validate(given), replace(explainer, tag=None))[()]
    return items([{**given, **_expected(explain(kept), tested, list(explainer.assembled.tags))}])


def _explain(explainer: Explainer, request: Request) -> Explanation:
    """As if it were sent at once."""
    now = request.received_at
    return replace(explainer, now=now, accept=partial(Duplicates().leave_out, now=now)).request(request)


def _name(text: str) -> str:
    name = " ".join(text.split()) or "a request as it was seen"
    return name if writable(name) else name.encode("utf-8", "replace").decode().replace("{{", "{ {")


def _clock(microseconds: int) -> str:
    return (_EPOCH + timedelta(microseconds=microseconds)).isoformat().replace("+00:00", "Z")


def _masked(query: str) -> str:
    """The query without the secrets of a sender; under a masked configuration the mask is known."""
    pieces = (piece.partition("=") for piece in query.split("&"))
    return "&".join(f"{name}={MASK}" if _is_secret(name) else f"{name}{equals}{value}" for name, equals, value in pieces)


def _is_secret(name: str) -> bool:
    return plain_name(unquote(name)) in _SECRETS


def _without_noise(request: Request, explain: Explain) -> Request:
    """The request with the headers that are kept."""
    cookies = [("cookie", piece.strip()) for name, line in request.headers if name == _COOKIE for piece in line.split(";")]
    others = [pair for pair in request.headers if pair[0] not in _NEVER and pair[0] != _COOKIE]
    pairs = [pair for pair in (*others, *cookies) if is_name(pair[0]) and writable(pair[1]) and _UNSAFE.isdisjoint(pair[1])]
    whole = _outcome(explain(_with(request, pairs)))
    for pair in list(pairs):
        fewer = [each for each in pairs if each is not pair]
        if not _is_told(pair[0]) and _outcome(explain(_with(request, fewer))) == whole:
            pairs = fewer
    return _with(request, pairs)


def _is_told(name: str) -> bool:
    return name in _ALWAYS or name.startswith(_HINTS)


def _with(request: Request, pairs: Sequence[tuple[str, str]]) -> Request:
    """The request with these headers, its cookies in one."""
    cookies = "; ".join(value for name, value in pairs if name == _COOKIE)
    others: Headers = tuple(pair for pair in pairs if pair[0] != _COOKIE)
    return replace(request, headers=(*others, (_COOKIE, cookies)) if cookies else others)


def _outcome(explanation: Explanation) -> tuple[object, ...]:
    return explanation.run, explanation.reply, explanation.requests


def _request(request: Request) -> dict[str, Any]:
    found: dict[str, Any] = {"url": _url(request)}
    if request.method != ("POST" if request.body else "GET"):
        found["method"] = request.method
    if request.headers:
        found["headers"] = {name: request.header(name) for name, _ in request.headers}
    if request.body:
        found |= _body(request.body)
    return found | ({"ip": request.ip} if request.ip is not None else {})


def _url(request: Request) -> str:
    path = "/" + quote(request.path.removeprefix("/"), safe=_IN_PATH, errors="replace")
    query = quote(request.query_string, safe=_IN_QUERY, errors="replace")
    return f"{path}?{query}" if query else path


def _body(body: bytes) -> dict[str, str]:
    try:
        text = body.decode()
    except UnicodeDecodeError:
        text = ""
    return {"body": text} if text and writable(text) else {"body_base64": base64.b64encode(body).decode()}


def _expected(seen: Explanation, tested: Explanation, tags: Sequence[str]) -> dict[str, Any]:
    """What both agree on."""
    found: dict[str, Any] = {}
    if seen.run.client == tested.run.client:
        found["client"] = seen.run.client
    sent, again = messages(seen), messages(tested)
    both = {tag: ([m for m in sent if m.tag == tag], [m for m in again if m.tag == tag]) for tag in tags}
    agreed = {tag: list(map(_message, *pair)) for tag, pair in both.items() if len(pair[0]) == len(pair[1])}
    if leaves := {tag: each for tag, each in agreed.items() if each}:
        found["sent"] = leaves
    if silent := [tag for tag, each in agreed.items() if not each]:
        found["not_sent"] = silent
    if seen.reply.status == tested.reply.status:
        found["reply"] = {"status": seen.reply.status}
    return found


def _message(seen: Message, tested: Message) -> dict[str, Any]:
    return dict(_parts(seen, tested))


def _parts(seen: Message, tested: Message) -> Iterator[tuple[str, Any]]:
    if seen.place == tested.place and writable(seen.place):
        yield "url", seen.place
    if query := _common(dict(seen.query), dict(tested.query)):
        yield "query", query
    value, other = seen.value(), tested.value()
    if not isinstance(value, dict | list):
        value, other = seen.body, tested.body
    body = _common(value, other)
    if body and body is not UNDEFINED:
        yield "body", body


def _common(one: Any, other: Any) -> Any:
    """What the file can hold of what is the same in both; UNDEFINED where nothing is."""
    if isinstance(one, dict) and isinstance(other, dict):
        found = {key: _common(one[key], other[key]) for key in one if key in other}
        return {key: item for key, item in found.items() if item is not UNDEFINED and writable({key: item})}
    if isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        listed = [_common(each, beside) for each, beside in zip(one, other, strict=True)]
        return listed if not any(each is UNDEFINED for each in listed) else UNDEFINED
    return one if same(one, other) and writable(one) else UNDEFINED
