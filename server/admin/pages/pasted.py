"""What somebody pastes on the Try page, as a request or as event data."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, Final

from server.control.sockets import Command
from server.explain.curl import read_curl
from server.explain.hit import Hit, HitError
from server.explain.readers import of_url
from server.explain.readers import read_hits as read_lines

MOST: Final = 20
"""Requests that are tried at a time."""
PAYLOADS: Final = "/mp/collect"


def commands(text: str, kind: str, client: str, ip: str) -> list[Command]:
    """The commands for a worker. ``kind`` is auto, url, curl, payload or event. Raises HitError."""
    text = text.strip()
    if not text:
        raise HitError("there is nothing to try: paste a URL, a curl command, a hit or a payload")
    kind = _kind(text) if kind not in _READERS else kind
    if kind == "event":
        return [{"do": "try_event", "event": _object(text), "client": client, "ip": ip}]
    return [_command(hit, ip) for hit in _READERS[kind](text)[:MOST]]


def _kind(text: str) -> str:
    if text.startswith("curl"):
        return "curl"
    if not text.startswith("{"):
        return "url"
    read = _object(text.splitlines()[0] if text.splitlines()[0].endswith("}") else text)
    if "log" in read:
        raise HitError("this is a visit that is saved as HAR: `tagyard explain --har FILE` shows what would become of it")
    return "url" if "url" in read else "event" if "event_name" in read else "payload"


def _object(text: str) -> dict[str, Any]:
    try:
        read = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise HitError(f"is not JSON: {error}") from None
    if not isinstance(read, dict):
        raise HitError("must be a JSON object")
    return read


def _payload(text: str) -> list[Hit]:
    _object(text)
    hit = of_url(PAYLOADS, "POST", text.encode())
    return [Hit(hit.method, hit.url, (("content-type", "application/json"),), hit.body)]


_READERS: Final[Mapping[str, Callable[[str], list[Hit]]]] = {
    "url": lambda text: read_lines(text, "pasted"),
    "curl": lambda text: read_curl(text, "pasted"),
    "payload": _payload,
    "event": lambda _: [],
}


def _command(hit: Hit, ip: str) -> Command:
    request = hit.request("tried", 0, None)
    return {
        "do": "try",
        "method": hit.method,
        "path": request.path,
        "raw_path": hit.raw_path.decode("utf-8", "replace"),
        "query": request.query_string,
        "headers": [list(pair) for pair in request.headers],
        "body": hit.body.decode("utf-8", "surrogateescape"),
        "ip": ip,
    }
