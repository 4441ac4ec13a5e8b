"""Everything about one request, for programs; its page asks for a tab at a time."""

from __future__ import annotations

from server.inspection.as_test import kept_test
from server.inspection.delivery_state import record_state
from server.inspection.incoming import clients, findings, incoming
from server.inspection.look import Look
from server.inspection.outgoing import Outgoing
from server.inspection.outline import summary
from server.inspection.present import Shown, duration, moment
from server.inspection.reasons import EventReasons, Reasons, TagReasons
from server.inspection.reply import remembered, reply
from server.inspection.tags import state_of


class TagShown(TagReasons):
    """One tag, and what has become of what it sent since."""

    state: str
    state_why: str


class EventShown(EventReasons):
    """One event, and what each tag made of it."""

    tags: list[TagShown]


def detail(look: Look) -> Shown:
    """Everything."""
    record, run, privacy = look.record, look.run, look.privacy
    state, why = record_state(record, look.dry)
    reasons = Reasons(look.serving.settings, privacy)
    return {
        "worker": look.worker,
        "id": record.request.id,
        "at": moment(record.request.received_at),
        "took": None if look.tried else duration(record.took),
        "revealed": look.reveal,
        "tried": look.tried,
        "state": state,
        "why": privacy.text(why),
        "summary": summary(run),
        "incoming": incoming(look),
        "clients": clients(look),
        "skipped": run.skipped,
        "remembered": remembered(look),
        "findings": findings(look),
        "events": [_event(look, reasons, at) for at in range(len(run.events))],
        "outgoing": list(Outgoing(look.serving, record, privacy).messages()),
        "reply": reply(look),
        "test": kept_test(look.serving, look.came, look.personal),
    }


def _event(look: Look, reasons: Reasons, position: int) -> EventShown:
    traced = look.event(position)
    shown: list[TagShown] = []
    for tag in traced.tags:
        state, why = state_of(look, tag.tag, position, fired=tag.fired)
        shown.append({**reasons.tag(tag), "state": state, "state_why": why})
    return {**reasons.event(traced), "tags": shown}
