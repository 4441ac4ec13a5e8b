"""What the page of a request shows of it: its head with one tab, or a part of it as plain text."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, Final

from core.trace import EventTrace
from server.inspection.as_test import kept_test
from server.inspection.bodies import plain
from server.inspection.consent import consent
from server.inspection.event_data import event_data, event_json
from server.inspection.incoming import as_curl, clients, findings, incoming
from server.inspection.look import Look
from server.inspection.outline import outline
from server.inspection.present import Shown, body
from server.inspection.reply import cookies, remembered, reply
from server.inspection.tags import messages, tags
from server.inspection.variables import Variables
from server.inspection.view import View

Told = Mapping[str, Any]


def viewed(look: Look, asked: View) -> Shown:
    """What was asked for, of an event that there is."""
    view = asked.within(len(look.run.events))
    if asked.only_title:
        return dict(outline(look, view))
    if view.text in _TEXTS and (look.run.events or view.text not in _OF_AN_EVENT):
        return {"text": _TEXTS[view.text](look, view)}
    return {**outline(look, view), "shown": _TABS[view.tab](look, view)}


def _tags(look: Look, view: View) -> Told:
    return tags(look, view.event - 1, _traced(look, view), view.tag)


def _data(look: Look, view: View) -> Told:
    return {"values": event_data(look, view.event - 1)}


def _variables(look: Look, view: View) -> Told:
    return {"variables": Variables(look, view.event - 1).all()}


def _request(look: Look, view: View) -> Told:  # noqa: ARG001  a tab's form
    return {"incoming": incoming(look), "clients": clients(look), "findings": findings(look)}


def _consent(look: Look, view: View) -> Told:
    return consent(look, view.event - 1, _traced(look, view))


def _reply(look: Look, view: View) -> Told:  # noqa: ARG001  a tab's form
    return {**reply(look), "cookies": cookies(look), "remembered": remembered(look)}


def _kept(look: Look, view: View) -> Told:  # noqa: ARG001  a tab's form
    return {"test": kept_test(look.serving, look.came, look.personal)}


def _traced(look: Look, view: View) -> EventTrace:
    return look.event(view.event - 1)


_TABS: Final[Mapping[str, Callable[[Look, View], Told]]] = {
    "tags": _tags,
    "data": _data,
    "variables": _variables,
    "request": _request,
    "consent": _consent,
    "reply": _reply,
    "test": _kept,
}


def _sent(part: str) -> Callable[[Look, View], str]:
    """Of every message of the tag that carries the event."""
    return lambda look, view: "\n\n".join(str(each[part]) for each in _messages(look, view))


def _messages(look: Look, view: View) -> list[Told]:
    return [dict(each) for each in messages(look, view.event - 1, view.tag)]


_TEXTS: Final[Mapping[str, Callable[[Look, View], str]]] = {
    "event": lambda look, view: event_json(look, view.event - 1),
    "variables": lambda look, view: json.dumps(Variables(look, view.event - 1).all(), ensure_ascii=False, indent=2),
    "curl": lambda look, _: as_curl(look),
    "body": lambda look, _: body(plain(look.came), look.privacy)["body"],
    "test": lambda look, view: str(_kept(look, view)["test"]),
    "sent": _sent("curl"),
    "sent_body": _sent("body"),
}
_OF_AN_EVENT: Final = frozenset({"event", "variables", "sent", "sent_body"})
