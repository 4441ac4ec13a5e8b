"""What is allowed and yet hardly meant. ``check`` shows it."""

from __future__ import annotations

from itertools import pairwise
from typing import Final

from jinja2 import nodes

from core.expressions.names import HASHED
from core.expressions.person import kind_at, of_person, path_of, typed
from core.expressions.values import number_of

# fmt: off
_TEXTS = frozenset({
    "event_name", "client_id", "user_id", "language", "currency", "ga_session_id", "ip_override", "user_agent",
    "screen_resolution", "page_location", "page_referrer", "page_title", "page_path", "page_hostname", "page_encoding",
    "x-ga-gcs", "x-ga-gcd", "x-ga-measurement_id", "x-ga-gtm_version", "x-ga-pscdl", "x-ga-mp2-tag_exp",
})
# fmt: on
"""Parameters that always hold a text."""

_SOME_VENDORS_RULE: Final = frozenset({"lower", "trim"})
_TOLD_BY_NAME: Final = (("email", False), ("phone", False))
"""What is about a person under whatever name it stands."""
_ANY_TEXT: Final = frozenset({"external_id"})

NORMALIZED_FOR: Final = "normalized_for"
HASHED_FOR: Final = "hashed_for"
"""The filters that go by a vendor's rules."""


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


def of_hash(node: nodes.Filter) -> list[str]:
    """What somebody typed, hashed as it was typed; or a hash, hashed again.

    An e-mail address behind ``trim`` and ``lower`` is neither: several vendors ask for just that.
    """
    source, passed = typed(node.node)
    if node.name != "sha256" or source is None:
        return []
    if isinstance(source, nodes.Filter) and source.name == HASHED_FOR:
        return [f"what {HASHED_FOR} gives is a hash already, and is hashed again here"]
    path = path_of(source)
    kind, hashed = of_person(path)
    name = ".".join(path)
    if hashed:
        return [f"{name} is a hash already, and is hashed again here: write user.{kind}{HASHED}"]
    instead = f"user.{kind}{HASHED}"
    if not kind and kind_at(path) in _TOLD_BY_NAME:
        kind, instead = kind_at(path)[0], f"{name} | {HASHED_FOR}('VENDOR')"
    if not kind or (kind == "email" and passed >= _SOME_VENDORS_RULE):
        return []
    return [f"{name} is hashed as it was typed; a capital letter or a space makes another hash: write {instead}"]


def of_rule(name: str, kind: str, source: nodes.Node) -> list[str]:
    """A vendor's rule for one thing on what is another, or on a hash, of which none makes anything."""
    if isinstance(source, nodes.Filter) and source.name in ("sha256", HASHED_FOR):
        of, said, hashed = f"what {source.name} gives", "", True
    else:
        path = path_of(source)
        of, (said, hashed) = ".".join(path), kind_at(path)
    if hashed and name != HASHED_FOR:
        return [f"{of} is a hash already, which no rule can undo: take what it is of, or write {HASHED_FOR}, which leaves hashes"]
    if said and said != kind and kind not in _ANY_TEXT:
        return [f"{of} is {_a(said)}, and is taken here for {_a(kind)}"]
    return []


def _a(kind: str) -> str:
    noun = kind.replace("_", " ")
    return f"an {noun}" if noun[0] in "aeiou" else f"a {noun}"


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
