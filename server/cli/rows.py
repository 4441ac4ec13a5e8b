"""Rows of the outbox for a person: tables of plain columns, which read the same in a terminal and in a pipe."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from rich.text import Text

from server.system.terminal import visible

STATES: Mapping[str, str] = {"queued": "pending", "leased": "being sent", "dead": "dead", "held": "held"}
"""The states of a row and the words for them."""

HEADS = ("id", "tag", "event", "state", "received", "tries", "why")
"""What ``row_cells`` gives."""

_NUMBERS = frozenset({*STATES.values(), "tries"})
_TIMES = ("received_at", "due_at")
_WIDTH = 14


def by_tag(files: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The rows of each tag over all files, by state, and when the oldest of them was received (microseconds)."""
    tags: dict[str, dict[str, Any]] = {}
    for entry in (entry for file in files for entry in file["tags"]):
        tag = tags.setdefault(entry["tag"], {"tag": entry["tag"], **dict.fromkeys(STATES, 0), "oldest": entry["oldest"]})
        tag[entry["state"]] += entry["rows"]
        tag["oldest"] = min(tag["oldest"], entry["oldest"])
    return [tags[name] for name in sorted(tags)]


def status_cells(tag: Mapping[str, Any]) -> list[str]:
    """One line of the status."""
    return [tag["tag"], *(str(tag[state]) for state in STATES), moment(tag["oldest"])]


def row_cells(row: Mapping[str, Any]) -> list[str]:
    """One line of the list."""
    state = STATES[row["state"]]
    return [row["id"], row["tag"], row["event_name"], state, moment(row["received_at"]), str(row["attempts"]), row["why"]]


def row_text(row: Mapping[str, Any]) -> Text:
    """A row in full, with what is stored of it."""
    shown = {**row, **{name: moment(row[name]) for name in _TIMES}, "state": STATES[row["state"]]}
    pairs = [(name, value) for name, value in shown.items() if name not in ("id", "body") and value != ""]
    lines = [Text(row["id"], "bold")]
    lines += [Text.assemble("  ", (name.ljust(_WIDTH), "dim"), visible(str(value))) for name, value in pairs]
    body = json.dumps(row["body"], indent=2, ensure_ascii=False).split("\n")
    return Text("\n").join([*lines, *(Text(f"  {visible(line)}") for line in body)])


def moment(at: int) -> str:
    """Microseconds since 1970 as a time in UTC."""
    return datetime.fromtimestamp(at / 1_000_000, UTC).strftime("%Y-%m-%d %H:%M:%S")


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> Text:
    """Columns as wide as they need to be; numbers to the right."""
    cells = [[visible(cell) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(heads, *cells, strict=True)]
    lines = [Text(_line(heads, heads, widths), "dim"), *(Text(_line(heads, row, widths)) for row in cells)]
    return Text("\n").join(lines)


def _line(heads: Sequence[str], cells: Sequence[str], widths: Sequence[int]) -> str:
    aligned = [
        cell.rjust(width) if head in _NUMBERS else cell.ljust(width)
        for head, cell, width in zip(heads, cells, widths, strict=True)
    ]
    return "  ".join(aligned).rstrip()
