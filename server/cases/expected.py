"""Whether what became of a test's requests is what the test expects, and everything in which it is not."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from config.cases import CaseSettings, ReplySettings, SentSettings
from config.literals import Written
from config.problem import Path
from core.container import Run
from core.tagplan import Verdict
from core.types import Reply
from core.unclaimed import in_words, reasons
from server.cases.subset import Unmet, different, told, unmet, unmet_texts
from server.explain.explanation import Explanation, texts
from server.explain.messages import Message, messages
from server.system.terminal import visible

_NOBODY = "nobody"


class Outcome:
    """What became of the requests of one test, by where each stands in it."""

    def __init__(self, explained: Mapping[Path, Explanation]) -> None:
        self.explained = explained
        self.events = [run for each in explained.values() for run in each.run.events]
        self._messages = [message for each in explained.values() for message in messages(each)]

    def messages(self, tag: str) -> list[Message]:
        """What leaves through the tag, one for each event, in order."""
        return [message for message in self._messages if message.tag == tag]

    def held(self, tag: str) -> list[Verdict]:
        """The tag's verdicts on the events for which it sends nothing."""
        return [each for run in self.events for each in run.verdicts if each.tag == tag and each.payload is None]

    def silence(self, tag: str) -> str:
        """Why nothing more left through the tag."""
        reasons = list(dict.fromkeys(verdict.why for verdict in self.held(tag)))
        if reasons:
            return f"it is held back: {'; '.join(reasons)}"
        unclaimed = [each.run for each in self.explained.values() if each.run.client is None]
        return "" if self.events else _unclaimed(unclaimed[0]) if unclaimed else "there is no event"


def _unclaimed(run: Run) -> str:
    why = in_words(reasons(run))
    return f"no client claims it: {why}" if why else "no client claims it"


def unmet_expectations(case: CaseSettings, outcome: Outcome) -> Iterator[Unmet]:
    """Every expectation that does not hold, in the order in which an event passes through."""
    yield from _clients(case, outcome)
    yield from _events(case, outcome)
    yield from _sent(case, outcome)
    yield from _not_sent(case, outcome)
    yield from _held(case, outcome)
    yield from _replies(case, outcome)


def _clients(case: CaseSettings, outcome: Outcome) -> Iterator[Unmet]:
    for where, given in case.givens().items():
        for beside, told_by in {where: given, (): case}.items():
            if "client" in told_by.model_fields_set and given.event is None:
                run = outcome.explained[where].run
                if run.client != told_by.client:
                    message = f"expected {told_by.client or _NOBODY} to claim it, but {run.client or _NOBODY} does"
                    why = in_words(reasons(run))
                    yield Unmet((*beside, "client"), f"{_which(where)}{message}{f' ({visible(why)})' if why else ''}")


def _which(where: Path) -> str:
    """Which of several requests is meant."""
    return f"request {int(where[1]) + 1}: " if where else ""


def _events(case: CaseSettings, outcome: Outcome) -> Iterator[Unmet]:
    if "events" not in case.model_fields_set:
        return
    found = [run.event for run in outcome.events]
    if isinstance(case.events, list):
        if len(case.events) != len(found):
            yield different(case.events, found, ("events",))
        for index, (expected, event) in enumerate(zip(case.events, found, strict=False)):
            if len(case.events) == len(found):
                yield from unmet(expected, event, ("events", index))
    elif (case.events or 0) != len(found):
        yield Unmet(("events",), f"expected {case.events or 0}, got {len(found)}")


def _sent(case: CaseSettings, outcome: Outcome) -> Iterator[Unmet]:
    for tag, expected in case.sent.items():
        sent = outcome.messages(tag)
        count = len(expected) if isinstance(expected, list) else expected or 0
        if count != len(sent):
            yield _miscounted(("sent", tag), count, sent, outcome.silence(tag))
        elif isinstance(expected, list):
            for index, (each, message) in enumerate(zip(expected, sent, strict=True)):
                yield from _message(each, message, ("sent", tag, index))


def _miscounted(location: Path, count: int, sent: Sequence[Message], silence: str) -> Unmet:
    why = f" ({visible(silence)})" if len(sent) < count and silence else ""
    return Unmet(location, f"expected {count} to be sent, got {len(sent)}{why}", tuple(map(_summary, sent)))


def _summary(message: Message) -> str:
    """Where it goes and what it carries, in a line."""
    return visible(f"{message} {told(message.body or dict(message.query))}")


def _message(expected: SentSettings, message: Message, location: Path) -> Iterator[Unmet]:
    if expected.url is not None:
        url = expected.url.reveal()
        yield from unmet(url, message.url if "?" in url else message.place, (*location, "url"))
    yield from unmet_texts(_revealed(expected.query), message.query, (*location, "query"))
    yield from _headers(expected.headers, message.headers, (*location, "headers"))
    if "body" in expected.model_fields_set:
        yield from _body(expected.body, message.body, message.value(), (*location, "body"), form=message.is_form)


def _revealed(written: Mapping[str, Written]) -> dict[str, Any]:
    return {name: value.reveal() for name, value in written.items()}


def _headers(expected: Mapping[str, Written], found: Mapping[str, str | list[str]], location: Path) -> Iterator[Unmet]:
    """Names of headers mean the same in any case."""
    for name, value in _revealed(expected).items():
        for each in unmet_texts({name.lower(): value}, found, location):
            yield Unmet((*location, name, *each.location[len(location) + 1 :]), each.message, each.more)


def _body(expected: Written | None, text: str, value: Any, location: Path, *, form: bool = False) -> Iterator[Unmet]:
    """The body as a text, or what its JSON holds; what a ``form`` holds is texts."""
    wanted = expected.reveal() if expected is not None else None
    if form and isinstance(wanted, dict):
        yield from unmet_texts(wanted, value, location)
    elif isinstance(wanted, dict | list):
        yield from unmet(wanted, value, location)
    else:
        yield from unmet(wanted, text or None if wanted is None else text, location)


def _not_sent(case: CaseSettings, outcome: Outcome) -> Iterator[Unmet]:
    for index, tag in enumerate(case.not_sent):
        sent = outcome.messages(tag)
        if sent:
            yield _miscounted(("not_sent", index), 0, sent, "")


def _held(case: CaseSettings, outcome: Outcome) -> Iterator[Unmet]:
    for tag, reason in case.held.items():
        verdicts = outcome.held(tag)
        if not any(verdict.held == reason or reason in verdict.why for verdict in verdicts):
            found = outcome.silence(tag) or "it fires"
            yield Unmet(("held", tag), f"expected it to be held back by {told(reason)}, but {visible(found)}")


def _replies(case: CaseSettings, outcome: Outcome) -> Iterator[Unmet]:
    for where, given in case.givens().items():
        if case.reply is not None and given.request is not None:
            for each in _reply(case.reply, outcome.explained[where].reply):
                yield Unmet(each.location, f"{_which(where)}{each.message}", each.more)


def _reply(expected: ReplySettings, reply: Reply) -> Iterator[Unmet]:
    text = reply.body.decode("utf-8", errors="replace")
    if expected.status is not None:
        yield from unmet(expected.status, reply.status, ("reply", "status"))
    yield from _headers(expected.headers, texts(reply.headers), ("reply", "headers"))
    if "body" in expected.model_fields_set:
        yield from _body(expected.body, text, _json(text), ("reply", "body"))


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text
