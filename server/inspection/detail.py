"""The trace of one request: run again under its own configuration, with what happened outside the container added."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TypedDict
from urllib.parse import parse_qsl

from core.trace import Trace, trace, trace_unclaimed
from core.types import Reply, Request, Upstream
from server.inspection.as_test import kept_test
from server.inspection.bodies import plain, text_of
from server.inspection.delivery_state import delivery_state, record_state
from server.inspection.outgoing import Outgoing
from server.inspection.present import Pairs, Shown, body, duration, masked_url, moment, pairs
from server.inspection.privacy import Privacy, personal_values
from server.inspection.reasons import EventReasons, Reasons, TagReasons
from server.loading.serving import Serving
from server.observe import Record
from server.public.reception import Reception


class AskedClient(TypedDict):
    """What one client said to the request."""

    name: str
    type: str
    asked: str
    words: str


class TagShown(TagReasons):
    """One tag, and what has become of what it sent since."""

    state: str
    state_why: str


class EventShown(EventReasons):
    """One event, and what each tag made of it."""

    tags: list[TagShown]


class ReplyShown(TypedDict):
    """What the browser was told."""

    status: int
    headers: Pairs
    body: str


def detail(record: Record, worker: int, reveal: bool = False, *, tried: bool = False, traced: Trace | None = None) -> Shown:
    """What the page of one request shows."""
    serving = record.serving
    request = record.request
    personal = _personal(record)
    privacy = Privacy(serving.secret_values, personal, reveal)
    traced = traced or _traced(record)
    prefix = serving.settings.server.path_prefix
    came = replace(request, path=Reception(prefix).as_it_came(request, record.run))
    state, why = record_state(record, serving.dry_run)
    return {
        "worker": worker,
        "id": request.id,
        "at": moment(request.received_at),
        "took": None if tried else duration(record.took),
        "revealed": reveal,
        "tried": tried,
        "state": state,
        "why": privacy.text(why),
        "summary": _summary(traced),
        "incoming": _incoming(came, privacy),
        "clients": _clients(serving, traced),
        "skipped": traced.run.skipped,
        "remembered": traced.run.remembered.words if traced.run.remembered else "",
        "findings": [
            {"field": privacy.text(each.field_path), "description": privacy.text(each.description), "code": each.code}
            for each in record.run.findings
        ],
        "events": _events(record, traced, Reasons(serving.settings, privacy), tried, privacy),
        "outgoing": list(Outgoing(serving, record, privacy).messages()),
        "reply": _reply(traced.run.reply, record.status, privacy),
        "test": kept_test(serving, came, personal),
    }


def _traced(record: Record) -> Trace:
    """The run again. Of what nobody claimed the run of then is told: its path may have been read in more than one way."""
    serving = record.serving
    container = serving.assembled.container
    if record.run.client is None:
        return trace_unclaimed(container, record.request, record.run)
    return trace(container, record.request)


def _personal(record: Record) -> set[str]:
    try:
        read = json.loads(text_of(plain(record.request)))
    except (ValueError, RecursionError):
        read = {}
    bodies = [each for each in (read if isinstance(read, list) else [read]) if isinstance(each, dict)]
    query = [{name: value} for name, value in parse_qsl(record.request.query_string, errors="replace")]
    return personal_values(record.request, [*query, *bodies, *(event.event for event in record.run.events)])


def _summary(traced: Trace) -> str:
    run = traced.run
    if run.client is None:
        return f"It is a probe ({run.probe}), which no client claims." if run.probe else "No client claims it."
    events = f"{len(run.events)} event{'' if len(run.events) == 1 else 's'}"
    verdicts = [verdict for event in run.events for verdict in event.verdicts]
    fired = sum(verdict.payload is not None for verdict in verdicts)
    tags = f"; {fired} of {len(verdicts)} {'tag' if len(verdicts) == 1 else 'tags'} fired" if verdicts else ""
    return f"Claimed by {run.client}; {events}{tags}."


def _incoming(request: Request, privacy: Privacy) -> Shown:
    geo = [part for part in (request.geo.country, request.geo.region, request.geo.city) if part]
    url = request.path + (f"?{request.query_string}" if request.query_string else "")
    return {
        "method": request.method,
        "url": masked_url(url, privacy),
        "ip": request.ip and privacy.named("ip_override", request.ip),
        "geo": ", ".join(geo) or None,
        "headers": privacy.pairs(request.headers),
        "query": pairs(request.query_string, privacy),
        **body(plain(request), privacy),
    }


def _clients(serving: Serving, traced: Trace) -> list[AskedClient]:
    types = {name: client.type for name, client in serving.settings.clients.items()}
    return [
        {"name": each.name, "type": types.get(each.name, ""), "asked": str(each.asked), "words": each.words}
        for each in traced.clients
    ]


def _events(record: Record, traced: Trace, reasons: Reasons, tried: bool, privacy: Privacy) -> list[EventShown]:
    dry = tried or record.serving.dry_run
    shown: list[EventShown] = []
    for position, event in enumerate(traced.events):
        tags: list[TagShown] = []
        for tag in event.tags:
            state, why = delivery_state(record, tag.tag, position, dry) if tag.fired else ("held", "")
            tags.append({**reasons.tag(tag), "state": state, "state_why": privacy.text(why)})
        shown.append({**reasons.event(event), "tags": tags})
    return shown


def _reply(reply: Reply | Upstream, status: int, privacy: Privacy) -> ReplyShown:
    if isinstance(reply, Upstream):
        reply = Reply(status or 200, body=replace(reply, url=masked_url(reply.url, privacy)).words.encode())
    text = reply.body.decode("utf-8", "replace")
    headers = [(name, masked_url(value, privacy) if name == "location" else value) for name, value in reply.headers]
    return {"status": status or reply.status, "headers": privacy.pairs(headers), "body": privacy.text(text)[:4096]}
