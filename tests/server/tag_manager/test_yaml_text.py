"""Values as YAML: whatever is written is read as the same value, by the product and by others."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, Phase, settings
from hypothesis import given as given_by
from hypothesis import strategies as st

from config import SourceFile
from config.nodes import ListNode, MappingNode, Node, ScalarNode
from config.parse import parse
from config.problem import Report
from server.tag_manager.yaml_text import entry, flow, lines, scalar
from tests.server.tag_manager.some_exports import ODD_TEXTS

often = settings(
    max_examples=200, deadline=None, database=None, phases=(Phase.generate,), suppress_health_check=list(HealthCheck)
)
CHARACTERS = st.characters(exclude_categories=["Cs"])
TEXTS = (
    st.sampled_from([text.replace("\ud800", "") for text in ODD_TEXTS])
    | st.text(CHARACTERS, max_size=12)
    | st.text(" -:#'\"{}[]ab,&*!|>%@`\\\n?~=0.$")
)
SCALARS = TEXTS | st.booleans() | st.integers(-(10**15), 10**15)
NODES: st.SearchStrategy[Any] = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=15,
)


def as_the_product_reads(text: str) -> Any:
    report = Report()
    tree = parse(SourceFile("x.yaml", text.encode()), report)
    assert tree is not None
    assert report.problems == []
    return _value(tree)


def _value(node: Node) -> Any:
    if isinstance(node, MappingNode):
        return {key: _value(each.node) for key, each in node.entries.items()}
    if isinstance(node, ListNode):
        return [_value(each) for each in node.items]
    assert isinstance(node, ScalarNode)
    return node.value


@often
@given_by(st.dictionaries(TEXTS, NODES, min_size=1, max_size=4))
def test_what_is_written_in_lines_is_read_as_the_same(node: Any) -> None:
    text = "\n".join(lines(node))
    assert as_the_product_reads(text) == node
    assert yaml.safe_load(text) == node


@often
@given_by(NODES)
def test_what_is_written_on_one_line_is_read_as_the_same(node: Any) -> None:
    text = f"a: {flow(node)}"
    assert "\n" not in text
    assert as_the_product_reads(text) == {"a": node}
    assert yaml.safe_load(text) == {"a": node}


@often
@given_by(TEXTS)
def test_a_text_is_a_text_as_a_key_as_a_value_and_between_brackets(text: str) -> None:
    written = scalar(text)
    assert written.isprintable()
    for yaml_text in (f"{written}: {written}", f"{{{written}: [{written}, {written}]}}"):
        (pair,) = as_the_product_reads(yaml_text).items()
        assert pair == (text, text) or pair == (text, [text, text])


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("ga4", "ga4"),
        ("GA4 - Base", "GA4 - Base"),
        ("GTM-EX1WEB1", "GTM-EX1WEB1"),
        ("/assets/main.js", "/assets/main.js"),
        ("GA4 (second brand)", "GA4 (second brand)"),
        ("Größe", "Größe"),
        ("true", '"true"'),
        ("yes", '"yes"'),
        ("off", '"off"'),
        ("null", '"null"'),
        ("0123", '"0123"'),
        ("1e5", '"1e5"'),
        ("12.50", '"12.50"'),
        ("2026-01-15", '"2026-01-15"'),
        ("- x", '"- x"'),
        ("a: b", '"a: b"'),
        ("a #b", '"a #b"'),
        ("*x", '"*x"'),
        ("", '""'),
        (" a", '" a"'),
        ("a ", '"a "'),
        ("one\ntwo\ttab", r'"one\ntwo\ttab"'),
        ("\x85", r'"\x85"'),
        ("\u2028", r'"\u2028"'),
        ("\U000e0001", r'"\U000e0001"'),
        (r"C:\x\1", r"'C:\x\1'"),
        (r"'\d'", r"'''\d'''"),
        ('a "b"', r'"a \"b\""'),
        ("{{ var.brand }}", '"{{ var.brand }}"'),
        ("Bearer ${TOKEN}", '"Bearer ${TOKEN}"'),
    ],
)
def test_a_text_is_quoted_where_it_would_be_read_otherwise(text: str, written: str) -> None:
    assert scalar(text) == written


@pytest.mark.parametrize(("value", "written"), [(True, "true"), (False, "false"), (5, "5"), (-1, "-1"), (1.5, "1.5")])
def test_numbers_and_booleans_are_written_bare(value: float, written: str) -> None:
    assert scalar(value) == written


@pytest.mark.parametrize(
    ("node", "expected"),
    [
        ({"mode": "server"}, ["  a: {mode: server}"]),
        ([], ["  a: []"]),
        ({}, ["  a: {}"]),
        (["x", "y"], ["  a: [x, y]"]),
        ("x", ["  a: x"]),
        ({"set": {"a": "b"}}, ["  a: {set: {a: b}}"]),
        ({"set": {"a": {"b": {"c": "d"}}}}, ["  a:", "    set:", "      a: {b: {c: d}}"]),
        (["x" * 60, "y" * 60, "z" * 60], ["  a:", f"    - {'x' * 60}", f"    - {'y' * 60}", f"    - {'z' * 60}"]),
        (
            {f"k{at}": "v" for at in range(7)},
            ["  a:", "    k0: v", "    k1: v", "    k2: v", "    k3: v", "    k4: v", "    k5: v", "    k6: v"],
        ),
    ],
)
def test_what_fits_stands_on_one_line(node: Any, expected: list[str]) -> None:
    assert entry("a", node, 1) == expected


def test_a_block_has_a_line_for_each_setting() -> None:
    assert entry("ga4", {"type": "ga4", "priority": 5}, 1, block=True) == ["  ga4:", "    type: ga4", "    priority: 5"]
