"""What would become of a request, with nothing sent: the container's run, and the requests that its tags would make of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, TypeAlias

from config import Loaded, Settings
from config.assembly import Assembled
from core.container import Run
from core.context import Context, Shared
from core.pairs import shown_values
from core.remembered import Remembered
from core.tagplan import Verdict
from core.types import Declined, Event, Headers, Outbound, OutboundRequest, Reply, Request, Upstream
from core.unclaimed import reasons
from core.undefined import UNDEFINED
from server.explain.packed import PackedRequest, packed
from server.explain.printed import groups
from server.loading.configuration import Configuration
from server.public.probes import WELL, probe_of_health
from server.public.reception import Reception
from server.visitors.asker import forwarded
from server.visitors.origins import Origins, embeddable
from server.visitors.visitor import Visitors

NO_CONSENT: Final[Mapping[str, str]] = {}

Texts: TypeAlias = Mapping[str, str | list[str]]
"""Texts by name; a list where a name comes more than once."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """``reply`` is what the sender of the request gets, CORS headers included; ``requests`` what would leave, tag by tag."""

    request: Request
    run: Run
    reply: Reply
    requests: Sequence[PackedRequest]


@dataclass(frozen=True, slots=True)
class Explainer:
    """Explains requests one by one: none knows of another. ``tag`` limits what is told to this tag; ``now`` is the clock."""

    assembled: Assembled
    origins: Origins
    now: int
    tag: str | None = None
    prefix: str = ""
    visitors: Visitors | None = None
    accept: Callable[[Run], Run] | None = None
    """What is left of a run once it is accepted: the outbox leaves out duplicates."""

    def request(self, request: Request, raw_path: bytes = b"") -> Explanation:
        """What the container makes of the request, which is taken for one that came through a trusted proxy.

        ``raw_path`` is its path before it was decoded.
        """
        visitors, reception = self.visitors or Visitors(), Reception(self.prefix)
        asker = forwarded(request.method, request.headers, request.ip, visitors)
        geo = asker.visitor.geo if self.visitors else request.geo
        asked = replace(request, path=reception.inside(request.path), headers=asker.headers, geo=geo)
        probe = probe_of_health(request.method, request.path, request.headers)
        if probe is not None:
            return self._explained(asked, Run(None, WELL, probe=probe))
        inside, run = reception.handle(self.assembled.container, asked, request.path, raw_path)
        return self._explained(inside, run)

    def event(self, event: Event, client: str, request: Request, consent: Mapping[str, str] = NO_CONSENT) -> Explanation:
        """What the tags make of this event data, as if the client had read it from the request.

        ``consent`` by type is taken for what the request says; it counts over what the event data says.
        """
        container = self.assembled.container
        shared = _saying(container.shared, consent) if consent else container.shared
        run = container.run(Context(request, client, event, 0, shared))
        return self._explained(request, Run(client, Reply(204), (run,)))

    def _explained(self, request: Request, run: Run) -> Explanation:
        run = self.accept(run) if self.accept else run
        sent = [
            each
            for tag, payloads in groups(run.deliveries()).items()
            if self.shows(tag)
            for each in packed(tag, self.assembled.tags[tag], payloads, self.now)
        ]
        return Explanation(request, run, self.reply(request, run), sent)

    def reply(self, request: Request, run: Run) -> Reply:
        """What the sender of this request gets, CORS headers included."""
        reply = run.reply
        if isinstance(reply, Upstream):
            reply = Reply(200, body=f"{reply.words}\n".encode())
        asker = forwarded(request.method, request.headers, request.ip, self.visitors or Visitors())
        raw = asker.cors(self.origins)
        raw = embeddable(raw, reply.headers) if run.client is not None else raw
        cors = tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in raw)
        return Reply(reply.status, (*reply.headers, *cors), reply.body)

    def shows(self, tag: str) -> bool:
        """Whether this tag is told about."""
        return self.tag in (None, tag)


def explainer_of(
    configuration: Configuration, loaded: Loaded, settings: Settings, *, now: int, tag: str | None = None
) -> Explainer:
    """The explainer of a configuration that was loaded masked. Raises FileError for a geo database that cannot be read."""
    visitors = Visitors(settings.server, configuration.database(settings))
    assembled, origins = configuration.assemble(loaded, settings), Origins(settings.server.allowed_origins)
    return Explainer(assembled, origins, now, tag, settings.server.path_prefix, visitors)


def _saying(shared: Shared, consent: Mapping[str, str]) -> Shared:
    read = shared.readers.get("consent")

    def said(event: Event, request: Request) -> Mapping[str, str]:
        return {**(read(event, request) if read else {}), **consent}

    return replace(shared, readers={**shared.readers, "consent": said})


def as_json(url: str, explanation: Explanation, explainer: Explainer) -> dict[str, Any]:
    """One JSON object per request; names of headers are lower case."""
    run, reply = explanation.run, explanation.reply
    return {
        "request": {"method": explanation.request.method, "url": url},
        "client": run.client,
        "declined": [_declined(name, each) for name, each in _declines(run)],
        "findings": [{"field": each.field_path, "description": each.description, "code": each.code} for each in run.findings],
        "probe": run.probe or None,
        "remembered": run.remembered and _remembered(run.remembered),
        "reply": {"status": reply.status, "headers": texts(reply.headers), "body": _text(reply.body)},
        "events": [
            {"data": each.event, "tags": {v.tag: _verdict(v) for v in each.verdicts if explainer.shows(v.tag)}}
            for each in run.events
        ],
        "requests": [
            _outbound(each.tag, each.request) | ({"given_up": [*each.given_up]} if each.given_up else {})
            for each in explanation.requests
        ],
    }


def _remembered(remembered: Remembered) -> dict[str, Any]:
    return {"new": dict(remembered.new), "renewed": list(remembered.renewed), "why_not": remembered.why_not or None}


def _declines(run: Run) -> Sequence[tuple[str, Declined]]:
    """Who has declined, before somebody else claimed the request or for good."""
    return reasons(run) or run.declined


def _declined(name: str, declined: Declined) -> dict[str, Any]:
    return {"client": name or None, "why": declined.why, "code": declined.code}


def _verdict(verdict: Verdict) -> dict[str, Any]:
    return {"fired": verdict.payload is not None, "why": verdict.why, "data": verdict.event}


def _outbound(tag: str, outbound: Outbound) -> dict[str, Any]:
    if not isinstance(outbound, OutboundRequest):
        return {"tag": tag, "method": None, "url": outbound.target, "headers": {}, "body": outbound.text}
    headers, body = texts(outbound.headers), _text(outbound.body)
    return {"tag": tag, "method": outbound.method, "url": outbound.url, "headers": headers, "body": body}


def texts(headers: Headers) -> Texts:
    """Headers by their lower-case names."""
    return shown_values((name.lower(), value) for name, value in headers)


def _text(body: bytes) -> str:
    return body.decode("utf-8", errors="replace")


@dataclass(frozen=True, slots=True)
class Change:
    """A part of an event that is another one afterwards; ``before`` or ``after`` is UNDEFINED where it was not there."""

    path: str
    before: Any
    after: Any


def changes(before: Any, after: Any, path: str = "") -> Iterator[Change]:
    """What differs between two versions of an event, down to single values."""
    old, new = _parts(before), _parts(after)
    if old is None or new is None or isinstance(before, list) is not isinstance(after, list):
        if before != after or type(before) is not type(after):
            yield Change(path, before, after)
        return
    for key in dict.fromkeys([*old, *new]):
        below = f"{path}.{key}" if path else key
        yield from changes(old.get(key, UNDEFINED), new.get(key, UNDEFINED), below)


def _parts(value: Any) -> Mapping[str, Any] | None:
    if isinstance(value, list):
        return {str(index): item for index, item in enumerate(value)}
    return value if isinstance(value, dict) else None
