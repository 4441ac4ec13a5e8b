"""Bytes to a tree of nodes, safely: limits are kept while the parser's events are read, so a bomb never becomes a tree.

libyaml's own composer recurses in C and takes the process down on deep nesting; its events are safe to walk, and the
tree is built from them here.
"""

from __future__ import annotations

import re
from typing import Any

import yaml

from config.nodes import Entry, ListNode, MappingNode, Node, ScalarNode
from config.problem import Report
from config.scalars import resolve
from config.source import Position, SourceFile

MAX_BYTES = 1 << 20
MAX_DEPTH = 32
MAX_NODES = 50_000

_NESTED = f"is nested more than {MAX_DEPTH} levels deep"
_TOO_DEEP = "maximum nesting depth"
"""What a libyaml with a limit of its own, which is higher, says of a file that it reads far ahead."""

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_UNPRINTABLE = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_SENSITIVE = re.compile(
    r"(?i)(?:^|[_-])(?:secret|password|token|authorization|(?:api|write|private)[_-]?key|token_auth|service_account)$"
)
_KEY_FILE = "PRIVATE KEY"
"""In the text of a key file, whatever it is the value of."""
_WRITTEN_KEY = re.compile(r"hmac\(\s*(?!['\"][A-Z][A-Z0-9_]*['\"])")
"""A filter that takes the name of a secret, and is given what may be the secret."""


class ParseError(Exception):
    """The file cannot be read any further: a message and where."""

    def __init__(self, message: str, place: Position) -> None:
        super().__init__(message)
        self.message = message
        self.place = place


def parse(source: SourceFile, report: Report) -> MappingNode | None:
    """The file's tree, or None where it is not one mapping; what is wrong goes to the report. Never raises."""
    try:
        return _Parser(source, report).document()
    except ParseError as error:
        report.error(error.place, (), error.message)
    return None


class _Parser:
    def __init__(self, source: SourceFile, report: Report) -> None:
        self._source = source
        self._report = report
        self._nodes = 0
        self._loader = _Loader(_decode(source))

    def document(self) -> MappingNode:
        """The only document. An empty file is an empty mapping."""
        self._next()
        event = self._next()
        if isinstance(event, yaml.StreamEndEvent):
            return MappingNode(Position(self._source, 1, 1))
        root = self._node(self._next(), depth=0)
        self._next()
        extra = self._next()
        if not isinstance(extra, yaml.StreamEndEvent):
            raise ParseError("a second document starts here; a file holds one", self._place(extra))
        if isinstance(root, ScalarNode) and root.value is None:
            return MappingNode(root.place)
        if not isinstance(root, MappingNode):
            raise ParseError("must be a mapping: `clients:`, `tags:` and so on", root.place)
        return root

    def _next(self) -> Any:
        try:
            return self._loader.get_event()
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            place = self._within(mark.line, mark.column) if mark else Position(self._source, 1, 1)
            deep = _TOO_DEEP in (error.problem or "")
            raise ParseError(_NESTED if deep else _syntax_message(error, place), place) from None

    def _within(self, line: int, column: int) -> Position:
        """A place of libyaml's, counted from 0; what is behind the file is its end."""
        lines = self._source.lines
        if line >= len(lines) - 1 and not "".join(lines[line:]):
            line = max((at for at, text in enumerate(lines) if text.strip()), default=0)
            column = max(0, len(lines[line]) - 1)
        return Position(self._source, line + 1, column + 1)

    def _node(self, event: Any, depth: int) -> Node:
        place = self._place(event)
        self._nodes += 1
        if self._nodes > MAX_NODES:
            raise ParseError(f"has more than {MAX_NODES} values", place)
        if depth > MAX_DEPTH:
            raise ParseError(_NESTED, place)
        if isinstance(event, yaml.AliasEvent) or event.anchor:
            raise ParseError("anchors (&) and aliases (*) are not allowed; write the value out, or quote the text", place)
        if event.tag:
            raise ParseError("tags (!) are not allowed; write the value alone, or quote the text", place)
        if isinstance(event, yaml.ScalarEvent):
            plain = event.style is None or event.style == ""
            if "${" not in event.value and _WRITTEN_KEY.search(event.value):
                self._report.masked.append(place)
            return ScalarNode(place, resolve(event.value) if plain else event.value, event.value)
        if isinstance(event, yaml.SequenceStartEvent):
            return self._list(place, depth + 1)
        return self._mapping(place, depth + 1)

    def _list(self, place: Position, depth: int) -> ListNode:
        node = ListNode(place)
        while not isinstance(event := self._next(), yaml.SequenceEndEvent):
            node.items.append(self._node(event, depth))
        return node

    def _mapping(self, place: Position, depth: int) -> MappingNode:
        node = MappingNode(place)
        while not isinstance(event := self._next(), yaml.MappingEndEvent):
            key = self._key(event, depth)
            value = self._node(self._next(), depth)
            first = node.entries.get(key.text)
            if first:
                self._report.error(key.place, (), repeated(key.text, first.place))
            else:
                node.entries[key.text] = Entry(key.place, value)
            self._mask(key.text, value)
        return node

    def _key(self, event: Any, depth: int) -> ScalarNode:
        if isinstance(event, yaml.CollectionStartEvent):
            raise ParseError(self._no_key(event), self._place(event))
        key = self._node(event, depth)
        assert isinstance(key, ScalarNode)
        return key

    def _no_key(self, event: Any) -> str:
        line = self._source.lines[event.start_mark.line]
        if line[: event.start_mark.column + 1].endswith("{{"):
            return "a text that starts with {{ needs quotes around it"
        return "a key must be a text"

    def _mask(self, key: str, node: Node) -> None:
        if isinstance(node, ScalarNode) and "${" not in node.text and (_SENSITIVE.search(key) or _KEY_FILE in node.text):
            self._report.masked.append(node.place)

    def _place(self, event: Any) -> Position:
        start, end = event.start_mark, event.end_mark
        length = end.column - start.column if end.line == start.line else len(self._source.lines[start.line]) - start.column
        return Position(self._source, start.line + 1, start.column + 1, max(1, length))


def repeated(name: str, first: Position) -> str:
    """The message for a key that stands twice."""
    return f"{name} is given twice; the first is at {first.source.name}:{first.line}:{first.column}"


def _decode(source: SourceFile) -> str:
    if len(source.text) > MAX_BYTES:
        raise ParseError(f"is larger than {MAX_BYTES >> 20} MiB", Position(source, 1, 1))
    try:
        text = source.text.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ParseError("is not UTF-8", _place_at(source, source.text[: error.start].decode("utf-8-sig", "replace"))) from None
    unprintable = _UNPRINTABLE.search(text)
    if unprintable:
        code = f"U+{ord(unprintable[0]):04X}"
        raise ParseError(f"holds the control character {code}", _place_at(source, text[: unprintable.start()]))
    return text


def _place_at(source: SourceFile, before: str) -> Position:
    lines = SourceFile("", before.encode()).lines
    return Position(source, len(lines), len(lines[-1]) + 1)


def _syntax_message(error: yaml.MarkedYAMLError, place: Position) -> str:
    line = place.source.lines[place.line - 1] if place.line <= len(place.source.lines) else ""
    if "'\\t'" in (error.problem or "") or line[: place.column].strip(" ").startswith("\t"):
        hint = "indent with spaces, not with tabs"
    elif "${" in line[: place.column + 1]:
        hint = "between [ ] or { } a ${NAME} needs quotes around it"
    elif not {"{", "["}.isdisjoint(line[: place.column - 1]):
        hint = "between [ ] or { } a text that holds any of ,[]{} or `: ` needs quotes around it"
    else:
        hint = "a text that holds `: `, ` #` or starts with one of {[*&!%@`|> needs quotes around it"
    return f"not valid YAML: {error.problem or error.context}; {hint}"
