"""A request in one line for the terminal: when, the reply's status, what came, where its page is, and what each tag did."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any, Final

from rich.text import Text

from core.container import EventRun, Run
from core.types import HeldBack, Request
from core.unclaimed import in_words, reasons
from server.observe import Record
from server.system.terminal import visible

CAME: Final = 24
"""Columns for what came, on a terminal."""
LONGEST: Final = 200
"""Columns for it where nobody counts them."""
FIRED: Final = "✓"
_INDENT: Final = 13
"""Columns of the time and the status, with a space after each."""


def hit_line(record: Record, page: str, width: int | None) -> Text:
    """The line, cut to so many columns where a terminal has no more. A request that nobody claims has its reasons below."""
    run = record.run
    line = Text.assemble((f"{_clock(record.request)} ", "dim"), (f"{record.status} ", _colour(record.status)))
    line.append_text(_came(record.request, run, LONGEST if width is None else CAME, pad=width is not None))
    line.append(f" {page}", "dim")
    if run.client is None:
        why = in_words(reasons(run))
        return line.append(f"\n{' ' * _INDENT}no client claims it{f': {visible(why)}' if why else ''}", "yellow")
    did = Text(" ").join([Text(""), *_tags(run)])
    if width is not None:
        did.truncate(max(width - line.cell_len, 1), overflow="ellipsis")
    return line.append_text(did)


def _clock(request: Request) -> str:
    return f"{datetime.fromtimestamp(request.received_at / 1_000_000):%H:%M:%S}"


def _colour(status: int) -> str:
    return "green" if status < 400 else "yellow" if status < 500 else "red"


def _came(request: Request, run: Run, width: int, *, pad: bool) -> Text:
    """The events by name and what they are worth, of which rather the names are cut; without any what was asked for."""
    if run.events:
        worth = Text(_worth(run.events))
        worth.truncate(width // 2, overflow="ellipsis")
        came = Text(visible(", ".join(dict.fromkeys(_short(each.event.get("event_name")) for each in run.events))), "bold")
        came.truncate(width - worth.cell_len, overflow="ellipsis")
        came = Text.assemble(came, worth)
    else:
        came = Text(visible(f"{request.method} {_short(request.path)}"))
    came.truncate(width, overflow="ellipsis", pad=pad)
    return came


def _worth(events: Iterable[EventRun]) -> str:
    worth = next((each.event for each in events if each.event.get("value") is not None), None)
    return "" if worth is None else visible(f" {_short(worth['value'])} {_short(worth.get('currency'))}".rstrip())


def _short(value: Any) -> str:
    return "" if value is None else str(value)[:LONGEST]


def _tags(run: Run) -> Iterator[Text]:
    """Those that fired first; those that were not asked for last."""
    words: dict[str, HeldBack | None] = {}
    for verdict in (verdict for event in run.events for verdict in event.verdicts):
        if words.get(verdict.tag, HeldBack.TRIGGER) is not None:
            words[verdict.tag] = None if verdict.payload is not None else verdict.held
    for tag, held in sorted(words.items(), key=lambda each: (each[1] is not None, each[1] is HeldBack.TRIGGER)):
        if held is None:
            yield Text.assemble(tag, (f" {FIRED}", "green"))
        else:
            yield Text(f"{tag} {held}", "dim" if held is HeldBack.TRIGGER else "yellow")
