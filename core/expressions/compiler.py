"""From Jinja's syntax tree to closures. What is not in the table of nodes below does not exist in the language."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, cast

from jinja2 import nodes

from core.expressions import warning, words
from core.expressions.error import ExpressionError, Remark, unknown
from core.expressions.filtering import check_arguments, filtered, ready, refuse_names
from core.expressions.filters import FILTERS
from core.expressions.grammar import TOO_DEEP, parse
from core.expressions.names import Evaluate, below, compile_name, compile_step
from core.expressions.operators import ARITHMETIC, COMPARISONS, concatenated, negative, positive
from core.expressions.predicates import PREDICATES, STATES, Predicate
from core.expressions.tree import flat, leading, unwound
from core.expressions.values import LARGEST_NUMBER, number_of, same
from core.expressions.written import WRITTEN, applied
from core.undefined import UNDEFINED

if TYPE_CHECKING:
    from core.context import Scope

DEEPEST: Final = 60
"""Levels of a tree; it bounds the stack that evaluation needs."""

_NO_SCOPE: Final = cast("Scope", None)
"""Constants never look at their scope."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A compiled part of an expression, and whether it says the same for every event."""

    run: Evaluate
    constant: bool = False

    @property
    def value(self) -> Any:
        """The value of a constant."""
        return self.run(_NO_SCOPE)


def _constant(value: Any) -> Piece:
    return Piece(lambda _: value, constant=True)


def _folded(run: Evaluate, parts: Sequence[Piece]) -> Piece:
    """The piece made of these parts; worked out now where all of them are constants."""
    return _constant(run(_NO_SCOPE)) if all(part.constant for part in parts) else Piece(run)


class Compilation:
    """One expression on its way: what it refers to, by where that stands first, and what is odd about it gather here.

    It is given as its text, or as a part of a tree that has been compiled before.
    """

    def __init__(self, source: str | nodes.Expr) -> None:
        self.places: dict[tuple[str, str], int] = {}
        self.tree = parse(source) if isinstance(source, str) else source
        self._odd: list[Remark] = []
        self._depth = 0
        self.piece = self._compile(self.tree)

    def remarks(self, *more: Remark) -> tuple[Remark, ...]:
        """What is odd about it, and ``more``, in the order of its text."""
        return tuple(sorted((*self._odd, *more, *words.remarks(self.tree)), key=lambda remark: remark.offset))

    def _compile(self, node: nodes.Node) -> Piece:
        compile_node = _NODES.get(type(node))
        if compile_node is None:
            raise ExpressionError(_REFUSED.get(type(node), "this is not part of the language"), node.lineno)
        if self._depth >= DEEPEST:
            raise ExpressionError(TOO_DEEP, node.lineno)
        self._depth += 1
        piece = compile_node(self, node)
        self._depth -= 1
        return piece

    def _remark(self, node: nodes.Node, messages: Sequence[str]) -> None:
        self._odd += [Remark(each, _start(node) if isinstance(node, nodes.Compare) else node.lineno) for each in messages]

    def _const(self, node: nodes.Const) -> Piece:
        value = UNDEFINED if node.value is None else node.value
        if isinstance(value, int | float) and number_of(value + 0) is None:
            raise ExpressionError(f"numbers go up to {LARGEST_NUMBER:.0e}", node.lineno)
        return _constant(value)

    def _list(self, node: nodes.List | nodes.Tuple) -> Piece:
        parts = [self._compile(item) for item in node.items]
        runs = [part.run for part in parts]
        return _folded(lambda scope: [value for run in runs if (value := run(scope)) is not UNDEFINED], parts)

    def _path(self, node: nodes.Name | nodes.Getattr | nodes.Getitem) -> Piece:
        base, steps = unwound(node)
        if len(steps) > DEEPEST:
            raise ExpressionError(TOO_DEEP, node.lineno)
        keys, rest = leading(steps)
        if isinstance(base, nodes.Name):
            piece = self._name(base, keys)
        else:
            inner = self._compile(base)
            piece = _folded(below(inner.run, tuple(keys)), [inner])
        return self._steps(piece, rest)

    def _name(self, name: nodes.Name, keys: list[str]) -> Piece:
        run = compile_name(name.name, tuple(keys), name.lineno)
        self.places.setdefault((name.name, keys[0] if keys else ""), name.lineno)
        return Piece(run)

    def _steps(self, piece: Piece, steps: list[nodes.Node]) -> Piece:
        while steps:
            key = self._compile(steps[0])
            keys, steps = leading(steps[1:])
            piece = _folded(below(compile_step(piece.run, key.run), tuple(keys)), [piece, key])
        return piece

    def _not(self, node: nodes.Not) -> Piece:
        part = self._compile(node.node)
        run = part.run
        return _folded(lambda scope: not run(scope), [part])

    def _and(self, node: nodes.And) -> Piece:
        parts = [self._compile(each) for each in flat(node)]
        *runs, last = [part.run for part in parts]

        def run(scope: Scope) -> Any:
            for each in runs:
                if not (value := each(scope)):
                    return value
            return last(scope)

        return _folded(run, parts)

    def _or(self, node: nodes.Or) -> Piece:
        parts = [self._compile(each) for each in flat(node)]
        *runs, last = [part.run for part in parts]

        def run(scope: Scope) -> Any:
            for each in runs:
                if value := each(scope):
                    return value
            return last(scope)

        return _folded(run, parts)

    def _condition(self, node: nodes.CondExpr) -> Piece:
        parts = [self._compile(each) for each in (node.test, node.expr1, node.expr2 or nodes.Const(None, lineno=node.lineno))]
        test, yes, no = [part.run for part in parts]
        return _folded(lambda scope: yes(scope) if test(scope) else no(scope), parts)

    def _compare(self, node: nodes.Compare) -> Piece:
        parts = [self._compile(node.expr), *(self._compile(operand.expr) for operand in node.ops)]
        self._remark(node, warning.of_comparison(node))
        links = [_link(operand.op, parts[i], parts[i + 1]) for i, operand in enumerate(node.ops)]
        run = links[0] if len(links) == 1 else lambda scope: all(link(scope) for link in links)
        return _folded(run, parts)

    def _calculate(self, node: nodes.BinExpr) -> Piece:
        calculate = ARITHMETIC[type(node).__name__]
        parts = [self._compile(node.left), self._compile(node.right)]
        left, right = parts[0].run, parts[1].run
        return _folded(lambda scope: calculate(left(scope), right(scope)), parts)

    def _sign(self, node: nodes.Neg | nodes.Pos) -> Piece:
        part = self._compile(node.node)
        run, sign = part.run, negative if isinstance(node, nodes.Neg) else positive
        return _folded(lambda scope: sign(run(scope)), [part])

    def _concat(self, node: nodes.Concat) -> Piece:
        parts = [self._compile(each) for each in node.nodes]
        runs = [part.run for part in parts]
        return _folded(lambda scope: concatenated([run(scope) for run in runs]), parts)

    def _filter(self, node: nodes.Filter) -> Piece:
        if node.name in WRITTEN:
            return self._written(node, cast("nodes.Node", node.node))
        if node.name not in FILTERS:
            raise unknown("filter", node.name, [*FILTERS, *WRITTEN], node.lineno)
        refuse_names(node)
        self._remark(node, warning.of_hash(node))
        entry = FILTERS[node.name]
        parts = [self._compile(cast("nodes.Node", node.node)), *(self._compile(each) for each in node.args)]
        check_arguments(node, entry, [part.value for part in parts[1:] if part.constant])
        return _folded(filtered(node.name, entry, [part.run for part in parts]), parts)

    def _written(self, node: nodes.Filter, source: nodes.Node) -> Piece:
        refuse_names(node)
        part, made = self._compile(source), ready(node, WRITTEN[node.name], source)
        self._remark(node, made.warnings)
        run = applied(made, part.run)
        if made.reference is None:
            return _folded(run, [part])
        self.places.setdefault(made.reference, node.lineno)
        return Piece(run)

    def _test(self, node: nodes.Test) -> Piece:
        refuse_names(node)
        subject = self._compile(node.node)
        if node.name in STATES:
            return self._state(node, subject)
        if node.name == "in":
            raise ExpressionError("'in' is written without 'is', such as event.currency in ['EUR', 'USD']", node.lineno)
        if node.name not in PREDICATES:
            raise unknown("test", node.name, [*PREDICATES, *STATES], node.lineno)
        if not node.args:
            raise ExpressionError(f"'is {node.name}' needs something to compare with, such as 'a' or ['a', 'b']", node.lineno)
        self._remark(node, warning.of_arguments(node))
        options = nodes.List(node.args, lineno=node.lineno) if len(node.args) > 1 else node.args[0]
        return _tested(node, PREDICATES[node.name], subject, self._compile(options))

    def _state(self, node: nodes.Test, subject: Piece) -> Piece:
        if node.args:
            raise ExpressionError(f"'is {node.name}' takes nothing after it", node.lineno)
        holds, run = STATES[node.name], subject.run
        return _folded(lambda scope: holds(run(scope)), [subject])


def _start(node: nodes.Node) -> int:
    """Where its text begins. Jinja gives a comparison the place of its last operand."""
    return min(each.lineno for each in node.find_all(nodes.Expr))


def _link(op: str, left: Piece, right: Piece) -> Evaluate:
    """One comparison. Equality with a text that is no number needs no care about kinds, so it takes the short way."""
    compare, first, second = COMPARISONS[op], left.run, right.run
    wanted = right.value if right.constant and type(right.value) is str and number_of(right.value) is None else None
    if wanted is not None and compare is same:
        return lambda scope: first(scope) == wanted
    return lambda scope: compare(first(scope), second(scope))


def _tested(node: nodes.Test, predicate: Predicate, subject: Piece, options: Piece) -> Piece:
    holds, prepare, run, choose = predicate.holds, predicate.prepare, subject.run, options.run
    if not options.constant:
        if predicate.literal:
            raise ExpressionError(f"'is {node.name}' takes a text in quotes, which cannot depend on the event", node.lineno)
        return Piece(lambda scope: holds(run(scope), prepare(_options(choose(scope)))))
    values = _options(options.value)
    complaint = next((wrong for wrong in map(predicate.complaint, values) if wrong), None)
    if complaint:
        raise ExpressionError(f"'is {node.name}' {complaint}", node.lineno)
    prepared = prepare(values)
    return _folded(lambda scope: holds(run(scope), prepared), [subject])


def _options(value: Any) -> list[Any]:
    return value if type(value) is list else [value]


_NODES: Mapping[type[nodes.Node], Callable[[Compilation, Any], Piece]] = {
    nodes.Const: Compilation._const,
    nodes.List: Compilation._list,
    nodes.Tuple: Compilation._list,
    nodes.Name: Compilation._path,
    nodes.Getattr: Compilation._path,
    nodes.Getitem: Compilation._path,
    nodes.Not: Compilation._not,
    nodes.And: Compilation._and,
    nodes.Or: Compilation._or,
    nodes.CondExpr: Compilation._condition,
    nodes.Compare: Compilation._compare,
    nodes.Neg: Compilation._sign,
    nodes.Pos: Compilation._sign,
    nodes.Concat: Compilation._concat,
    nodes.Filter: Compilation._filter,
    nodes.Test: Compilation._test,
    **dict.fromkeys((nodes.Add, nodes.Sub, nodes.Mul, nodes.Div, nodes.FloorDiv, nodes.Mod), Compilation._calculate),
}
"""The language."""

_REFUSED: Mapping[type[nodes.Node], str] = {
    nodes.Call: "there are no calls: a filter is written with a bar, such as event.currency | upper",
    nodes.Pow: "** is not part of the language: multiply",
    nodes.Dict: "an object cannot be written in an expression: use a variable with lookup and map",
    nodes.Slice: "parts of a list or a text are not part of the language: use first, last, split or truncate",
}
