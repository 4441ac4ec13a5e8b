"""What left, or would leave, for a request: each message as it was sent, with secrets masked, and what came back.

A message is packed again from the payload it carried, at the time it was packed then, by a tag whose secrets are masks: so
nothing secret is ever kept for being shown.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from core.types import Delivered, Line, Outbound, Payload, Rejected, Response
from server.delivery import Attempt
from server.explain.printed import groups
from server.inspection.delivery_state import attempts_of, delivery_state, most_urgent
from server.inspection.present import LONGEST_BODY, Shown, clock, duration, moment, outbound
from server.inspection.privacy import Privacy
from server.loading.serving import Serving
from server.observe import Record


@dataclass(frozen=True, slots=True)
class Outgoing:
    """Tells of the messages of one record."""

    serving: Serving
    record: Record
    privacy: Privacy

    def messages(self) -> Iterator[Shown]:
        """One entry a message, in the order of the tags."""
        for tag, payloads in groups(self.record.run.deliveries()).items():
            try:
                packed = self.serving.masked_tags[tag].pack(payloads, self.record.request.received_at)
            except Exception as error:  # a tag's fault is told where its outcome would stand
                yield self._unpacked(tag, type(error).__name__)
                continue
            for message in packed:
                yield self._message(tag, [payloads[index] for index in message.payloads], message)

    def _unpacked(self, tag: str, error: str) -> Shown:
        empty: Shown = {"method": "", "url": "", "target": "", "query": [], "headers": [], "body": "", "body_parts": []}
        told: Shown = {"state": "failed", "attempts": [], "events": [], "next": None, "row": None, "curl": "", "line": True}
        return {"tag": tag, **empty, **told, "target": f"the tag could not pack it: {error}"}

    def _message(self, tag: str, payloads: Sequence[Payload], message: Outbound) -> Shown:
        positions = [payload.position for payload in payloads]
        attempts = list({id(each): each for at in positions for each, _ in attempts_of(self.record, tag, at)}.values())
        settled = next((each for at in positions if (each := self.record.settled.get((tag, at)))), None)
        state, why = most_urgent(delivery_state(self.record, tag, at, self.serving.dry_run) for at in positions)
        waiting = state in ("failed", "waiting") and settled is not None
        return {
            "tag": tag,
            **self._shown(self._as_sent(tag, attempts) or message),
            "events": [position + 1 for position in positions],
            "state": state,
            "why": self.privacy.text(why),
            "attempts": [self._attempt(attempt, positions[0]) for attempt in attempts],
            "next": moment(settled.due_at) if waiting and settled else None,
            "row": settled.row if settled and state in ("dead", "failed", "waiting") else None,
        }

    def _as_sent(self, tag: str, attempts: Sequence[Attempt]) -> Outbound | None:
        """The message of the last attempt, which may differ from the first: late events take another route."""
        if not attempts:
            return None
        try:
            packed = self.serving.masked_tags[tag].pack([row.payload for row in attempts[-1].rows], attempts[-1].now)
        except Exception:  # the configuration that it met packs it no more; what was packed at first is shown
            return None
        return packed[0] if packed else None

    def _shown(self, message: Outbound) -> Shown:
        if isinstance(message, Line):
            target = "standard output" if message.target == "-" else message.target
            text = self.privacy.text(message.text)[:LONGEST_BODY]
            empty: Shown = {"method": "", "query": [], "headers": [], "body_parts": [], "curl": ""}
            return {**empty, "url": target, "target": target, "body": text, "line": True}
        return outbound(message, self.privacy)

    def _attempt(self, attempt: Attempt, position: int) -> Shown:
        group = self.record.request.id
        index = next(i for i, row in enumerate(attempt.rows) if row.payload.group == group and row.payload.position >= position)
        outcome, response = attempt.outcome(index), attempt.response
        return {
            "number": attempt.rows[index].attempts,
            "at": clock(attempt.now),
            "took": duration(attempt.took),
            "status": response.status if response else None,
            "answer": self.privacy.text(_answer(response)),
            "headers": self.privacy.pairs(response.headers) if response else [],
            "outcome": {Delivered: "delivered", Rejected: "rejected"}.get(type(outcome), "retry"),
            "why": "" if isinstance(outcome, Delivered) else self.privacy.text(outcome.why),
        }


def _answer(response: Response | None) -> str:
    return response.body.decode("utf-8", "replace") if response else ""
