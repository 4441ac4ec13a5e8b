"""A syntax tree as text again: what a reader is shown of a part of an expression.

Parsing the text gives the same tree. Parentheses stand only where the grammar needs them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from enum import IntEnum
from typing import Any, Final

from jinja2 import nodes

from core.expressions.predicates import STATES
from core.expressions.tree import flat


class _Binds(IntEnum):
    """How tightly a form holds together, loosest first."""

    CHOICE = 1
    OR = 2
    AND = 3
    NOT = 4
    COMPARISON = 5
    SUM = 6
    CONCATENATION = 7
    PRODUCT = 8
    FILTER = 9
    SIGN = 10
    WHOLE = 11


# fmt: off
_SIGNS: Final = {
    "eq": "==", "ne": "!=", "lt": "<", "lteq": "<=", "gt": ">", "gteq": ">=", "in": "in", "notin": "not in",
    "Add": "+", "Sub": "-", "Mul": "*", "Div": "/", "FloorDiv": "//", "Mod": "%", "Neg": "-", "Pos": "+",
}
# fmt: on
_ENDS_IN_A_STATE: Final = tuple(f" {state}" for state in STATES)
_QUOTES_APART: Final = re.compile(r'"+|[^"]+')


def source_of(tree: nodes.Node) -> str:
    """The expression of this tree. Takes any tree that compiles, and every part of one."""
    return _FORMS[type(tree)][1](tree)


def _within(node: nodes.Node, least: int) -> str:
    """The node's text, in parentheses where it binds more loosely than its place allows."""
    text = source_of(node)
    return text if _binds(node) >= least else f"({text})"


def _binds(node: nodes.Node) -> int:
    return _Binds.COMPARISON if _is_negated_test(node) else _FORMS[type(node)][0]


def _is_negated_test(node: nodes.Node) -> bool:
    return isinstance(node, nodes.Not) and isinstance(node.node, nodes.Test)


def _const(node: nodes.Const) -> str:
    return _quoted(node.value) if isinstance(node.value, str) else repr(node.value).lower()


def _quoted(text: str) -> str:
    """A text that holds both kinds of quotes is written as several in a row, which the grammar joins."""
    if "'" not in text:
        return f"'{text}'"
    return " ".join(f"'{piece}'" if piece.startswith('"') else f'"{piece}"' for piece in _QUOTES_APART.findall(text))


def _listed(items: Sequence[nodes.Node]) -> str:
    return ", ".join(map(source_of, items))


def _tuple(node: nodes.Tuple) -> str:
    return f"({_listed(node.items)}{',' if len(node.items) == 1 else ''})"


def _path(node: nodes.Node) -> str:
    steps = ""
    while isinstance(node, nodes.Getattr | nodes.Getitem):
        steps = (f".{node.attr}" if isinstance(node, nodes.Getattr) else f"[{source_of(node.arg)}]") + steps
        node = node.node
    return (source_of(node) if isinstance(node, nodes.Name | nodes.List) else f"({source_of(node)})") + steps


def _not(node: nodes.Not) -> str:
    return _test(node.node, " not") if isinstance(node.node, nodes.Test) else f"not {_within(node.node, _Binds.NOT)}"


def _choice(node: nodes.CondExpr) -> str:
    yes = _within(node.expr1, _Binds.OR)
    if yes.endswith(_ENDS_IN_A_STATE):  # the grammar would take the "if" for the test's argument
        yes = f"({yes})"
    otherwise = f" else {source_of(node.expr2)}" if node.expr2 else ""
    return f"{yes} if {_within(node.test, _Binds.OR)}{otherwise}"


def _comparison(node: nodes.Compare) -> str:
    operands = [f"{_SIGNS[each.op]} {_within(each.expr, _Binds.SUM)}" for each in node.ops]
    return " ".join([_within(node.expr, _Binds.SUM), *operands])


def _calculation(node: nodes.BinExpr) -> str:
    binds = _binds(node)
    return f"{_within(node.left, binds)} {_SIGNS[type(node).__name__]} {_within(node.right, binds + 1)}"


def _sign(node: nodes.UnaryExpr) -> str:
    return _SIGNS[type(node).__name__] + _within(node.node, _Binds.SIGN)


def _filter(node: nodes.Filter) -> str:
    assert node.node is not None  # only a filter block has none, and there are no blocks
    arguments = f"({_listed(node.args)})" if node.args else ""
    return f"{_within(node.node, _Binds.FILTER)} | {node.name}{arguments}"


def _test(node: nodes.Test, negation: str = "") -> str:
    return f"{_within(node.node, _Binds.FILTER)} is{negation} {node.name}{_arguments(node.args)}"


def _arguments(given: Sequence[nodes.Node]) -> str:
    """What follows a test's name: a lone argument without parentheses where it does not begin with one or a sign."""
    if len(given) == 1 and _binds(given[0]) == _Binds.WHOLE and not source_of(given[0]).startswith("("):
        return f" {source_of(given[0])}"
    return f" ({_listed(given)})" if given else ""


def _joined(word: str, least: int) -> Callable[[Any], str]:
    return lambda node: f" {word} ".join(_within(part, least) for part in flat(node))


_FORMS: Final[Mapping[type[nodes.Node], tuple[int, Callable[[Any], str]]]] = {
    nodes.Const: (_Binds.WHOLE, _const),
    nodes.List: (_Binds.WHOLE, lambda node: f"[{_listed(node.items)}]"),
    nodes.Tuple: (_Binds.WHOLE, _tuple),
    nodes.Name: (_Binds.WHOLE, lambda node: str(node.name)),
    nodes.Getattr: (_Binds.WHOLE, _path),
    nodes.Getitem: (_Binds.WHOLE, _path),
    nodes.Neg: (_Binds.SIGN, _sign),
    nodes.Pos: (_Binds.SIGN, _sign),
    nodes.Filter: (_Binds.FILTER, _filter),
    **dict.fromkeys((nodes.Mul, nodes.Div, nodes.FloorDiv, nodes.Mod), (_Binds.PRODUCT, _calculation)),
    nodes.Concat: (_Binds.CONCATENATION, lambda node: " ~ ".join(_within(each, _Binds.PRODUCT) for each in node.nodes)),
    nodes.Add: (_Binds.SUM, _calculation),
    nodes.Sub: (_Binds.SUM, _calculation),
    nodes.Compare: (_Binds.COMPARISON, _comparison),
    # A filter or another test after a test would be read as its argument, so it counts as loose.
    nodes.Test: (_Binds.COMPARISON, _test),
    nodes.Not: (_Binds.NOT, _not),
    nodes.And: (_Binds.AND, _joined("and", _Binds.NOT)),
    nodes.Or: (_Binds.OR, _joined("or", _Binds.AND)),
    nodes.CondExpr: (_Binds.CHOICE, _choice),
}
"""By form: how tightly it binds, and how it is written."""
