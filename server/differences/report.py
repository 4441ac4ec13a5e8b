"""Differences as text: for the terminal, and in Markdown for whoever reviews the change."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from rich.text import Text

from core.undefined import UNDEFINED
from server.differences.compare import REQUEST, DifferenceKind, How
from server.differences.tally import Tallied, Tally
from server.system.colours import ADDED, CHANGED, REMOVED
from server.system.terminal import visible

_STYLES = {How.ADDED: ADDED, How.REMOVED: REMOVED, How.CHANGED: CHANGED}
_ONCE = {How.ADDED: "counts once now", How.REMOVED: "counts once no more", How.CHANGED: "counts once by another key"}
_SENT = {How.ADDED: "sent now, before:", How.REMOVED: "sent no more:"}
_SELF_EXPLAINING = ("claimed by", "reply", "sent", "held back", "deduplicate")
_OF_A_REQUEST = "requests"
_WIDTH = 40
_LONGEST = 60


def terminal(tally: Tally, tags: Sequence[str]) -> Text:
    """Each kind of difference in a line, under the name of its tag."""
    lines = [Text(headline(tally))]
    for tag, found in tally.by_tag([REQUEST, *tags]).items():
        lines += [Text(""), Text(visible(tag or _OF_A_REQUEST), "bold"), *map(_line, found)]
    return Text("\n").join(lines)


def headline(tally: Tally) -> str:
    """How many requests differ, in a sentence."""
    if not tally.differing:
        return f"{tally.requests:,} of {tally.requests:,} requests are treated alike."
    return f"{tally.differing:,} of {tally.requests:,} requests are treated differently."


def _line(found: Tallied) -> Text:
    kind = found.example.kind
    example = _example(found.example.before, found.example.after)
    counted = f"{found.count:,}×".rjust(7)
    where = f"request {found.request}"
    told = f"{example}  ({where})" if example else f"({where})"
    return Text.assemble("  ", (kind.how.value, _STYLES[kind.how]), f" {visible(label(kind)).ljust(_WIDTH)} {counted}  ", told)


def label(kind: DifferenceKind) -> str:
    """What the differences are about."""
    if kind.part == "deduplicate":
        return _ONCE[kind.how]
    return f"{_SENT[kind.how] if kind.part == 'sent' else kind.part} {kind.name}".strip()


def _example(before: Any, after: Any) -> str:
    return " → ".join(told_value(each) for each in (before, after) if each is not UNDEFINED)


def told_value(value: Any) -> str:
    """A value in few words, of a long one the beginning."""
    text = visible(value if isinstance(value, str) and value else json.dumps(value, ensure_ascii=False))
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def markdown(tally: Tally, tags: Sequence[str], names: tuple[str, str]) -> str:
    """A comment for the change from the one configuration to the other; what a visitor sent stays plain text in it."""
    old, new = map(_code, names)
    found = tally.by_tag([REQUEST, *tags])
    return "\n".join([f"### Tagyard: {old} → {new}", "", headline(tally), *_table(found)])


def _table(found: Mapping[str, Sequence[Tallied]]) -> Iterator[str]:
    if found:
        yield from ("", "| | what | count | for example |", "|---|---|---:|---|")
    for tag, rows in found.items():
        for row in rows:
            yield f"| {_code(tag) if tag else _OF_A_REQUEST} | {_what(row)} | {row.count:,} | {_shown(row)} |"


def _what(row: Tallied) -> str:
    kind = row.example.kind
    told = label(replace(kind, name=_code(kind.name))) if kind.name else label(kind)
    return told if kind.part in _SELF_EXPLAINING else f"{told} {kind.how.word}"


def _shown(row: Tallied) -> str:
    return " → ".join(_code(told_value(each)) for each in (row.example.before, row.example.after) if each is not UNDEFINED)


_TICKS = re.compile("`+")


def _code(text: str) -> str:
    """The text as code in a table's cell, whatever it holds: no mention, no link and no further cell comes of it."""
    plain = visible(text).replace("|", "\\|")
    longest = max((len(ticks) for ticks in _TICKS.findall(plain)), default=0)
    fence, space = "`" * (longest + 1), " " if longest else ""
    return f"{fence}{space}{plain}{space}{fence}"
