"""Why a condition holds or not: its parts, and what each of them looked at.

Works on the condition's text, apart from the closures that judge live events, which know nothing of this.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any, TypeAlias, cast

from jinja2 import nodes

from core.expressions import mismatch
from core.expressions.compiler import Compilation
from core.expressions.expression import Expression
from core.expressions.grammar import parse
from core.expressions.source import source_of
from core.expressions.tree import flat, unwound
from core.undefined import UNDEFINED

if TYPE_CHECKING:
    from core.context import Scope

Values: TypeAlias = tuple[tuple[str, Any], ...]
"""What a part looked at, by source; UNDEFINED where there was nothing."""


@dataclass(frozen=True, slots=True)
class Decided:
    """A condition, or a part of one, as it was for one event.

    ``children`` are the parts of an ``and``, an ``or`` or a ``not``, and of ``a if c else b`` the test and the branch it
    chose. Every part of an ``and`` or ``or`` is worked out, also those that no longer mattered. What has no children has
    ``values``: what it names, and what it makes of that before it compares. ``note`` tells of what could not be compared.
    """

    source: str
    holds: bool
    values: Values = ()
    children: tuple[Decided, ...] = ()
    note: str = ""


def explain(condition: Expression, scope: Scope) -> Decided:
    """The condition on this event. ``holds`` is the truth of what ``condition.evaluate(scope)`` gives."""
    return _explained(parse(condition.source), scope)


def names_of(sources: Iterable[str]) -> list[str]:
    """Every name of these expressions, with the keys below it; each once."""
    return list(_by_source(sources))


def undefined_names(sources: Iterable[str], scope: Scope) -> list[str]:
    """Those of them that have no value here."""
    return [source for source, name in _by_source(sources).items() if _value(name, scope) is UNDEFINED]


def _by_source(sources: Iterable[str]) -> dict[str, nodes.Expr]:
    return {source_of(name): name for source in sources for name in _names(parse(source))}


def _explained(tree: nodes.Expr, scope: Scope) -> Decided:
    children = tuple(_explained(part, scope) for part in _parts(tree, scope))
    holds = bool(_value(tree, scope))
    if children:
        return Decided(source_of(tree), holds, children=children)
    return Decided(source_of(tree), holds, _values(tree, scope), note=_note(tree, scope))


def _value(tree: nodes.Expr, scope: Scope) -> Any:
    return Compilation(tree).piece.run(scope)


def _parts(tree: nodes.Expr, scope: Scope) -> Sequence[nodes.Expr]:
    match tree:
        case nodes.And() | nodes.Or():
            return cast("list[nodes.Expr]", flat(tree))
        case nodes.Not():
            return [tree.node]
        case nodes.CondExpr():
            chosen = tree.expr1 if _value(tree.test, scope) else tree.expr2
            return [tree.test, chosen] if chosen else [tree.test]
    return ()


def _values(leaf: nodes.Expr, scope: Scope) -> Values:
    """Every name in the leaf, then the operands that are made of names."""
    wanted = [*_names(leaf), *(operand for operand in _operands(leaf) if any(_names(operand)))]
    by_source = {source_of(each): each for each in wanted}
    return tuple((source, _value(each, scope)) for source, each in by_source.items())


def _names(tree: nodes.Node) -> Iterator[nodes.Expr]:
    """Every name with the keys below it, in reading order; those inside of a key after the one they are the key of."""
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        base, keys = unwound(node)
        if isinstance(base, nodes.Name):
            yield cast("nodes.Expr", node)
            waiting += reversed(keys)
        else:
            waiting += reversed(list(node.iter_child_nodes()))


def _operands(leaf: nodes.Expr) -> Sequence[nodes.Expr]:
    match leaf:
        case nodes.Compare():
            return [leaf.expr, *(each.expr for each in leaf.ops)]
        case nodes.Test():
            return [leaf.node, *leaf.args]
    return [leaf]


def _note(leaf: nodes.Expr, scope: Scope) -> str:
    if not isinstance(leaf, nodes.Compare | nodes.Test):
        return ""
    first, *others = [(source_of(operand), _value(operand, scope)) for operand in _operands(leaf)]
    if isinstance(leaf, nodes.Test):
        return mismatch.of_test(leaf.name, first, others)
    links = zip(leaf.ops, pairwise([first, *others]), strict=True)
    notes = [mismatch.of_comparison(link.op, left, right) for link, (left, right) in links]
    return "; ".join(dict.fromkeys(note for note in notes if note))
