"""Sends a delivery of a recorded request once more, for an operator who was asked before.

What was recorded goes into the outbox as a row of its own, past ``deduplicate``, and is delivered as any other. Commands and
answers are JSON.

* ``deliveries``  + ``id``: the first deliveries of the request, each with why it cannot be sent once more, where it cannot, and
  how many ``more`` there are
* ``delivery``    + ``id``, ``tag``, ``event`` (from 1): one of them, and where it can be sent a ``token`` to say yes with
* ``send_again``  + ``id``, ``token``: it is sent, once for each token, however often that is said
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final, TypedDict

import structlog

from core.component import expires
from core.types import Payload
from server.delivery import Delivery
from server.inspection.delivery_state import RowState, delivery_state, rows_of
from server.inspection.glance import masks_of
from server.inspection.present import Shown, moment
from server.inspection.privacy import Privacy
from server.loading.serving import Serving
from server.observe import Observer, Record
from server.outbox.row import row_name

log = structlog.get_logger("tagyard")

MOST_QUESTIONS: Final = 200
"""Whose answers are known: of older ones the operator is asked anew."""

MOST_TIMES: Final = 10
"""How often one delivery is sent once more."""

MOST_LISTED: Final = 50
"""Deliveries of a request that are told of together; there may be thousands, and each can be asked about by itself."""

_GONE: Final = {"error": "This request is no longer remembered, or never was: nothing of it can be sent."}
_NOT_ASKED: Final = {"error": "Nothing was sent: this was asked too long ago, or before the server started. Ask again."}
_NONE: Final = {"error": "There is no such delivery: the tag did not fire for this event."}


class RowShown(TypedDict):
    """A row of a delivery; ``name`` is empty where there is none any more, or it is not known yet."""

    name: str
    state: str
    why: str
    next: str
    again: bool


class DeliveryShown(TypedDict):
    """``why_not``: why it cannot be sent once more; empty where it can. ``keyed``: its key of ``deduplicate`` is passed over."""

    tag: str
    event: int
    name: str
    destination: str
    state: str
    state_why: str
    why_not: str
    keyed: bool
    rows: list[RowShown]


@dataclass(frozen=True, slots=True)
class _Place:
    record: Record
    tag: str
    position: int
    payload: Payload


@dataclass(slots=True)
class _Question:
    """What somebody is asked about: a request, by its id, a tag and an event's place. ``sending`` begins with the first yes."""

    about: tuple[str, str, int]
    sending: asyncio.Task[Shown] | None = None


class Sending:
    """Of one worker, on its event loop. ``delivery`` is None in a dry run; ``clock`` gives microseconds, ``token`` a new one."""

    def __init__(
        self,
        worker: int,
        observer: Observer,
        delivery: Delivery | None,
        clock: Callable[[], int],
        token: Callable[[], str] = secrets.token_urlsafe,
    ) -> None:
        self._worker = worker
        self._observer = observer
        self._delivery = delivery
        self._clock = clock
        self._token = token
        self._questions: dict[str, _Question] = {}

    def knows(self, command: Mapping[str, Any]) -> bool:
        """Whether the command is one of these."""
        return command.get("do") in ("deliveries", "delivery", "send_again")

    async def answer(self, command: Mapping[str, Any]) -> Shown:
        """The answer to a command that it knows."""
        id, action = str(command.get("id")), command["do"]
        record = self._observer.recorder.find(id)
        if record is None:
            return _GONE
        if action == "send_again":
            return await self._send(record, str(command.get("token")))
        told = {"worker": self._worker, "id": id, "at": moment(record.request.received_at)}
        if action == "deliveries":
            return {**told, **await asyncio.to_thread(self._listed, record)}
        place = _place(record, command.get("tag"), command.get("event"))
        return _NONE if place is None else {**told, **await self._asked(place)}

    def _listed(self, record: Record) -> Shown:
        places, privacy = _places(record), masks_of(record)
        shown = [self._shown(place, privacy) for place in islice(places, MOST_LISTED)]
        return {"deliveries": shown, "more": sum(1 for _ in places)}

    async def _asked(self, place: _Place) -> Shown:
        shown = await asyncio.to_thread(lambda: self._shown(place, masks_of(place.record)))  # what came may be large
        shared = self._delivery is not None and self._delivery.board.own.shared
        return {**shown, "shared": shared, "token": "" if shown["why_not"] else self._ask(place)}

    def _ask(self, place: _Place) -> str:
        token = self._token()
        self._questions[token] = _Question((place.record.request.id, place.tag, place.position))
        while len(self._questions) > MOST_QUESTIONS:
            del self._questions[next(iter(self._questions))]
        return token

    def _shown(self, place: _Place, privacy: Privacy) -> DeliveryShown:
        record, tag, position = place.record, place.tag, place.position
        name = record.run.events[position].event.get("event_name", "")
        state, why = delivery_state(record, tag, position, self._delivery is None)
        return {
            "tag": tag,
            "event": position + 1,
            "name": privacy.text(str(name)),
            "destination": privacy.text(place.payload.destination),
            "state": state,
            "state_why": privacy.text(why),
            "why_not": self._why_not(place, state),
            "keyed": place.payload.once is not None,
            "rows": [_row(row, privacy) for row in rows_of(record, tag, position)],
        }

    def _why_not(self, place: _Place, state: str) -> str:
        if self._delivery is None:
            return "This is a dry run: nothing is sent."
        return _BY_STATE.get(state, "") or self._by_tag(place) or _too_often(place)

    def _by_tag(self, place: _Place) -> str:
        """Why its tag does not send it."""
        serving, name = self._observer.serving, place.tag
        configured = serving.settings.tags.get(name)
        if configured is None:
            return f"The configuration has no tag {name} any more: nothing could send it."
        if configured.type != _type_of(place.record.serving, name):
            return f"The tag {name} is of another type now: what was made for the one of then is nothing to it."
        if configured.settings.paused:
            return f"The tag {name} is paused, so that nothing new is sent by it: end the pause first."
        tag = serving.assembled.tags[name]
        gone = tag.expired(place.payload, self._clock()) if expires(tag) else None
        return f"Its vendor takes it no more: {gone}." if gone else ""

    async def _send(self, record: Record, token: str) -> Shown:
        question = self._questions.get(token)
        id, tag, position = question.about if question is not None else ("", "", 0)
        place = _place(record, tag, position + 1)
        if question is None or place is None or record.request.id != id:
            return _NOT_ASKED
        if question.sending is None:
            question.sending = asyncio.get_running_loop().create_task(self._stored(place))
        return await asyncio.shield(question.sending)

    async def _stored(self, place: _Place) -> Shown:
        """Once it is flushed."""
        record, tag, position = place.record, place.tag, place.position
        state, _ = delivery_state(record, tag, position, self._delivery is None)
        why_not = self._why_not(place, state)
        if why_not or self._delivery is None:
            return {"error": f"Nothing was sent. {why_not}"}
        again = record.standing_of(tag, position).again
        number = 0
        try:
            number, flushed = self._delivery.accept_again(tag, place.payload)
            again.append(number)
            await flushed
        except Exception as error:
            again[:] = [each for each in again if each != number]
            return {"error": f"Nothing was sent: {error}."}
        self._observer.counts.sent_once_more[tag] += 1
        row = row_name(self._delivery.board.own.file.number, number)
        log.warning("an operator had a delivery sent once more", request=record.request.id, tag=tag, position=position, row=row)
        return {"row": row, "tag": tag, "event": position + 1}


_BY_STATE: Final[Mapping[str, str]] = {
    "refused": "Nothing of the request was kept, and its sender was told so: whoever sends it again is heard.",
    "duplicate": "It was left out as a duplicate. What was sent is the event that came before, and that can be sent once more.",
    "dead": "It was given up, and was not delivered: to retry it is the right thing, and doubles nothing.",
}
"""By where the delivery stands."""


def _too_often(place: _Place) -> str:
    standing = place.record.standing.get((place.tag, place.position))
    if standing is None or len(standing.again) < MOST_TIMES:
        return ""
    return f"It was sent once more {MOST_TIMES} times already."


def _places(record: Record) -> Iterator[_Place]:
    for position, event in enumerate(record.run.events):
        for verdict in event.verdicts:
            if verdict.payload is not None:
                yield _Place(record, verdict.tag, position, verdict.payload)


def _place(record: Record, tag: object, event: object) -> _Place | None:
    return next((each for each in _places(record) if (each.tag, each.position + 1) == (tag, event)), None)


def _type_of(serving: Serving, tag: str) -> str:
    return serving.settings.tags[tag].type


def _row(row: RowState, privacy: Privacy) -> RowShown:
    due = moment(row.due_at) if row.due_at and row.state in ("waiting", "failed") else ""
    return {"name": row.name, "state": row.state, "why": privacy.text(row.why), "next": due, "again": row.again}
