"""What is allowed and yet hardly meant. ``check`` shows it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Final

from jinja2 import nodes

from core.expressions.error import unknown
from core.expressions.names import HASHED, HASHED_BY_THE_PAGE, PERSON
from core.expressions.tree import unwound
from core.expressions.values import number_of

# fmt: off
_TEXTS = frozenset({
    "event_name", "client_id", "user_id", "language", "currency", "ga_session_id", "ip_override", "user_agent",
    "screen_resolution", "page_location", "page_referrer", "page_title", "page_path", "page_hostname", "page_encoding",
    "x-ga-gcs", "x-ga-gcd", "x-ga-measurement_id", "x-ga-gtm_version", "x-ga-pscdl", "x-ga-mp2-tag_exp",
})
# fmt: on
"""Parameters that always hold a text."""

_OF_USER: Final = (*PERSON, *(f"{kind}{HASHED}" for kind in PERSON), *HASHED_BY_THE_PAGE)
_IN_USER_DATA: Final[Mapping[str, str]] = {
    **{kind: kind for kind in PERSON},
    "email_address": "email",
    "phone_number": "phone",
}
"""What stands in ``event.user_data``, by the name under which ``user`` has it."""

_LEAVE_IT_TYPED: Final = frozenset({"default", "lower", "text", "trim", "upper"})
"""Filters behind which a text is as good as typed."""
_SOME_VENDORS_RULE: Final = frozenset({"lower", "trim"})


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


def of_name(root: str, keys: Sequence[str]) -> list[str]:
    """``user.emial``, which is undefined for ever."""
    if root != "user" or not keys or keys[0] in _OF_USER:
        return []
    return [str(unknown("name", f"user.{keys[0]}", (f"user.{name}" for name in _OF_USER), None))]


def of_hash(node: nodes.Filter) -> list[str]:
    """What somebody typed, hashed as it was typed; or a hash, hashed again.

    An e-mail address behind ``trim`` and ``lower`` is neither: several vendors ask for just that.
    """
    passed, source = set(), node.node
    while isinstance(source, nodes.Filter) and source.name in _LEAVE_IT_TYPED:
        passed.add(source.name)
        source = source.node
    path = _path(source) if node.name == "sha256" and source is not None else []
    kind, hashed = _of_person(path)
    name = ".".join(path)
    if hashed:
        return [f"{name} is a hash already, and is hashed again here: write user.{kind}{HASHED}"]
    if not kind or (kind == "email" and passed >= _SOME_VENDORS_RULE):
        return []
    return [f"{name} is hashed as it was typed; a capital letter or a space makes another hash: write user.{kind}{HASHED}"]


def _path(node: nodes.Node) -> list[str]:
    """The names of ``event.user_data.email`` that are written out; none where it begins with no name."""
    base, steps = unwound(node)
    keys = [str(step.value) for step in steps if isinstance(step, nodes.Const)]
    return ".".join([base.name, *keys]).split(".") if isinstance(base, nodes.Name) else []


def _of_person(path: Sequence[str]) -> tuple[str, bool]:
    """What ``user`` calls it, and whether it is a hash already; ``""`` where it is nothing about a person."""
    if path[:1] == ["user"]:
        names = path[1:2]
    else:
        names = path[2:] if path[1:2] == ["user_data"] and path[0] in ("event", "original") else []
    for name in names:
        plain = name.removeprefix("sha256_").removesuffix(HASHED)
        if plain in _IN_USER_DATA:
            return _IN_USER_DATA[plain], plain != name
    return "", False


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
