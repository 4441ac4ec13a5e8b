"""The face that components are written against: what it offers is a promise, and all that a component needs is there."""

from __future__ import annotations

import ast
import inspect
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, get_args, get_type_hints

import pytest

import tagyard
from tagyard import face, testing

ROOT = Path(__file__).parents[2]
PLUGIN = ROOT / "tests" / "plugin"

PROMISED: Final = frozenset({
    *("Batch", "Claim", "Client", "ClientCredentials", "ClientExample", "ClientSettings", "Cluster", "Condition"),
    *("ConsentType", "Context", "Declined", "Delivered", "Doubt", "Duration", "Event", "EventPart", "FileSet", "Finding"),
    *("Geo", "Grant", "Headers", "HeldBack", "KeyFile", "KeyPath", "LAST", "Line", "Login", "Many", "Message"),
    *("Messages", "OpenTemplate", "Origin", "Outbound", "OutboundRequest", "Outcome", "ParameterSettings", "Parts"),
    *("Paths", "Payload", "Person", "Place", "Rejected", "Reply", "Request", "Response", "Retry", "Rows", "Scope"),
    *("SealedText", "Secret", "ServiceAccount", "Setup", "Shape", "Size", "Skip", "Steps", "Tag", "TagExample", "TagSettings"),
    *("Template", "Tls", "Transformation", "TransformationExample", "TransformationSettings", "UNDEFINED", "Undefined"),
    *("Upstream", "Url", "WholeFile", "as_form", "as_json", "fill", "header_text", "hit_reply", "judge_by_status"),
    *("micros", "own_data", "own_parameters", "service_account", "sha256", "text_of", "undivided"),
})  # fmt: skip
"""What plugins that are out there may import. To take a name from here breaks them: docs/components.md says when that may be."""

FOR_TESTS: Final = frozenset({
    *("ClientContract", "ConfigurationError", "Explained", "TagContract", "TransformationContract"),
    *("context", "explain", "problems", "request"),
})  # fmt: skip
"""What their tests may import from ``tagyard.testing``."""

BASES: Final[tuple[type, ...]] = (
    *(tagyard.Client, tagyard.Transformation, tagyard.Tag),
    *(tagyard.ClientSettings, tagyard.TransformationSettings, tagyard.TagSettings),
    *(tagyard.ClientExample, tagyard.TransformationExample, tagyard.TagExample),
)
OURS: Final = ("core", "wire", "config", "clients", "transformations", "tags", "server")


def test_it_offers_what_is_promised_and_nothing_more() -> None:
    assert sorted(face.__all__) == sorted(PROMISED)
    assert sorted(testing.__all__) == sorted(FOR_TESTS)
    assert set(dir(tagyard)) >= PROMISED
    everything: dict[str, object] = {}
    exec("from tagyard import *", everything)
    assert everything.keys() - {"__builtins__"} == PROMISED
    with pytest.raises(ImportError, match="NoSuchThing"):
        exec("from tagyard import NoSuchThing")


def test_the_page_lists_each_name_once() -> None:
    table = (ROOT / "docs" / "components.md").read_text(encoding="utf-8").partition("## Everything that `tagyard` offers")[2]
    assert sorted(re.findall(r"`(\w+)`", table)) == sorted([*PROMISED, *FOR_TESTS])


def test_nothing_behind_it_is_imported_before_a_name_is_asked_for() -> None:
    code = "import sys, tagyard; before = set(sys.modules); tagyard.Tag; print('core' in before, 'core' in sys.modules)"
    told = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert told == "False True\n"


@pytest.mark.parametrize("name", sorted(PROMISED))
def test_each_name_says_what_it_is(name: str) -> None:
    value = getattr(tagyard, name)
    assert not name.startswith("_")
    if inspect.isclass(value) or inspect.isfunction(value):
        assert value.__name__ == name
        assert inspect.getdoc(value)


def _asked(base: type) -> Iterator[Any]:
    """The types of the fields, arguments and results that a component of this base sees or gives."""
    for kind in base.__mro__:
        functions = [each.fget if isinstance(each, property) else each for each in vars(kind).values()]
        for each in (kind, *filter(inspect.isfunction, functions)):
            if kind.__module__.startswith("core."):
                yield from get_type_hints(each).values()


def _classes(hint: Any) -> Iterator[type]:
    yield from (part for argument in get_args(hint) for part in _classes(argument))
    if inspect.isclass(hint) and hint.__module__.partition(".")[0] in OURS:
        yield hint


@pytest.mark.parametrize("base", BASES, ids=lambda base: base.__name__)
def test_whatever_a_component_is_given_or_gives_has_its_type_there(base: type) -> None:
    offered = [getattr(tagyard, name) for name in PROMISED]
    behind = {kind.__name__ for kind in BASES for kind in kind.__mro__ if kind.__name__.startswith("Component")}
    asked = {each for hint in _asked(base) for each in _classes(hint)}
    assert sorted(each.__name__ for each in asked if each not in offered and each.__name__ not in behind) == []


@pytest.mark.parametrize("path", [PLUGIN / name for name in ("beacon.py", "bulk.py", "sieve.py")], ids=lambda path: path.stem)
def test_a_plugin_needs_no_other_module_of_ours(path: Path) -> None:
    found = {node.module for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.ImportFrom)}
    assert "tagyard" in found
    assert not [name for name in found if name and name.partition(".")[0] in OURS]
