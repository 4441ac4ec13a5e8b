"""What an expression names about a person, told from how it is written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from jinja2 import nodes

from core.expressions.names import HASHED, KINDS, PERSON
from core.expressions.tree import unwound

_SPELLINGS: Final[Mapping[str, str]] = {
    **{kind: kind for kind in KINDS},
    "email_address": "email",
    "phone_number": "phone",
    "date_of_birth": "birth_date",
    "birthday": "birth_date",
}
"""What it is, by the name under which it stands anywhere."""

_LEAVE_IT_TYPED: Final = frozenset({"default", "lower", "text", "trim", "upper"})
"""Filters behind which a text is as good as typed."""


def typed(node: nodes.Node | None) -> tuple[nodes.Node | None, frozenset[str]]:
    """What stands before filters that leave a text as good as typed, and the names of these."""
    passed = set()
    while isinstance(node, nodes.Filter) and node.name in _LEAVE_IT_TYPED:
        passed.add(node.name)
        node = node.node
    return node, frozenset(passed)


def path_of(node: nodes.Node | None) -> list[str]:
    """The names of ``event.user_data.email`` that are written out; none where it begins with no name."""
    base, steps = unwound(node) if node is not None else (None, [])
    keys = [str(step.value) for step in steps if isinstance(step, nodes.Const)]
    return ".".join([base.name, *keys]).split(".") if isinstance(base, nodes.Name) else []


def of_person(path: Sequence[str]) -> tuple[str, bool]:
    """What ``user`` calls it, and whether it is a hash already; ``""`` where it is nothing about a person."""
    if path[:1] == ["user"]:
        names = path[1:2]
    else:
        names = path[2:] if path[1:2] == ["user_data"] and path[0] in ("event", "original") else []
    for name in names:
        kind, hashed = kind_of(name)
        if kind in PERSON:
            return kind, hashed
    return "", False


def kind_of(name: str) -> tuple[str, bool]:
    """What stands under a name wherever it is, and whether it is a hash already; ``""`` where the name does not tell."""
    plain = name.removeprefix("sha256_").removesuffix(HASHED)
    return _SPELLINGS.get(plain, ""), plain != name


def kind_at(path: Sequence[str]) -> tuple[str, bool]:
    """The same for the last name of a path that is no number; the first, which every expression begins with, tells nothing."""
    names = [name for name in path[1:] if not name.isdigit()]
    return kind_of(names[-1]) if names else ("", False)
