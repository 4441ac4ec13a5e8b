"""What left, or would leave, for a request: each message as it was sent, with secrets masked, and what came back.

A message is packed again from the payloads it carried, at the time it was packed then, by a tag whose secrets are masks: so
nothing secret is ever kept for being shown. Of a message that carries events of other requests too, theirs are left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TypedDict

from core.component import EventPart
from core.types import Delivered, Line, Outbound, OutboundRequest, Payload, Rejected, Response
from server.delivery import Attempt
from server.explain.packed import PackedRequest, packed
from server.explain.printed import groups
from server.inspection.delivery_state import attempts_of, delivery_state, most_urgent, rows_of
from server.inspection.present import Pairs, ShownRequest, body, duration, lines, moment, outbound, pairs
from server.inspection.privacy import Privacy
from server.loading.serving import Serving
from server.observe import Record


class ShownAttempt(TypedDict):
    """One exchange; ``again``: of what an operator had sent once more. ``status`` is None where nobody answered."""

    number: int
    again: bool
    at: str
    took: str
    status: int | None
    answer: str
    headers: Pairs
    outcome: str
    why: str


class ShownPart(TypedDict):
    """What an event (by its number) has of a message, decoded: pairs, or JSON."""

    event: int
    pairs: Pairs
    json: str | None


class ShownRow(TypedDict):
    """A row that waits, or was given up; ``again``: an operator had it sent."""

    name: str
    event: int
    state: str
    again: bool


class ShownMessage(ShownRequest):
    """A message: ``events`` of this request by their numbers, how many of ``others``, and where its delivery stands.

    ``rows`` are those of its rows that there still are in the outbox, ``row`` is the first of them.
    """

    tag: str
    events: list[int]
    others: int
    parts: list[ShownPart]
    state: str
    why: str
    attempts: list[ShownAttempt]
    next: str | None
    row: str | None
    rows: list[ShownRow]


@dataclass(frozen=True, slots=True)
class _Carried:
    """A message, the payloads it carries, and which of them (by index) are this request's."""

    packed: PackedRequest
    payloads: Sequence[Payload]
    mine: Sequence[int]

    @property
    def positions(self) -> list[int]:
        """Of this request's events."""
        return [self.payloads[index].position for index in self.mine]

    def own(self) -> Outbound:
        """The message without what others have in it, as far as its tag can tell it apart."""
        request = self.packed.request
        if len(self.mine) == len(self.payloads) or not self.packed.together:
            return request
        parts = [self.packed.parts[index] for index in self.mine]
        own = b"\n".join(part.body or part.query.encode() for part in parts)
        if isinstance(request, OutboundRequest):
            return replace(request, body=own)
        return Line(request.target, own.decode("utf-8", "replace"), request.payloads)


@dataclass(frozen=True, slots=True)
class Outgoing:
    """Tells of the messages of one record."""

    serving: Serving
    record: Record
    privacy: Privacy

    def messages(self, only: str | None = None) -> Iterator[ShownMessage]:
        """One entry a message, in the order of the tags; of one of them alone where it is named."""
        for tag, payloads in groups(self.record.run.deliveries()).items():
            if only not in (None, tag):
                continue
            try:
                messages = self._packed(tag, payloads, self.record.request.received_at)
            except Exception as error:  # a tag's fault is told where its outcome would stand
                yield self._unpacked(tag, type(error).__name__)
                continue
            for message in messages:
                yield self._message(tag, message)

    def _packed(self, tag: str, payloads: Sequence[Payload], now: int) -> list[_Carried]:
        """Messages that carry something of this request."""
        found = []
        for each in packed(tag, self.serving.masked_tags[tag], payloads, now):
            carried = [payloads[index] for index in each.request.payloads]
            mine = [at for at, payload in enumerate(carried) if payload.group == self.record.request.id]
            found += [_Carried(each, carried, mine)] if mine else []
        return found

    def _unpacked(self, tag: str, error: str) -> ShownMessage:
        return {
            **_line(f"the tag could not pack it: {error}", ""),
            "tag": tag,
            "events": [],
            "others": 0,
            "parts": [],
            "state": "failed",
            "why": "",
            "attempts": [],
            "next": None,
            "row": None,
            "rows": [],
        }

    def _message(self, tag: str, message: _Carried) -> ShownMessage:
        positions = message.positions
        attempts = list({id(each): each for at in positions for each, _ in attempts_of(self.record, tag, at)}.values())
        rows = [(at, row) for at in positions for row in rows_of(self.record, tag, at) if row.name and row.state != "delivered"]
        state, why = most_urgent(delivery_state(self.record, tag, at, self.serving.dry_run) for at in positions)
        due = [row.due_at for _, row in rows if row.state != "dead"]
        sent = self._as_sent(tag, attempts) or message
        return {
            **self._shown(sent.own()),
            "tag": tag,
            "events": [position + 1 for position in positions],
            "others": len(sent.payloads) - len(sent.mine),
            "parts": list(self._parts(sent)),
            "state": state,
            "why": self.privacy.text(why),
            "attempts": [self._attempt(attempt, positions[0]) for attempt in attempts],
            "next": moment(min(due)) if due else None,
            "row": rows[0][1].name if rows else None,
            "rows": [{"name": row.name, "event": at + 1, "state": row.state, "again": row.again} for at, row in rows],
        }

    def _as_sent(self, tag: str, attempts: Sequence[Attempt]) -> _Carried | None:
        """The message of the last attempt, which may differ from the first: late events take another route."""
        if not attempts:
            return None
        try:
            messages = self._packed(tag, [row.payload for row in attempts[-1].rows], attempts[-1].now)
        except Exception:  # the configuration that it met packs it no more; what was packed at first is shown
            return None
        return messages[0] if messages else None

    def _shown(self, message: Outbound) -> ShownRequest:
        if isinstance(message, OutboundRequest):
            return outbound(message, self.privacy)
        target = "standard output" if message.target == "-" else message.target
        return _line(target, lines(message.text, self.privacy))

    def _parts(self, message: _Carried) -> Iterator[ShownPart]:
        """Of this request's events; one for all where they cannot be told apart."""
        indices = message.mine if message.packed.together else message.mine[:1]
        for index in indices:
            yield from self._part(message.payloads[index].position + 1, message.packed.parts[index])

    def _part(self, event: int, part: EventPart) -> Iterator[ShownPart]:
        content = body(part.body, self.privacy)
        listed = [*pairs(part.query, self.privacy), *(pair for line in content["body_parts"] for pair in line)]
        if listed or content["body_json"] is not None:
            yield {"event": event, "pairs": listed, "json": content["body_json"]}

    def _attempt(self, attempt: Attempt, position: int) -> ShownAttempt:
        group = self.record.request.id
        index = next(i for i, row in enumerate(attempt.rows) if row.payload.group == group and row.payload.position >= position)
        row, outcome, response = attempt.rows[index], attempt.outcome(index), attempt.response
        standing = self.record.standing.get((attempt.tag, row.payload.position))
        return {
            "number": row.attempts,
            "again": standing is not None and row.id in standing.again,
            "at": moment(attempt.now),
            "took": duration(attempt.took),
            "status": response.status if response else None,
            "answer": self.privacy.text(_answer(response)),
            "headers": self.privacy.pairs(response.headers) if response else [],
            "outcome": {Delivered: "delivered", Rejected: "rejected"}.get(type(outcome), "retry"),
            "why": "" if isinstance(outcome, Delivered) else self.privacy.text(outcome.why),
        }


def _line(target: str, text: str) -> ShownRequest:
    empty: Pairs = []
    return {"method": "", "url": target, "target": target, "query": [], "headers": empty, "body": text, "curl": "", "line": True}


def _answer(response: Response | None) -> str:
    return response.body.decode("utf-8", "replace") if response else ""
