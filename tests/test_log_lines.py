"""The table of docs/metrics.md has every line that the code can log, with its level and its fields."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from server.process.stopping import Ended

ROOT: Final = Path(__file__).parent.parent
ROOM: Final = re.compile(r"^\| (`{1,2}) ?(?P<event>.+?) ?\1 \| (?P<level>[a-z]+) \| (?P<fields>[^|]*) \| [^|]+ \|$", re.MULTILINE)
FOLDERS: Final = ("core", "wire", "config", "clients", "transformations", "tags", "server", "tagyard")
LEVELS: Final = ("debug", "info", "warning", "error", "exception")

SPREAD: Final[Mapping[str, frozenset[str]]] = {
    "ended.told()": frozenset(Ended(0, "", 0.0).told()),
    "why": frozenset({"why"}),
}
"""What stands behind two asterisks in a call, by how it is written there."""

EXCEPTION: Final = frozenset({"error", "at"})
"""What ``server.system.logs`` makes of an exception."""


def calls() -> Iterator[tuple[str, ast.Call, str]]:
    """Every call of ``log.LEVEL(...)``: where it stands, and the level."""
    for path in sorted(path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        for node in ast.walk(ast.parse(text)) if "structlog" in text else ():
            match node:
                case ast.Call(func=ast.Attribute(value=ast.Name(id="log"), attr=str(level))):
                    assert level in LEVELS, f"{path}:{node.lineno}: a level that the test does not know"
                    yield f"{path.relative_to(ROOT)}:{node.lineno}", node, level


def event_of(where: str, call: ast.Call) -> str:
    match call.args:
        case [ast.Constant(value=str(event))]:
            return event
    raise AssertionError(f"{where}: an event is one text that never changes; what changes is a field")


def fields_of(call: ast.Call, level: str) -> set[str]:
    named = {each.arg for each in call.keywords if each.arg is not None}
    spread = [SPREAD[ast.unparse(each.value)] for each in call.keywords if each.arg is None]
    raised = EXCEPTION if level == "exception" or "exc_info" in named else frozenset()
    return (named - {"exc_info"}).union(raised, *spread)


def logged() -> dict[str, tuple[str, frozenset[str]]]:
    """By its event the level and the fields of each line that there is in the code."""
    found: dict[str, tuple[str, frozenset[str]]] = {}
    for where, call, level in calls():
        event = event_of(where, call)
        assert event not in found, f"{where}: this event is logged elsewhere"
        found[event] = ("error" if level == "exception" else level, frozenset(fields_of(call, level)))
    return found


def documented() -> dict[str, tuple[str, frozenset[str]]]:
    """The same as the page has it."""
    page = (ROOT / "docs" / "metrics.md").read_text(encoding="utf-8")
    table = page[page.index("| `event` |") :].partition("\n\n")[0]
    rows = list(ROOM.finditer(table))
    assert len(rows) == len({row["event"] for row in rows})
    return {row["event"]: (row["level"], frozenset(re.findall(r"`(\w+)`", row["fields"]))) for row in rows}


def test_the_page_has_every_line_with_its_level_and_its_fields_and_no_other() -> None:
    assert documented() == logged()


def test_every_place_that_logs_calls_its_logger_log() -> None:
    """Or its lines would be missing in the table."""
    for folder in FOLDERS:
        for path in (ROOT / folder).rglob("*.py"):
            made = re.findall(r"(\S+) = structlog\.get_logger\((.*)\)", path.read_text(encoding="utf-8"))
            assert set(made) <= {("log", '"tagyard"')}, path


def test_one_thing_has_one_name_in_all_lines() -> None:
    names = {name for _, fields in logged().values() for name in fields}
    assert not names & {"reason", "error_text", "url", "host_name", "count", "number_of_rows", "duration", "took", "ip", "peer"}
