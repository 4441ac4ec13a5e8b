"""docs/expressions.md: its examples give what it says, and all that the language has is in one of them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from jinja2 import nodes

from core.expressions import ExpressionError, names_of
from core.expressions.compiler import _NODES, DEEPEST
from core.expressions.filters import FILTERS
from core.expressions.grammar import LONGEST_SOURCE, parse
from core.expressions.names import CONSENT, HASHED, HASHED_BY_THE_PAGE, KINDS, PERSON, REQUEST, ROOTS
from core.expressions.operators import ARITHMETIC, COMPARISONS
from core.expressions.predicates import LONGEST_PATTERN, PREDICATES, STATES
from core.expressions.replacement import MOST_FOUND
from core.expressions.template import parts
from core.expressions.values import LARGEST_NUMBER, LONGEST_LIST, LONGEST_NUMBER, LONGEST_TEXT
from core.expressions.written import WRITTEN
from core.paths import LONGEST_PATH
from server.cli.main import main
from tests.block_runners import run_by
from tests.documentation import ROOT, text_of
from tests.expression_examples import GIVES, MISTAKE, PAGE, WARNING, Example, examples, shown, value_of

TEXT = text_of(ROOT / PAGE)
EXAMPLES = [
    each for block in run_by("test_an_example_gives_what_the_page_says") if block.language == "text" for each in examples(block)
]
RUN = [each for each in EXAMPLES if each.kind == GIVES]


@pytest.mark.parametrize("example", RUN, ids=str)
def test_an_example_gives_what_the_page_says(example: Example) -> None:
    assert example.compiled().warnings == ()
    assert value_of(example) == example.told


@pytest.mark.parametrize("example", [each for each in EXAMPLES if each.kind == MISTAKE], ids=str)
def test_a_mistake_is_told_in_the_words_of_the_page(example: Example) -> None:
    with pytest.raises(ExpressionError) as caught:
        example.compiled()
    assert str(caught.value) == example.told


@pytest.mark.parametrize("example", [each for each in EXAMPLES if each.kind == WARNING], ids=str)
def test_a_warning_is_told_in_the_words_of_the_page(example: Example) -> None:
    assert [each.message for each in example.compiled().warnings] == [example.told]


def test_what_is_set_in_each_element_is_what_the_page_shows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    client = "clients: {web: {type: ga4, measurement_ids: [G-ABC1234567]}}\n"
    Path("container.yaml").write_text(client + shown("yaml", "what_it_earns"))
    Path("event.json").write_text(shown("json", "event_name"))
    Path("margins.csv").write_bytes((ROOT / "config" / "examples" / "margins.csv").read_bytes())
    told = CliRunner().invoke(main, ["explain", "--event", "event.json", "--json"])
    made = json.loads(told.stdout)["events"][0]["tags"]["hook"]["data"]
    expected = json.loads(shown("json", '"margin"'))
    assert {name: made[name] for name in expected} == expected


def sources() -> list[str]:
    return [part.text for each in RUN for part in parts(each.source) if "{{" not in each.source or part.expression]


def walked() -> Iterator[nodes.Node]:
    """Every node of every expression that is run."""
    waiting: list[nodes.Node] = [parse(source) for source in sources()]
    while waiting:
        node = waiting.pop()
        yield node
        waiting += node.iter_child_nodes()


def test_every_form_operator_filter_and_test_of_the_language_is_run() -> None:
    seen = list(walked())
    forms = {type(node) for node in seen}
    assert forms >= _NODES.keys() - {nodes.Tuple}, "a list may be written in parentheses; the page need not say so"
    assert {form.__name__ for form in forms} >= ARITHMETIC.keys()
    assert {node.op for node in seen if isinstance(node, nodes.Operand)} == COMPARISONS.keys()
    assert {node.name for node in seen if isinstance(node, nodes.Filter)} == FILTERS.keys() | WRITTEN.keys()
    assert {node.name for node in seen if isinstance(node, nodes.Test)} == PREDICATES.keys() | STATES.keys()


def test_every_name_is_run() -> None:
    names = {name.replace("[", ".").partition("(")[0] for name in names_of(sources())}
    assert {name.split(".")[0] for name in names} == ROOTS.keys()
    begun = {".".join(name.split(".")[:2]) for name in names}
    assert begun >= {f"request.{name}" for name in REQUEST}
    assert begun >= {f"consent.{name}" for name in CONSENT}
    assert begun >= {f"user.{name}" for name in (*PERSON, *(f"{kind}{HASHED}" for kind in PERSON), *HASHED_BY_THE_PAGE)}


def test_its_tables_name_every_filter_and_test_and_what_is_known_of_a_person() -> None:
    named = set(re.findall(r"`(\w+)(?:\([^`]*\)| '[^`]*)?`", "\n".join(re.findall(r"^\| .*", TEXT, re.MULTILINE))))
    assert named >= FILTERS.keys() | WRITTEN.keys() | PREDICATES.keys() | STATES.keys()
    assert set(KINDS) <= set(re.findall(r"`'(\w+)'`", TEXT))


def test_its_limits_are_those_of_the_code() -> None:
    (limits,) = re.findall(r"^## Limits\n(.*)", TEXT, re.DOTALL | re.MULTILINE)
    for number in (
        LONGEST_SOURCE,
        DEEPEST,
        LONGEST_TEXT,
        LONGEST_NUMBER,
        LONGEST_PATTERN,
        MOST_FOUND,
        LONGEST_PATH,
        LONGEST_LIST,
    ):
        assert re.search(rf"\| {number:,} ", limits), number
    assert LARGEST_NUMBER == 10**18
    assert "±10¹⁸" in limits
