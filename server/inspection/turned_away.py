"""Requests that no client was asked about, as a page shows them: printable, bounded, and with secrets and people masked.

Of a broken head nothing is certain, so whatever looks like a part of one is masked as that part: words with a query in them as
URLs, lines with a colon as header fields, also where a space stands before it or the line goes on in the next.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from ipaddress import ip_network
from typing import Any, Final, TypedDict

from config.networks import NAMED, Networks
from core.types import Request
from server.inspection.advice import advice_of
from server.inspection.present import Pairs, Shown, masked_url
from server.inspection.privacy import HIDDEN, Privacy, personal_values
from server.observe import Counts, Observer, RefusedRequest
from server.observe.refused_requests import LONGEST_FIELDS, LONGEST_LINE, MOST
from server.system.terminal import visible
from server.visitors.forwarding import read_address

LONGEST: Final = 300
"""Characters that are shown of a value."""
MOST_FIELDS: Final = 30
"""Header fields that are shown."""

_INNER: Final = Networks(map(ip_network, NAMED["private"]))
_KEPT: Final = {4: 24, 6: 48}
"""Bits of an address that are shown, by its version."""

_LINE_END: Final = re.compile(r"\r\n?|\n")
_REQUEST_LINE: Final = re.compile(r"([A-Za-z-]{1,32}) (\S+)(?: HTTP/\d\.\d)?")
_USER: Final = re.compile(r"(?<=://)[^/?@\s]*@")
_FIELD: Final = re.compile(r"[^\sA-Za-z0-9]{0,8}([A-Za-z][A-Za-z0-9_-]{0,63})[^A-Za-z0-9_:]{0,8}:(.*)", re.DOTALL)
_CUT: Final = re.compile(r"[^/?&]*\Z")


class RefusedLine(TypedDict):
    """One of them. ``at`` in microseconds since 1970; ``size`` in bytes, of the head as far as it came.

    ``method`` is empty where the first line is no request's: then ``target`` is what came instead. ``address`` is the peer's,
    ``visitor`` the visitor's where it is another; ``announced`` the length that the body was to have, as it was written.
    """

    worker: int
    number: int
    id: str
    at: int
    reason: str
    title: str
    what: str
    todo: str
    status: int
    method: str
    target: str
    host: str
    origin: str
    agent: str
    address: str
    visitor: str
    announced: str
    size: int
    fields: Pairs


@dataclass(frozen=True, slots=True)
class _Head:
    """A head as text, as far as it is one. ``broken`` is what stood in the place of a request line."""

    method: str
    target: str
    broken: str
    fields: list[tuple[str, str]]

    def named(self, name: str) -> str:
        return next((value for each, value in self.fields if each.lower() == name), "")


class Refused(TypedDict):
    """``requests``, the latest first; ``older``: there are more. ``counts`` are since the start."""

    requests: list[RefusedLine]
    older: bool
    counts: Mapping[str, int]


NO_REQUESTS: Final = frozenset({"idle", "no_request", "unread_answer"})
"""Why connections end without a request that would be refused."""


def refused_requests(observer: Observer, worker: int, command: Mapping[str, Any]) -> Shown:
    """The answer to ``refused``."""
    reason, before = command.get("reason"), command.get("before") or math.inf
    limit = min(int(command.get("limit") or MOST), MOST)
    found = [each for each in observer.turned_away.latest() if each.at < before and reason in (None, "", each.reason)]
    secrets = observer.serving.secret_values
    told: Refused = {
        "requests": [refused_line(each, worker, secrets) for each in found[:limit]],
        "older": len(found) > limit,
        "counts": refused_counts(observer.counts),
    }
    return {**told}


def refused_counts(counts: Counts) -> dict[str, int]:
    """How many were refused since the start, by the reason."""
    every = {**counts.turned_away, **counts.connections_closed, "not_kept": counts.refused}
    return {reason: count for reason, count in every.items() if count and reason not in NO_REQUESTS}


def refused_line(refused: RefusedRequest, worker: int, secrets: Iterable[str]) -> RefusedLine:
    """The line of the page."""
    head, advice = _head(refused), advice_of(refused.reason)
    pairs = tuple((name.lower(), value) for name, value in head.fields)
    asked = Request("", refused.at, head.method, head.target.partition("?")[0], headers=pairs, ip=refused.ip)
    privacy = Privacy(secrets, {*personal_values(asked, ()), *_unless_inner(refused.peer)})
    shown = [(_shown(name), _shown(privacy.named(name, value))) for name, value in head.fields]
    by_name = _Head("", "", "", shown)
    return {
        "worker": worker,
        "number": refused.number,
        "id": refused.id,
        "at": refused.at,
        "reason": refused.reason,
        "title": advice.title,
        "what": advice.what,
        "todo": advice.todo,
        "status": refused.status,
        "method": _shown(privacy.text(head.method)),
        "target": _shown(masked_url(head.target, privacy) if head.method else _masked_words(head.broken, privacy)),
        "host": by_name.named("host"),
        "origin": by_name.named("origin"),
        "agent": by_name.named("user-agent"),
        "address": network(refused.peer),
        "visitor": network(refused.ip) if refused.ip != refused.peer else "",
        "announced": by_name.named("content-length"),
        "size": refused.size,
        "fields": shown[:MOST_FIELDS],
    }


def network(address: str | None) -> str:
    """The network of an address, which tells nobody apart; an inner address, as proxies have, as it is."""
    read = None if address is None else read_address(address)
    if read is None:
        return HIDDEN if address else ""
    if read in _INNER:
        return str(read)
    return str(ip_network((int(read), _KEPT[read.version]), strict=False))


def _unless_inner(peer: str | None) -> set[str]:
    return {peer} if peer and "/" in network(peer) else set()


def _head(refused: RefusedRequest) -> _Head:
    line, *lines = [*_LINE_END.split(_text(refused.line)), *_LINE_END.split(_text(refused.fields))]
    if len(refused.line) == LONGEST_LINE:
        line = _CUT.sub("…", line, count=1)
    if len(refused.fields) == LONGEST_FIELDS:
        del lines[-1]
    found = _REQUEST_LINE.fullmatch(line)
    if found is None and _FIELD.fullmatch(line):
        return _Head("", "", "", _fields([line, *lines]))
    return _Head(found[1] if found else "", found[2] if found else "", "" if found else line, _fields(lines))


def _text(raw: bytes) -> str:
    """Without who asks by whose name and password, which a URL may begin with."""
    return _USER.sub(f"{HIDDEN}@", raw.decode("utf-8", "backslashreplace"))


def _fields(lines: Iterable[str]) -> list[tuple[str, str]]:
    """Names and values. A line that is no field goes on with the one before, and is masked with it."""
    fields: list[tuple[str, str]] = []
    for line in lines:
        found = None if line[:1] in (" ", "\t") else _FIELD.fullmatch(line)
        if found:
            fields.append((found[1], found[2].strip()))
        elif line and fields:
            name, value = fields[-1]
            fields[-1] = name, f"{value} {line.strip()}"
        elif line:
            fields.append(("", line))
    return fields


def _masked_words(text: str, privacy: Privacy) -> str:
    return privacy.text(" ".join(masked_url(word, privacy) for word in text.split(" ")))


def _shown(text: str) -> str:
    """Printable, and not too long."""
    text = visible(text[: LONGEST + 1])
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"
