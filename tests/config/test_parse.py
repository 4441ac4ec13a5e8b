"""YAML to nodes with places: what is read, what is refused, and that nothing harms the process."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config.nodes import ListNode, MappingNode, Node, ScalarNode
from config.parse import MAX_BYTES, MAX_DEPTH, MAX_NODES, parse
from config.problem import Report
from config.source import SourceFile


def read(text: str | bytes) -> tuple[MappingNode | None, list[str]]:
    report = Report()
    node = parse(SourceFile("c.yaml", text.encode() if isinstance(text, str) else text), report)
    return node, [str(problem) for problem in report.problems]


def plain(node: Node) -> object:
    if isinstance(node, MappingNode):
        return {key: plain(entry.node) for key, entry in node.entries.items()}
    return [plain(item) for item in node.items] if isinstance(node, ListNode) else node.value


def value(text: str | bytes) -> object:
    node, problems = read(text)
    assert node is not None
    assert problems == []
    return plain(node)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a: 1\nb: [x, 2.5, null]\n", {"a": 1, "b": ["x", 2.5, None]}),
        ("a: '1'\nb: \"true\"\nc: |\n  1\n", {"a": "1", "b": "true", "c": "1\n"}),
        ("on: yes\n1: a\nnull: b\n", {"on": "yes", "1": "a", "null": "b"}),
        ("a: 0123\nb: 12:30:45\n", {"a": "0123", "b": "12:30:45"}),
        ("a:\n- b: {}\n- []\n", {"a": [{"b": {}}, []]}),
        ("", {}),
        ("# nothing yet\n", {}),
        ("null", {}),
        ("---\na: 1\n...\n", {"a": 1}),
        (b"\xef\xbb\xbfa: 1", {"a": 1}),
        ("a: 1\r\nb: 2\r\n", {"a": 1, "b": 2}),
        ("<<: {a: 1}", {"<<": {"a": 1}}),
    ],
)
def test_it_reads(text: str | bytes, expected: object) -> None:
    assert value(text) == expected


def test_every_node_knows_its_place_in_characters() -> None:
    node, _ = read("über: {ключ: [a, 'bc']}\n")
    assert node is not None
    inner = node.entries["über"].node
    assert isinstance(inner, MappingNode)
    entry = inner.entries["ключ"]
    assert isinstance(entry.node, ListNode)
    last = entry.node.items[1]
    assert isinstance(last, ScalarNode)
    assert (entry.place.line, entry.place.column, entry.place.length) == (1, 8, 4)
    assert (last.place.line, last.place.column, last.place.length) == (1, 18, 4)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: &x 1", "1:4: anchors (&) and aliases (*) are not allowed; write the value out, or quote the text"),
        ("a: *x", "1:4: anchors (&) and aliases (*) are not allowed; write the value out, or quote the text"),
        ("&x a: 1", "1:1: anchors (&) and aliases (*) are not allowed; write the value out, or quote the text"),
        ("a: &x []", "1:4: anchors (&) and aliases (*) are not allowed; write the value out, or quote the text"),
        ("a: !!python/object:os.system 1", "1:4: tags (!) are not allowed; write the value alone, or quote the text"),
        ("a: !!str 1", "1:4: tags (!) are not allowed; write the value alone, or quote the text"),
        ("a: !x {}", "1:4: tags (!) are not allowed; write the value alone, or quote the text"),
        ("a: 1\n---\nb: 2", "2:1: a second document starts here; a file holds one"),
        ("- a", "1:1: must be a mapping: `clients:`, `tags:` and so on"),
        ("just a text", "1:1: must be a mapping: `clients:`, `tags:` and so on"),
        ("a: {{ event.x }}", "1:5: a text that starts with {{ needs quotes around it"),
        ("? [a]\n: b", "1:3: a key must be a text"),
        (b"a: \xff", "1:4: is not UTF-8"),
        (b"a: 1\nb: \xc3", "2:4: is not UTF-8"),
        ("a: b\x00", "1:5: holds the control character U+0000"),
        ("a: 1\nb: \x1b[2J", "2:4: holds the control character U+001B"),
    ],
)
def test_it_refuses(text: str | bytes, said: str) -> None:
    assert read(text) == (None, [f"c.yaml:{said}"])


@pytest.mark.parametrize(
    ("text", "place", "hint"),
    [
        ("a:\n\tb: 1", "2:1", "indent with spaces, not with tabs"),
        ("a: [${NAME}]", "1:6", "between [ ] or { } a ${NAME} needs quotes around it"),
        ("a: b: c", "1:5", "a text that holds `: `"),
        ("a: {when: b in ['c']}", "1:16", "between [ ] or { } a text that holds any of ,[]{} or `: ` needs quotes around it"),
        ("a: @b", "1:4", "needs quotes around it"),
        ("a: 'b", "1:6", "needs quotes around it"),
        ("{a: 1", "1:5", "needs quotes around it"),
        ("%YAML 9.9\n---\na: 1", "1:1", "needs quotes around it"),
    ],
)
def test_a_slip_is_explained(text: str, place: str, hint: str) -> None:
    node, (problem,) = read(text)
    assert node is None
    assert problem.startswith(f"c.yaml:{place}: not valid YAML: ")
    assert hint in problem


def test_a_key_given_twice_names_both_places_and_the_first_is_kept() -> None:
    node, problems = read("a: {b: 1, c: 2, b: 3}\na: 4\n")
    assert node is not None
    assert plain(node) == {"a": {"b": 1, "c": 2}}
    assert problems == [
        "c.yaml:1:17: b is given twice; the first is at c.yaml:1:5",
        "c.yaml:2:1: a is given twice; the first is at c.yaml:1:1",
    ]


def test_the_last_depth_that_is_allowed() -> None:
    deepest = "a: " + "[" * (MAX_DEPTH - 1) + "]" * (MAX_DEPTH - 1)
    assert read(deepest)[1] == []
    assert "levels deep" in read(deepest.replace("[]", "[[[]]]"))[1][0]


@pytest.mark.parametrize("bomb", ["[" * 30_000, "a: " + "{a: " * 30_000, "- " * 30_000, "? " * 30_000])
def test_deep_nesting_ends_before_it_becomes_a_tree(bomb: str) -> None:
    started = time.monotonic()
    node, (problem,) = read(bomb)
    assert node is None
    assert f"is nested more than {MAX_DEPTH} levels deep" in problem or "a key must be a text" in problem
    assert time.monotonic() - started < 5


def test_an_alias_bomb_is_refused_at_its_first_anchor() -> None:
    lines = ["a: &a [x, x, x, x, x, x, x, x, x]"]
    lines += [f"{new}: &{new} [{', '.join([f'*{old}'] * 9)}]" for old, new in zip("abcdefgh", "bcdefghi", strict=True)]
    assert "c.yaml:1:4: anchors" in read("\n".join(lines))[1][0]


def test_too_many_values() -> None:
    assert read("a: [" + "1," * (MAX_NODES - 4) + "1]")[1] == []
    assert f"has more than {MAX_NODES} values" in read("a: [" + "1," * MAX_NODES + "1]")[1][0]


def test_too_large() -> None:
    assert read(b"#" * MAX_BYTES)[1] == []
    assert read(b"#" * (MAX_BYTES + 1)) == (None, ["c.yaml:1:1: is larger than 1 MiB"])


@given(st.binary(max_size=200) | st.text(alphabet="ab:-[]{}'\"#&*!|>%@`,?\t\n ${}\u2028\ufeff", max_size=60).map(str.encode))
@settings(max_examples=400)
def test_no_bytes_make_it_raise(data: bytes) -> None:
    node, problems = read(data)
    assert node is not None or problems
