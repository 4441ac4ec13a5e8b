"""The sources united into one tree, and problems told by path: a path of the tree is where the YAML says it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from config.inside import Spot, place_at, place_of
from config.nodes import Entry, ListNode, MappingNode, ScalarNode, follow, is_empty, scalars
from config.parse import parse, repeated
from config.problem import Path, Problem, Report
from config.source import Position, SourceFile


class Document:
    """Everything the sources say. Sections that are mappings are united by their keys, ``exceptions`` by its items."""

    def __init__(self, root: MappingNode, report: Report) -> None:
        self.root = root
        self.report = report
        self._mistaken: set[Path] = set()

    def section(self, name: str) -> Mapping[str, Entry]:
        """The entries of a section; none where it is missing, empty or not a mapping."""
        entry = self.root.entries.get(name)
        return entry.node.entries if entry and isinstance(entry.node, MappingNode) else {}

    def says(self, path: Path) -> bool:
        """Whether something stands at exactly this path."""
        return follow(self.root, path)[0] == path

    def error(self, location: Path, message: str, *, key: bool = False, about: str = "", spot: Spot | None = None) -> None:
        """Notes a mistake at a location: at its value, or at its ``key``, or inside of its text, at a ``spot`` or where it
        mentions ``about``.
        """
        path, entry = follow(self.root, location)
        self._mistaken.add(path)
        self.report.error(_pointed(entry, key, about, spot), path, message)

    def mistaken(self, path: Path) -> bool:
        """Whether a mistake was already noted at exactly this path."""
        return path in self._mistaken

    def warn(self, location: Path, message: str, *, key: bool = False, spot: Spot | None = None) -> None:
        """Notes something doubtful, located like an error."""
        path, entry = follow(self.root, location)
        self.report.warn(_pointed(entry, key, spot=spot), path, message)

    def note(self, location: Path, message: str, *, key: bool = False) -> None:
        """Notes what is no problem, located like an error."""
        path, entry = follow(self.root, location)
        self.report.note(_pointed(entry, key), path, message)

    def problem(self, location: Path, message: str) -> Problem:
        """A mistake at a location that is found after the file was read. It tells the location as it is given."""
        _, entry = follow(self.root, location)
        return self.report.problem("error", _pointed(entry), location, message)


def _pointed(entry: Entry, key: bool = False, about: str = "", spot: Spot | None = None) -> Position:
    node = entry.node
    if about:
        found = next((scalar for _, scalar in scalars(node) if about in scalar.text), None)
        return place_at(found, found.text.index(about), len(about)) if found else entry.place
    if key or not isinstance(node, ScalarNode) or not node.text:
        return entry.place
    return place_of(node, spot) if spot else node.place


def unite(sources: Sequence[SourceFile], report: Report) -> Document | None:
    """One document of all sources, or None where one could not be read. A name given twice goes to the report."""
    roots = [parse(source, report) for source in sources]
    whole = MappingNode(Position(sources[0], 1, 1))
    for root in roots:
        if root is None:
            return None
        for name, entry in root.entries.items():
            _add(whole, name, entry, report)
    return Document(whole, report)


def _add(whole: MappingNode, name: str, entry: Entry, report: Report) -> None:
    first = whole.entries.get(name)
    if first is None or is_empty(first.node):
        whole.entries[name] = entry
    elif isinstance(first.node, MappingNode) and isinstance(entry.node, MappingNode):
        _merge(name, first.node, entry.node, report)
    elif isinstance(first.node, ListNode) and isinstance(entry.node, ListNode):
        first.node.items.extend(entry.node.items)
    elif not is_empty(entry.node):
        report.error(entry.place, (name,), repeated(name, first.place))


def _merge(section: str, first: MappingNode, second: MappingNode, report: Report) -> None:
    for name, entry in second.entries.items():
        earlier = first.entries.setdefault(name, entry)
        if earlier is not entry:
            report.error(entry.place, (section, name), repeated(name, earlier.place))
