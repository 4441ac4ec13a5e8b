"""The carets are under the piece that is wrong, however the value that holds it is written."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from config.inside import Spot, place_at, place_of
from config.nodes import MappingNode, ScalarNode
from config.parse import parse
from config.problem import Problem, Report
from config.source import Position, SourceFile
from tests.config.conftest import Check


def node_of(text: str) -> ScalarNode:
    """The value of the only key of a file."""
    report = Report()
    root = parse(SourceFile("a.yaml", text.encode()), report)
    assert isinstance(root, MappingNode), report.problems
    (entry,) = root.entries.values()
    assert isinstance(entry.node, ScalarNode)
    return entry.node


def under(place: Position) -> str:
    return place.source.lines[place.line - 1][place.column - 1 : place.column - 1 + place.length]


def covered(problem: Problem) -> str:
    return problem.excerpt[problem.column - 1 :][: problem.length]


WORDS = st.text(
    st.sampled_from("abc'\"\\:#- \n\té{}ü😀|>%@") | st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=40
)


@pytest.mark.parametrize("style", [None, "'", '"', "|", ">"])
@given(before=WORDS, after=WORDS, narrow=st.booleans())
def test_a_word_is_found_in_every_way_to_write_a_text(style: str | None, before: str, after: str, narrow: bool) -> None:
    text = f"{before} needle {after}"
    written = yaml.safe_dump({"key": text}, default_style=style, allow_unicode=not narrow, width=20 if narrow else 500)
    node = node_of(written)
    assert node.text == text
    assert under(place_at(node, len(before) + 1, len("needle"))) == "needle"


@pytest.mark.parametrize(
    ("written", "under_it"),
    [
        ("key: plain {{ evnt.a }} text", "evnt.a"),
        ("key: plain over\n   lines {{ evnt.a }}\n   text  # and a remark", "evnt.a"),
        ("key: 'it''s, it''s {{ evnt.a }}'", "evnt.a"),
        ("key: 'over\n\n  lines {{\n  evnt.a }}'", "evnt.a"),
        ('key: "\\x41\\u0020\\U0001F600\\t\\"\\\\ {{ evnt.a }}"', "evnt.a"),
        ('key: "over \\\n   a line {{ evnt.a }}"', "evnt.a"),
        ('key: "{{ evnt.\\x61 }}"', "evnt.\\x61"),
        ("key: |2-  # evnt\n   {{ event.b }}\n   {{ evnt.a }}\n", "evnt.a"),
        ("key: >+\n  folded {{ event.b }}\n\n    deeper\n  {{ evnt.a }}\n\n", "evnt.a"),
        ("{key: '{{ evnt.a }}'}", "evnt.a"),
        ("'key': \"{{ evnt['a'] }}\"", "evnt"),
    ],
)
def test_a_name_is_found_where_it_is_written(written: str, under_it: str) -> None:
    node = node_of(written)
    assert under(place_of(node, Spot(node.text, node.text.index("evnt")))) == under_it


@pytest.mark.parametrize("word", ["a", "over", "two lines"])
def test_what_goes_on_in_the_next_line_ends_with_its_own(word: str) -> None:
    node = node_of("key: over\n  two\n  lines a\n")
    place = place_at(node, node.text.index(word), len(word))
    assert under(place) == word.split(" ", maxsplit=1)[0]


@pytest.mark.parametrize(
    ("source", "raw", "at"),
    [
        ("production {{ event.a }} {{ evnt.a }}", "'${STAGE} {{ event.a }} {{ evnt.a }}'", 27),
        ("${x} {{ evnt.a }}", "'$${x} {{ evnt.a }}'", 10),
        ("no braces at all", "'${ALL} of it'", 0),
    ],
)
def test_what_the_environment_brings_in_moves_nothing(source: str, raw: str, at: int) -> None:
    node = node_of(f"key: {raw}")
    offset = source.find("evnt")
    place = place_of(node, Spot(source, max(0, offset)))
    assert under(place) == ("evnt.a" if offset >= 0 else raw)
    assert place.column == len("key: ") + at + 1


@pytest.mark.parametrize("written", ["key: ''", "key: '  '", 'key: "\\n"', "key: |\n\n"])
def test_of_a_value_without_a_word_the_whole_is_shown(written: str) -> None:
    node = node_of(written)
    assert place_at(node, 0, 1) == node.place


@pytest.mark.parametrize(
    ("expression", "culprit"),
    [
        ("event.a | uper", "uper"),
        ("event.a is matchin 'x'", "is matchin"),
        ("event.a is not matchin 'x'", "is not matchin"),
        ("event.a = 1", "="),
        ("event.a && event.b", "&&"),
        ("event.a == 'x", "'"),
        ("event.a and", "and"),
        ("(event.a", "a"),
    ],
)
def test_of_an_expression_the_mistake_alone_is_underlined(check: Check, expression: str, culprit: str) -> None:
    written = expression.replace("'", "''")
    for text in (f"triggers: {{t: {{when: '{written}'}}}}", f"variables: {{v: 'a {{{{ {written} }}}} b'}}"):
        problem = next(each for each in check(text).problems if each.path.endswith((".v", ".when")))
        assert covered(problem).replace("''", "'") == culprit


@pytest.mark.parametrize("quoted", ['\\"yes\\"', "'yes'"])
def test_a_text_of_an_expression_is_underlined_with_its_quotes(check: Check, quoted: str) -> None:
    loaded = check(f'consent: {{ad_storage: "{{{{ event.a | default({quoted}) }}}}"}}')
    assert quoted in [covered(problem) for problem in loaded.problems]


def test_every_condition_of_a_list_has_its_own(check: Check) -> None:
    text = "triggers:\n  t:\n    when:\n    - event.a == 1\n    - >\n      event.b\n      and var.gone\n    - env.GONE\n"
    found = {(problem.line, covered(problem)) for problem in check(text).problems if problem.path.startswith("triggers")}
    assert found == {(7, "var.gone"), (8, "env.GONE")}


@pytest.mark.parametrize("beside", ["${TOKEN}", "${STAGE}", "$${x}"])
def test_beside_a_value_of_the_environment_the_right_one_is_underlined(check: Check, beside: str) -> None:
    hook = f"{{url: x, body: ['{beside} {{{{ event.a }}}} {{{{ event.a | uper }}}}']}}"
    text = f"environment: {{STAGE: a text}}\ntags: {{hook: {hook}}}"
    loaded = check(text, environ={"TOKEN": "a much longer text than its name"})
    assert [covered(problem) for problem in loaded.problems if "uper" in problem.message] == ["uper"]
