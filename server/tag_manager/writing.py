"""The file as text: sections in their order, what is live first, stubs after it as comments with their reasons."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from server.tag_manager import literals
from server.tag_manager.export import Export
from server.tag_manager.outcome import Added, Outcome
from server.tag_manager.yaml_text import Node, entry

_SECTIONS: Final = ("environment", "clients", "variables", "triggers", "transformations", "tags")
_NEEDED: Final = ("clients", "tags")
_IN_BLOCKS: Final = ("clients", "transformations", "tags")
_HEAD: Final = """\
# Imported by `tagyard import` from {source}, version {version}.
# A line that begins with `# --` says why the lines after it, which begin with `#`, are a comment.
"""


class Written:
    """An entry of a section. ``stub`` says why it is a comment; ``remarks`` stand above what is live."""

    def __init__(self, key: str, node: Node, stub: str = "", remarks: Sequence[str] = ()) -> None:
        self.key = key
        self.node = node
        self.stub = stub
        self.remarks = remarks


def file_of(export: Export, outcomes: Sequence[Outcome], added: Sequence[Added], environment: Sequence[Written]) -> str:
    """The whole file."""
    sections: dict[str, list[Written]] = {name: [] for name in _SECTIONS}
    sections["environment"] += environment
    for outcome in outcomes:
        if outcome.key is not None and outcome.node is not None:
            remarks = outcome.reasons if outcome.live and outcome.status == "approximated" else []
            said = [f"approximated: {reason}" for reason in remarks]
            sections[outcome.section].append(Written(outcome.key, outcome.node, outcome.stub, said))
    for each in added:
        sections[each.section].append(Written(each.key, each.node, remarks=[f"added: {each.why}"]))
    head = _HEAD.format(source=literals.spoken(export.public_id) or "a container", version=literals.spoken(export.version) or "0")
    written = [_section(name, entries) for name, entries in sections.items() if entries or name in _NEEDED]
    return "\n".join([head, *("\n".join([*lines, ""]) for lines in written)])


def _section(name: str, entries: Sequence[Written]) -> list[str]:
    if not entries:
        return [f"{name}: {{}}"]
    live, stubs = [each for each in entries if not each.stub], [each for each in entries if each.stub]
    head = f"{name}:" if live or name in _NEEDED else f"#{name}:"
    lines = [head]
    for each in live:
        lines += [f"  # -- {remark}" for remark in each.remarks]
        lines += entry(each.key, each.node, 1, block=name in _IN_BLOCKS)
    for each in stubs:
        lines.append(f"  # -- {literals.spoken(each.stub)}")
        lines += [f"  #{line[2:]}" for line in entry(each.key, each.node, 1, block=name in _IN_BLOCKS)]
    return lines


def ordered(outcomes: Sequence[Outcome], first_use: Mapping[str, int]) -> list[Outcome]:
    """Variables by their first use, everything else as it is."""
    return sorted(outcomes, key=lambda each: first_use.get(each.key or "", 0) if each.section == "variables" else 0)
