"""A small container that can be traced, and the traces of its events and tags."""

from __future__ import annotations

from typing import Any

from core.container import Container
from core.tagplan import TagPlan
from core.trace import EventTrace, TagTrace, trace
from core.triggers import ALL, TriggerSettings, always, compile_trigger
from core.types import Event
from tests.core.tiny import REQUEST, client, plan

PURCHASE: Event = {"event_name": "purchase", "client_id": "1.2", "value": 10}
TRIGGERS: dict[str, dict[str, Any]] = {
    "purchases": {"event": "purchase"},
    "checkout": {"event": ["begin_checkout", "checkout_*"], "client": ["web", "shop"]},
    "large": {"event": "purchase", "when": ["event.value > 5", "event.currency == 'EUR'"]},
    "anything": {"note": "no part at all"},
}


def container(*plans: TagPlan, clients: Any = None, events: tuple[Event, ...] = (PURCHASE,), **more: Any) -> Container:
    settings = {name: TriggerSettings.model_validate(each) for name, each in TRIGGERS.items()}
    return Container(
        clients or [("web", client(*events))],
        plans,
        triggers={ALL: always, **{name: compile_trigger(each) for name, each in settings.items()}},
        trigger_settings=settings,
        **more,
    )


def traced(*plans: TagPlan, event: Event = PURCHASE, **more: Any) -> EventTrace:
    (only,) = trace(container(*plans, events=(event,), **more), REQUEST).events
    return only


def tag(event: Event = PURCHASE, around: Any = None, **settings: Any) -> TagTrace:
    """The trace of a lone tag with these settings."""
    (only,) = traced(plan(**settings), event=event, **(around or {})).tags
    return only
