"""Names that are always one of a few words or of one kind, and what of an expression overlooks that: a comparison with another
word, a question that has one answer alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import Final

from jinja2 import nodes

from core.expressions.error import Remark
from core.expressions.names import CONSENT
from core.expressions.person import path_of
from core.expressions.tree import flat

SAID: Final = ("granted", "denied")
"""What consent may be, where something is said of it."""
_CONSENT: Final = (*SAID, "unset")
_EQUAL: Final = ("eq", "ne")
_AMONG: Final = ("in", "notin")
_METHOD: Final = ["request", "method"]
_ADDRESSES: Final = (["request", "ip"], ["event", "ip_override"])


def of_condition(tree: nodes.Node) -> Iterator[Remark]:
    """A condition that is a word."""
    return (remark for part in _asked(tree) for remark in _always(part))


def remarks(tree: nodes.Node) -> Iterator[Remark]:
    """What is odd about each part of an expression, in no order."""
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        waiting += node.iter_child_nodes()
        if isinstance(node, nodes.Compare):
            for operator, left, right in _links(node):
                yield from _never(operator, left, right)
        elif isinstance(node, nodes.Test) and node.name in ("defined", "empty"):
            yield from _state(node)
        else:
            for part in _decided(node):
                yield from _always(part)


def _links(node: nodes.Compare) -> Iterator[tuple[str, nodes.Node, nodes.Node]]:
    sides = [node.expr, *(operand.expr for operand in node.ops)]
    return ((operand.op, *sides) for operand, sides in zip(node.ops, pairwise(sides), strict=True))


def _never(operator: str, left: nodes.Node, right: nodes.Node) -> Iterator[Remark]:
    """``consent.ad_storage == 'yes'``, in either order, or among other words of a list."""
    if operator in _AMONG:
        items = right.items if isinstance(right, nodes.List | nodes.Tuple) else []
        pairs: list[tuple[nodes.Node, nodes.Node]] = [(left, each) for each in items]
    else:
        pairs = [(left, right), (right, left)] if operator in _EQUAL else []
    for name, other in pairs:
        if isinstance(other, nodes.Const) and (told := _told(path_of(name), other.value)):
            yield Remark(f"{'.'.join(path_of(name))} is never {_quoted(other)}: {told}", other.lineno)


def _told(path: Sequence[str], value: object) -> str:
    """What the name is, where it cannot be this value."""
    if _is_consent(path) and value not in _CONSENT:
        return "it is 'granted', 'denied' or 'unset'"
    if list(path) == _METHOD and (not isinstance(value, str) or value != value.upper()):
        return "methods are written in capitals, such as 'POST'"
    if list(path) in _ADDRESSES and isinstance(value, str) and "/" in value:
        return f"it is one address, and may lie in that network: write {'.'.join(path)} is in_network"
    return ""


def _state(node: nodes.Test) -> Iterator[Remark]:
    if _is_consent(path_of(node.node)):
        answer = "true" if node.name == "defined" else "false"
        yield Remark(
            f"{_name(node.node)} always has a value, so this is always {answer}: compare it with 'unset'", _at(node.node)
        )


def _always(node: nodes.Node) -> Iterator[Remark]:
    """A word that is taken for true or false."""
    if _is_consent(path_of(node)):
        yield Remark(f"{_name(node)} is a word, which is always true, also 'denied': write {_name(node)} == 'granted'", _at(node))


def _decided(node: nodes.Node) -> Sequence[nodes.Node]:
    """The parts of this one by whose truth it goes, whatever it stands in."""
    match node:
        case nodes.Not():
            return _asked(node.node)
        case nodes.CondExpr():
            return _asked(node.test)
        case nodes.And() | nodes.Or():
            return flat(node)[:-1]
    return ()


def _asked(node: nodes.Node) -> Sequence[nodes.Node]:
    """What is asked for its truth where the node is: itself, or the last part, as the others are asked anyway."""
    return flat(node)[-1:] if isinstance(node, nodes.And | nodes.Or) else [node]


def _is_consent(path: Sequence[str]) -> bool:
    return len(path) == 2 and path[0] == "consent" and path[1] in CONSENT


def _name(node: nodes.Node) -> str:
    return ".".join(path_of(node))


def _at(node: nodes.Node) -> int:
    return min(each.lineno for each in (node, *node.find_all(nodes.Expr)))


def _quoted(node: nodes.Const) -> str:
    return repr(node.value) if isinstance(node.value, str) else str(node.value).lower()


def results(tree: nodes.Node) -> Iterable[nodes.Const]:
    """The constants that an expression may be worth as a whole."""
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        match node:
            case nodes.Const():
                yield node
            case nodes.CondExpr():
                waiting += [node.expr1, *([node.expr2] if node.expr2 else [])]
            case nodes.Or():
                waiting += flat(node)
            case nodes.Filter(name="default"):
                waiting += [*([node.node] if node.node else []), *node.args]
