"""Look-up tables and RegEx tables: a row that has no translation is left out, the rest of the table works."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from core.expressions.predicates import compile_pattern
from server.tag_manager import literals
from server.tag_manager.export import row_text
from server.tag_manager.meaning import Computed, Lost, Meaning, Table
from server.tag_manager.patterns import pattern_of
from server.tag_manager.translation import Translation
from server.tag_manager.yaml_text import Node

_GROUP: Final = re.compile(r"\$(\$|&|[1-9][0-9]?)")
_OWN_GROUP: Final = re.compile(r"\\\d")


@dataclass(frozen=True, slots=True)
class Row:
    """What is compared, and the text that is the result, as they stand in the export."""

    key: str
    result: str


def _rows(translation: Translation) -> Iterator[Row]:
    """Those whose key is known now, each key once."""
    seen: set[str] = set()
    for row in translation.entity.rows("map"):
        key = translation.raw(row_text(row, "key"))
        if isinstance(key, Lost) or any(is_name for is_name, _ in literals.parts(row_text(row, "key"))):
            translation.approximate("a row is left out: its key is an expression")
        elif "${" in key:
            translation.approximate(f"the row '{literals.spoken(key)}' is left out: a key cannot hold ${{")
        elif key in seen:
            translation.approximate(f"'{literals.spoken(key)}' stands twice: the first counts")
        else:
            seen.add(key)
            yield Row(key, row_text(row, "value"))


def _default(translation: Translation) -> str | Lost | None:
    """As a template; None where there is none."""
    if not translation.entity.flag("setDefaultValue"):
        return None
    return translation.text(translation.entity.text("defaultValue"))


def lookup_table(translation: Translation) -> Meaning | Lost:
    """``{lookup, map, default}``."""
    subject = translation.needed(translation.entity.text("input"))
    if isinstance(subject, Lost):
        return subject
    table: dict[str, Node] = {}
    for row in _rows(translation):
        result = translation.text(row.result)
        if isinstance(result, Lost) and result.secret:
            return result
        if isinstance(result, Lost):
            translation.approximate(f"the row '{literals.spoken(row.key)}' is left out: {result.reason}")
        else:
            table[row.key] = result
    return _with_default({"lookup": f"{{{{ {subject.expression} }}}}", "map": table}, translation)


def _with_default(node: dict[str, Node], translation: Translation) -> Meaning | Lost:
    default = _default(translation)
    if isinstance(default, Lost) and default.secret:
        return default
    if isinstance(default, Lost):
        translation.approximate(f"its default is left out: {default.reason}")
    elif default is not None:
        node["default"] = default
    return Table(node)


def pattern_table(translation: Translation) -> Meaning | Lost:
    """``{regex, map, default}``; a chain of conditions where a result is more than a text."""
    subject = translation.needed(translation.entity.text("input"))
    if isinstance(subject, Lost):
        return subject
    rows = list(_patterns(translation))
    if any(is_name or "{{" in piece or _OWN_GROUP.search(piece) for row in rows for is_name, piece in literals.parts(row.result)):
        return _chain(subject.expression, rows, translation)
    if any(translation.holds_secret(row.result) for row in rows):
        return translation.no_secret()
    groups = translation.entity.flag("replaceAfterMatch")
    if groups and not _is_whole(translation):
        translation.approximate("the result replaces all of the text, not what was found in it")
    results: dict[str, Node] = {row.key: _result(row, groups) for row in rows}
    return _with_default({"regex": f"{{{{ {subject.expression} }}}}", "map": results}, translation)


def _is_whole(translation: Translation) -> bool:
    return translation.entity.flag("fullMatch")


def _patterns(translation: Translation) -> Iterator[Row]:
    seen: set[str] = set()
    for row in _rows(translation):
        written = f"^(?:{row.key})$" if _is_whole(translation) else row.key
        pattern = pattern_of(written, ignore_case=translation.entity.flag("ignoreCase"))
        if isinstance(pattern, Lost):
            translation.approximate(f"a row is left out: {pattern.reason}")
        elif pattern not in seen:
            seen.add(pattern)
            yield Row(pattern, row.result)


def _result(row: Row, groups: bool) -> str:
    """A plain text, in which ``\\1`` is what ``$1`` is there. A group that the pattern lacks stays as it is written."""
    there = compile_pattern(row.key).groups

    def group(found: re.Match[str]) -> str:
        if found[1] in "$&":
            return {"$": "$", "&": "\\0"}[found[1]]
        number = found[1] if int(found[1]) <= there else found[1][0]
        return f"\\{number}{found[1][len(number) :]}" if int(number) <= min(there, 9) else found[0]

    return literals.as_written(_GROUP.sub(group, row.result) if groups else row.result)


def _chain(subject: str, rows: Sequence[Row], translation: Translation) -> Meaning | Lost:
    parts = []
    for row in rows:
        result = translation.operand(row.result)
        if isinstance(result, Lost) and result.secret:
            return result
        if isinstance(result, Lost):
            translation.approximate(f"a result is left out: {result.reason}")
        expression = "none" if isinstance(result, Lost) else result.expression
        parts.append(f"{expression} if {subject} is matching {literals.in_expression(row.key)}")
    default = translation.operand(translation.entity.text("defaultValue")) if translation.entity.flag("setDefaultValue") else None
    if isinstance(default, Lost):
        translation.approximate(f"its default is left out: {default.reason}")
    last = default.expression if default is not None and not isinstance(default, Lost) else "none"
    return Computed(" else ".join([*parts, last]))
