"""What is allowed and yet hardly meant. ``check`` shows it."""

from __future__ import annotations

from itertools import pairwise

from jinja2 import nodes

from core.expressions.values import number_of

# fmt: off
_TEXTS = frozenset({
    "event_name", "client_id", "user_id", "language", "currency", "ga_session_id", "ip_override", "user_agent",
    "screen_resolution", "page_location", "page_referrer", "page_title", "page_path", "page_hostname", "page_encoding",
    "x-ga-gcs", "x-ga-gcd", "x-ga-measurement_id", "x-ga-gtm_version", "x-ga-pscdl", "x-ga-mp2-tag_exp",
})
# fmt: on
"""Parameters that always hold a text."""


def of_comparison(node: nodes.Compare) -> list[str]:
    """A text parameter beside a number."""
    found = []
    sides = [node.expr, *(operand.expr for operand in node.ops)]
    for left, right in pairwise(sides):
        name = _text_parameter(left) or _text_parameter(right)
        if name and (_is_number(left) or _is_number(right)):
            found.append(f"{name} is a text and is compared with a number: put the other side in quotes, or use | number")
    return found


def of_arguments(node: nodes.Test) -> list[str]:
    """``is containing('a', 'b')``, which looks like a call."""
    if len(node.args) < 2:
        return []
    return [f"'is {node.name}' has an argument list: any of several is written as a list, is {node.name} ['a', 'b']"]


def of_condition(tree: nodes.Node, constant: bool) -> list[str]:
    """A condition that asks nothing."""
    if isinstance(tree, nodes.Tuple | nodes.List):
        return ["this is a list, which is always true: a list after a test or 'in' is written in brackets"]
    if constant and not (isinstance(tree, nodes.Const) and isinstance(tree.value, bool)):
        return ["this condition is the same for every event: it compares nothing of the event"]
    return []


def _text_parameter(node: nodes.Node) -> str | None:
    if not isinstance(node, nodes.Getattr | nodes.Getitem) or not isinstance(node.node, nodes.Name):
        return None
    key = node.attr if isinstance(node, nodes.Getattr) else getattr(node.arg, "value", None)
    return f"{node.node.name}.{key}" if node.node.name in ("event", "original") and key in _TEXTS else None


def _is_number(node: nodes.Node) -> bool:
    node = node.node if isinstance(node, nodes.Neg) else node
    return isinstance(node, nodes.Const) and type(node.value) is not str and number_of(node.value) is not None
