"""Whatever may be sent, and whatever may be written as an expression about it."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from core.context import Context, Scope, Shared, VendorRules
from core.expressions.filters import FILTERS
from core.expressions.written import WRITTEN
from core.types import Request

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(min_value=-(10**30), max_value=10**30)
    | st.floats()
    | st.text(alphabet=st.characters(), max_size=12)
    | st.sampled_from(["", "1", "-2.5", "1e5", "https://a.b/c?d=e#f", "203.0.113.7", "\ud800", "x" * 70_000, 10**400])
)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3), max_leaves=8
)
NAMES = ["a", "b", "c", "page_location", "items"]
EVENTS = st.dictionaries(st.sampled_from(NAMES), VALUES)

ATOMS = st.sampled_from(
    [
        *[f"event.{name}" for name in NAMES],
        *[
            "event.page_path",
            "event.a.b",
            "event.items[0].a",
            "original.a",
            "item",
            "item.b",
            "item_index",
            "var.v",
            "var.list",
            "env.E",
            "client",
        ],
        *[
            "request.ip",
            "request.query.x",
            "request.time",
            "request.random",
            "consent.ad_storage",
            "user.email",
            "user_properties.x",
            "ga.client_id",
        ],
        *["0", "1", "2.5", "999999999999999999", "'a'", "''", "'1'", "true", "none", "['a', 1]", "[event.a, event.b]", "event"],
    ]
)
BINARY = st.sampled_from(["+", "-", "*", "/", "//", "%", "~", "==", "!=", "<", "<=", ">", ">=", "and", "or", "in", "not in"])
WRITTEN_OUT = [entry.example for entry in WRITTEN.values()] + [r"regex_replace('(.)\b', '<\1>')", "hmac('KEY', 'base64')"]
FILTER = st.sampled_from([entry.example or name for name, entry in FILTERS.items()] + WRITTEN_OUT)
ARGUED = st.sampled_from(["default", "join", "split", "url_query", "round", "truncate", "bucket"])
STATE = st.sampled_from(["defined", "empty", "matching 'a|1'", "matching ['^a', 'b']", "in_network '0.0.0.0/0'"])
ARGUED_TEST = st.sampled_from(["starting_with", "ending_with", "containing", "in_network"])


def composed(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return (
        st.builds("({} {} {})".format, inner, BINARY, inner)
        | st.builds("({} if {} else {})".format, inner, inner, inner)
        | st.builds("(not {})".format, inner)
        | st.builds("(-{})".format, inner)
        | st.builds("({} | {})".format, inner, FILTER)
        | st.builds("({} | {}({}))".format, inner, ARGUED, inner)
        | st.builds("({} is {})".format, inner, STATE)
        | st.builds("({} is not {} [{}, {}])".format, inner, ARGUED_TEST, inner, inner)
        | st.builds("{}[{}]".format, st.sampled_from(["event", "event.a", "var.list", "item"]), inner)
    )


SOURCES = st.recursive(ATOMS, composed, max_leaves=8)


def scope(event: dict[str, Any], item: Any) -> Scope:
    variables = {"v": lambda scope: scope.event.get("b"), "list": lambda _: ["203.0.113.0/24", "a", 1]}
    rules = {"VENDOR": VendorRules(lambda _, text: text.strip(), lambda _, text: text[::-1])}
    shared = Shared({"E": "e"}, variables, {"user": lambda *_: {"email": "a@b.c"}}, {"KEY": "k"}, vendors=rules)
    return Scope(event, Context(Request("r", 1, "GET", "/", ip="::1"), "web", event, 0, shared), item, 0)
