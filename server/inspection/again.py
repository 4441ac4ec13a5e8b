"""A recorded request, tried again with the configuration in force: what happened then beside what would happen now.

Nothing is sent or stored. Both sides are packed as if the request had come at its own moment, so that only the configuration
can make a difference. Values are compared as they are, and masked after that: of two that are hidden it shows that they differ.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final, TypedDict

from core.tagplan import Verdict
from core.types import Event
from core.undefined import UNDEFINED
from server.differences import Difference, DifferenceKind, How, compare_keys, compare_messages
from server.explain.explanation import changes, texts
from server.explain.messages import Message
from server.inspection.delivery_state import delivery_state
from server.inspection.present import Shown, ShownValue, masked_url, moment, value
from server.inspection.privacy import Privacy, personal_values
from server.inspection.side import Place, Side, side_now, side_then
from server.loading.serving import Serving
from server.observe import Record
from server.system.files import digest

MOST_ROWS: Final = 60
"""Differences that are shown of one event data or one message."""

MOST_SHOWN: Final = 200
"""Of the whole request; those that are left out are counted."""

MOST_TAGS: Final = 150
"""Tags that are told of, those of all events together: there may be thousands, most of which do what they did."""

LONGEST: Final = 400
"""Characters of a value that are shown."""

_NOTHING: Final[Event] = {}


class ShownDifference(TypedDict):
    """``part`` is what ``name`` is in: the query, a header, the body; empty of event data."""

    part: str
    name: str
    how: str
    before: ShownValue
    after: ShownValue


class Differences(TypedDict):
    """``more`` are not shown."""

    rows: list[ShownDifference]
    more: int


class ShownVerdict(TypedDict):
    """What a tag did with an event, in a word and in a sentence; ``state`` is where its delivery stands, where there was one."""

    word: str
    why: str
    state: str


class TagAgain(TypedDict):
    """One tag and event. ``same``: nothing differs; ``acts_alike``: at most the event data that it is shown.

    ``target``: where its message goes, then and now; empty where there is none.
    ``data_as``: the tag above which is shown the same event data as this one, then and now; ``data`` is empty where there is one.
    """

    tag: str
    then: ShownVerdict
    now: ShownVerdict
    same: bool
    acts_alike: bool
    target: tuple[str, str]
    data: Differences
    data_as: str
    sent: Differences


class EventAgain(TypedDict):
    """One event; ``data`` is what the client reads differently. ``more_tags`` are not told of; those that differ come first."""

    number: int
    name: str
    data: Differences
    tags: list[TagAgain]
    more_tags: int


def again(record: Record, serving: Serving, worker: int) -> Shown:
    """What the page shows. ``reloaded``: the configuration is not the one any more that the request has met."""
    then = side_then(record)
    now = then if record.serving is serving else side_now(record, serving)
    secrets = {*record.serving.secret_values, *serving.secret_values}
    events = [run.event for side in (then, now) for run in side.events]
    privacy = Privacy(secrets, personal_values(record.request, events))
    return {
        "worker": worker,
        "id": record.request.id,
        "at": moment(record.request.received_at),
        "method": record.request.method,
        "path": privacy.text(record.request.path)[:LONGEST],
        "reloaded": record.serving is not serving,
        "same_files": digest(record.serving.sources) == digest(serving.sources),
        "then_since": moment(record.serving.since),
        "now_since": moment(serving.since),
        **_Comparison(record, then, now, privacy).told(),
    }


@dataclass
class _Comparison:
    """``left`` is how many differences may still be shown."""

    record: Record
    then: Side
    now: Side
    privacy: Privacy
    left: int = field(default=MOST_SHOWN, init=False)

    def told(self) -> Shown:
        """``different`` counts the tags that do something else for some event."""
        about = self._shown(_of_request(self.then, self.now))
        events = [self._event(at) for at in range(max(len(self.then.events), len(self.now.events)))]
        tags = [tag for event in events for tag in event["tags"]]
        different = {tag["tag"] for tag in tags if not tag["acts_alike"]}
        alike = all(tag["same"] for tag in tags) and not any(_some(event["data"]) for event in events)
        return {
            "request": about,
            "events": list(_bounded(events)),
            "different": sorted(different),
            "tags": len({tag["tag"] for tag in tags}),
            "same": alike and not _some(about),
        }

    def _event(self, at: int) -> EventAgain:
        before, after = (side.events[at].event if at < len(side.events) else _NOTHING for side in (self.then, self.now))
        names = dict.fromkeys(tag for side in (self.now, self.then) for tag, position in side.verdicts if position == at)
        told: list[tuple[str, Sequence[Difference]]] = []
        return {
            "number": at + 1,
            "name": self.privacy.text(str((after or before).get("event_name", ""))),
            "data": self._shown(_of_data(before, after)),
            "tags": [self._tag((tag, at), told) for tag in names],
            "more_tags": 0,
        }

    def _tag(self, place: Place, told: list[tuple[str, Sequence[Difference]]]) -> TagAgain:
        """``told`` has what was told of the event data of tags before."""
        old, new = self.then.verdicts.get(place), self.now.verdicts.get(place)
        then, now = self._verdict(self.then, place), self._verdict(self.now, place)
        state, _ = delivery_state(self.record, *place, self.record.serving.dry_run) if old and old.payload else ("", "")
        data = list(_of_data(_seen(old), _seen(new)))
        data_as = next((tag for tag, known in told if known == data), "") if data else ""
        told.append((place[0], data))
        sent = list(self._of_messages(place, old, new))
        return {
            "tag": place[0],
            "then": {**then, "state": state},
            "now": now,
            "same": then == now and not (data or sent),
            "acts_alike": then == now and not sent,
            "target": (self._target(self.then, place), self._target(self.now, place)),
            "data": self._shown(() if data_as else data),
            "data_as": data_as,
            "sent": self._shown(sent),
        }

    def _verdict(self, side: Side, place: Place) -> ShownVerdict:
        verdict = side.verdicts.get(place)
        if verdict is None:
            gone = "there is no such tag" if place[1] < len(side.events) else "there is no such event"
            return {"word": "absent", "why": gone, "state": ""}
        failed = side.failed.get(place[0]) if verdict.payload else None
        why = f"{verdict.why}; the tag could not pack it: {failed}" if failed else verdict.why
        return {"word": "fired" if verdict.payload else "held back", "why": self.privacy.text(why), "state": ""}

    def _target(self, side: Side, place: Place) -> str:
        message = side.messages.get(place)
        return self.privacy.text(str(message)) if message else ""

    def _of_messages(self, place: Place, old: Verdict | None, new: Verdict | None) -> Iterator[Difference]:
        before, after = self.then.messages.get(place), self.now.messages.get(place)
        if before and after:
            yield from compare_messages(before, after)
            yield from compare_keys(place[0], old, new)
        elif after:
            for each in compare_messages(_no_message(after), after):
                yield replace(each, kind=replace(each.kind, how=How.ADDED), before=UNDEFINED)
        elif before:
            for each in compare_messages(before, _no_message(before)):
                yield replace(each, kind=replace(each.kind, how=How.REMOVED), after=UNDEFINED)

    def _shown(self, found: Iterable[Difference]) -> Differences:
        all = list(found)
        shown = all[: min(MOST_ROWS, self.left)]
        self.left -= len(shown)
        return {"rows": [self._difference(each) for each in shown], "more": len(all) - len(shown)}

    def _difference(self, difference: Difference) -> ShownDifference:
        kind = difference.kind
        before, after = (self._value(kind, each) for each in (difference.before, difference.after))
        name = self.privacy.text(kind.name)[:LONGEST]
        return {"part": kind.part, "name": name, "how": kind.how.word, "before": before, "after": after}

    def _value(self, kind: DifferenceKind, found: Any) -> ShownValue:
        if found is UNDEFINED:
            return value(found)
        if kind.part == "url":
            shown = value(masked_url(found, self.privacy))
        elif kind.part in ("query", "header") and isinstance(found, str):
            shown = value(self.privacy.named(kind.name, found))
        else:
            shown = value(self.privacy.value(found, kind.name))
        return shown if len(shown["text"]) <= LONGEST else {**shown, "text": f"{shown['text'][: LONGEST - 1]}…"}


def _bounded(events: Iterable[EventAgain]) -> Iterator[EventAgain]:
    left = MOST_TAGS
    for event in events:
        tags = sorted(event["tags"], key=lambda tag: tag["same"])[:left]
        left -= len(tags)
        yield {**event, "tags": tags, "more_tags": len(event["tags"]) - len(tags)}


def _some(found: Differences) -> bool:
    return bool(found["rows"] or found["more"])


def _seen(verdict: Verdict | None) -> Event:
    """The event as the tag was shown it: nothing, where it got not so far."""
    return verdict.event or _NOTHING if verdict else _NOTHING


def _of_data(before: Event, after: Event) -> Iterator[Difference]:
    """Nothing where one of them is not there at all: that is told by the verdicts."""
    if before and after:
        for change in changes(before, after):
            yield _difference("", change.path, change.before, change.after)


def _of_request(then: Side, now: Side) -> Iterator[Difference]:
    yield from _unless_same("claimed by", "", then.client or "nobody", now.client or "nobody")
    yield from _unless_same("reply", "status", then.reply.status, now.reply.status)
    before, after = texts(then.reply.headers), texts(now.reply.headers)
    for name in dict.fromkeys([*before, *after]):
        yield from _unless_same("header", name, before.get(name, UNDEFINED), after.get(name, UNDEFINED))
    bodies = (each.reply.body.decode("utf-8", "replace") for each in (then, now))
    yield from _unless_same("reply", "body", *bodies)


def _unless_same(part: str, name: str, before: Any, after: Any) -> Iterator[Difference]:
    if before != after:
        yield _difference(part, name, before, after)


def _difference(part: str, name: str, before: Any, after: Any) -> Difference:
    return Difference(DifferenceKind("", part, name, How.of(before, after)), before, after)


def _no_message(other: Message) -> Message:
    """To compare the other with where there is none: each of its parameters differs."""
    return Message(other.tag, other.position, "", "", {}, {}, "{}" if other.body else "")
