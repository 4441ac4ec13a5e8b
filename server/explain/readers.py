"""Requests to explain, read from what people have at hand: a URL, a hits file, a HAR file, a curl command."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from core.target import written
from core.types import Headers
from server.explain.hit import Hit, HitError, body_of, split

_UNSAFE = frozenset("\r\n\0")
_BEGINS_HAR = re.compile(r'\s*\{\s*"log"\s*:\s*\{')


def header(line: str) -> tuple[str, str]:
    """``Name: value`` as a pair. Raises HitError."""
    name, colon, value = line.partition(":")
    if not colon or not name.strip() or not _UNSAFE.isdisjoint(line):
        raise HitError(f"{line!r} is not a header; write 'Name: value'")
    return name.strip().lower(), value.strip()


def of_url(url: str, method: str | None, body: bytes) -> Hit:
    """The request to this URL: a GET, or a POST where there is a body."""
    shown = written(url)
    split(shown)
    return Hit(method or ("POST" if body else "GET"), shown, (), body)


def read_hits(text: str, name: str) -> list[Hit]:
    """A hits file: one JSON object a line, or one URL a line with an optional TAB and body. Raises HitError."""
    if _BEGINS_HAR.match(text):
        raise HitError(
            f"{name} is a HAR file, and a hits file has a request in each line: "
            f"jq -c '.log.entries[].request | {{method, url, body: .postData.text}}' {name}"
        )
    hits = []
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            try:
                hits.append(_hit(line.rstrip("\r")))
            except HitError as error:
                raise HitError(f"{name}:{number}: {error}") from None
    return hits


def _hit(line: str) -> Hit:
    if not line.lstrip().startswith("{"):
        url, _, body = line.partition("\t")
        return _written_url(url.strip(), body)
    try:
        return recorded(json.loads(line))
    except ValueError as error:
        raise HitError(f"is not JSON: {error}") from None


def _written_url(url: str, body: str) -> Hit:
    if "/" not in url or " " in url:
        raise HitError("is neither a JSON object nor a URL, such as /g/collect?v=2&tid=G-ABC1234567&cid=1.2&en=page_view")
    return of_url(url, None, body_of(body))


def recorded(value: Mapping[str, Any]) -> Hit:
    """A request as JSON: ``method``, ``url``, ``headers``, ``body``; other keys are ignored. Raises HitError."""
    method, url, headers, body = (value.get(key) for key in ("method", "url", "headers", "body"))
    if not isinstance(url, str) or not url:
        raise HitError("url must be a text")
    if not isinstance(body, str | None):
        raise HitError("body must be a text")
    if not isinstance(method, str | None):
        raise HitError("method must be a text")
    hit = of_url(url, method.upper() if method else None, body_of(body or ""))
    return Hit(hit.method, hit.url, _headers({} if headers is None else headers), hit.body)


def _headers(headers: object) -> Headers:
    if not isinstance(headers, dict) or not all(isinstance(value, str) for value in headers.values()):
        raise HitError("headers must be an object of texts")
    if not _UNSAFE.isdisjoint("".join(headers.values())):
        raise HitError("a header holds a line break or a NUL")
    return tuple((name.lower(), value) for name, value in headers.items())


def read_har(text: str, name: str) -> list[Hit]:
    """The requests of a HAR file, as browsers' developer tools save it. Raises HitError."""
    try:
        entries = json.loads(text)["log"]["entries"]
        return [recorded(_har_request(entry["request"])) for entry in entries]
    except ValueError as error:
        raise HitError(f"{name}: is not JSON: {error}") from None
    except (KeyError, TypeError, AttributeError):
        raise HitError(f"{name}: is not a HAR file: it lacks log.entries, or one of them a request") from None
    except HitError as error:
        raise HitError(f"{name}: {error}") from None


def _har_request(request: Mapping[str, Any]) -> Mapping[str, Any]:
    return {
        "method": request["method"],
        "url": request["url"],
        "headers": _har_headers(request.get("headers", [])),
        "body": (request.get("postData") or {}).get("text"),
    }


def _har_headers(headers: Iterable[Mapping[str, str]]) -> Mapping[str, str]:
    """HTTP/2's pseudo headers are left out, but for the authority, which is the host."""
    named = {each["name"].lower().replace(":authority", "host"): each["value"] for each in headers}
    return {name: value for name, value in named.items() if not name.startswith(":")}
