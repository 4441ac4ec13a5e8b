"""An explanation for a person: who claimed the request, its event data, what each tag did and why, and what would leave."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from rich.text import Text

from core.container import EventRun, Run
from core.tagplan import Verdict
from core.types import Event
from core.unclaimed import in_words, reasons
from core.undefined import UNDEFINED
from server.explain.explanation import Change, Explainer, Explanation, changes
from server.explain.printed import show
from server.system.colours import ADDED, CHANGED, REMOVED
from server.system.terminal import visible

_WIDTH = 26
_READS_AS_OTHER = re.compile(r"|true|false|null|-?[0-9.]+")


def explained(url: str, explanation: Explanation, explainer: Explainer) -> Text:
    """Everything about one request, as text for the terminal."""
    return Text("\n").join(_lines(url, explanation, explainer))


def _lines(url: str, explanation: Explanation, explainer: Explainer) -> Iterator[Text]:
    run = explanation.run
    yield Text.assemble((f"{explanation.request.method} ", "bold"), (visible(url), "bold"))
    yield from (Text(f"  client {each.name}: {each.error}", "red") for each in run.failures)
    yield _claimed(run)
    yield Text(f"  reply {explanation.reply.status}")
    if run.remembered:
        yield Text(f"  cookies for platforms: {visible(run.remembered.words)}", "yellow" if run.remembered.why_not else "")
    if run.skipped:
        yield Text(f"  {run.skipped} of its events could not be read", "yellow")
    yield from (Text(f"  {visible(finding.code)}: {visible(finding.description)}", "yellow") for finding in run.findings)
    for number, each in enumerate(run.events, 1):
        yield Text("")
        yield Text(f"  event {number} of {len(run.events)}" if len(run.events) > 1 else "  event", "bold")
        yield from _event(each.event)
        yield from _tags(each, explainer)
    for packed in explanation.requests:
        yield Text("")
        yield indented(show(packed))
        yield from (Text(f"  would be given up before it is sent: {visible(why)}", "yellow") for why in packed.given_up)


def _claimed(run: Run) -> Text:
    if run.client:
        return Text(f"  claimed by {run.client}", "green")
    if run.probe:
        return Text(f"  a probe ({run.probe}), which no client claims: nobody is counted", "yellow")
    why = in_words(reasons(run))
    return Text(f"  no client claims it{f': {visible(why)}' if why else ''}", "red")


def _event(event: Event) -> Iterator[Text]:
    for key, value in event.items():
        rows = value if isinstance(value, list) and value else [value]
        for number, each in enumerate(rows):
            name = visible(key) if rows[0] is value else f"{visible(key)}.{number}"
            yield Text.assemble("    ", (name.ljust(_WIDTH), "dim"), " ", _value(each))


def _tags(run: EventRun, explainer: Explainer) -> Iterator[Text]:
    told: dict[tuple[str, ...], str] = {}
    for verdict in run.verdicts:
        if explainer.shows(verdict.tag):
            yield _verdict(verdict)
            yield from _changed(run.event, verdict, told)


def _verdict(verdict: Verdict) -> Text:
    if verdict.payload is not None:
        return Text.assemble("  ", ("✓", "bold green"), f" {verdict.tag} ", ("fired: ", "green"), verdict.why)
    return Text.assemble("  ", ("✗", "bold yellow"), f" {verdict.tag} ", ("held back: ", "yellow"), verdict.why)


def _changed(event: Event, verdict: Verdict, told: dict[tuple[str, ...], str]) -> Iterator[Text]:
    """What the tag sees otherwise than the client read it; said once for tags that see the same."""
    lines = tuple(map(_change, changes(event, verdict.event))) if verdict.event is not None else ()
    same = tuple(line.plain for line in lines)
    if same in told:
        yield Text(f"      changed as for {told[same]}", "dim")
        return
    if lines:
        told[same] = verdict.tag
    yield from lines


def _change(change: Change) -> Text:
    path = visible(change.path).ljust(_WIDTH - 4)
    if change.after is UNDEFINED:
        return Text.assemble("      ", (f"- {path} {_value(change.before)}", REMOVED))
    if change.before is UNDEFINED:
        return Text.assemble("      ", (f"+ {path} {_value(change.after)}", ADDED))
    return Text.assemble("      ", (f"~ {path} {_value(change.before)} → {_value(change.after)}", CHANGED))


def _value(value: Any) -> str:
    """A text as it is, unless it reads like something else; anything else as JSON, where a secret is a mask."""
    if isinstance(value, str) and not _READS_AS_OTHER.fullmatch(value):
        return visible(value)
    return visible(json.dumps(value, ensure_ascii=False, default=str))


def indented(text: Text) -> Text:
    """The text, two columns to the right."""
    return Text("\n").join(Text.assemble("  ", line) for line in text.split("\n"))


def summary(claimed: Mapping[str | None, int]) -> str:
    """How many requests each client claimed, in one line."""
    return ", ".join(f"{number} claimed by {client or 'nobody'}" for client, number in claimed.items())
