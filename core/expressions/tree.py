"""The shapes of Jinja's syntax tree that are easier to compile unrolled."""

from __future__ import annotations

from typing import cast

from jinja2 import nodes


def unwound(node: nodes.Node) -> tuple[nodes.Node, list[nodes.Node]]:
    """``a.b['c'][d]`` as a and the keys b, c, d."""
    steps: list[nodes.Node] = []
    while isinstance(node, nodes.Getattr | nodes.Getitem):
        steps.append(nodes.Const(node.attr, lineno=node.lineno) if isinstance(node, nodes.Getattr) else node.arg)
        node = node.node
    return node, steps[::-1]


def leading(steps: list[nodes.Node]) -> tuple[list[str], list[nodes.Node]]:
    """The keys at the start that are written out, and the steps from the first that is not."""
    keys = []
    for step in steps:
        if not isinstance(step, nodes.Const) or type(step.value) not in (str, int):
            break
        keys.append(str(step.value))
    return keys, steps[len(keys) :]


def flat(node: nodes.And | nodes.Or) -> list[nodes.Node]:
    """``a and b and c`` as its three parts, however many: Jinja nests them to the left."""
    kind, parts, left = type(node), [], cast("nodes.Node", node)
    while isinstance(left, kind):
        parts.append(cast("nodes.Node", left.right))
        left = left.left
    return [left, *reversed(parts)]
