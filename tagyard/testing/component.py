"""What the contracts of all kinds of component have in common."""

from __future__ import annotations

import difflib
import inspect
import json
from collections.abc import Iterator, Mapping
from pprint import pformat
from typing import Any, ClassVar, Final, get_args

import pytest
from pydantic import BaseModel, ValidationError

from core.component import Component, Setup
from core.registry import BASES, installed

CANARY: Final = "canary-4f1c"
SECRETS: Final = {"CANARY": CANARY}
"""Those of every component that a contract makes."""


def hold(holds: bool, otherwise: str) -> None:
    """Fails the test with these words, and no traceback: it would lead through Tagyard, and not to what is wrong."""
    if not holds:
        pytest.fail(otherwise, pytrace=False)


def equal(made: object, wanted: object, otherwise: str) -> None:
    """The same, where two differ: what was wanted is marked ``-``, what came instead ``+``."""
    if made != wanted:
        before, after = (pformat(each, width=110, sort_dicts=False).splitlines() for each in (wanted, made))
        difference = [line.rstrip() for line in difflib.ndiff(before, after) if not line.startswith("?")]
        pytest.fail("\n".join([otherwise, *difference]), pytrace=False)


class ComponentContract:
    """What holds of every component."""

    component: ClassVar[type[Component]]

    def _made(self, settings: Mapping[str, Any]) -> Any:
        """The component as a file with these settings has it."""
        return self.component(self.component.Settings.model_validate(settings), Setup("mine", SECRETS))

    def test_an_entry_point_leads_to_it(self) -> None:
        """By which a file finds it; it is listed once the package is installed."""
        (kind,) = [kind for kind, base in BASES.items() if issubclass(self.component, base)]
        value = f"{self.component.__module__}:{self.component.__qualname__}"
        hold(
            any(entry.kind == kind and entry.point.value == value for entry in installed()),
            f"no entry point leads to {value}, so that no file can name it. Write into pyproject.toml\n\n"
            f'[project.entry-points."tagyard.{kind}s"]\n{self.component.__name__.lower()} = "{value}"\n\n'
            "and install the package again: pip install --editable .",
        )

    def test_it_says_what_it_is(self) -> None:
        """On the reference page."""
        for each in (self.component, self.component.Settings):
            hold(bool(vars(each).get("__doc__")), f"{each.__name__} has no docstring; the reference page shows it")
        hold(bool(self.component.examples), f"{self.component.__name__}.examples is empty: they are its tests and documentation")

    def test_every_setting_is_described(self) -> None:
        """To whoever writes the file, in his editor, too."""
        for model in _models(self.component.Settings):
            for name, field in model.model_fields.items():
                told = field.description or ""
                hold(bool(told), f"{model.__name__}.{name} has no description; write Field(..., description='What it is.')")
                hold(not told[:1].islower(), f"the description of {model.__name__}.{name} begins with a small letter")

    def test_its_settings_have_a_json_schema(self) -> None:
        """By which ``tagyard schema`` helps editors."""
        schema = self.component.Settings.model_json_schema()
        hold(schema["additionalProperties"] is False, f"{self.component.Settings.__name__} must refuse what it does not know")
        json.dumps(schema)

    def test_an_unknown_setting_is_refused(self) -> None:
        """Whoever misspells one is told so."""
        with pytest.raises(ValidationError, match="no_such_key"):
            self.component.Settings.model_validate({"no_such_key": 1})

    def test_its_examples_have_different_titles(self) -> None:
        """They are headings of one page."""
        titles = [example.title for example in self.component.examples]
        twice = sorted({title for title in titles if titles.count(title) > 1})
        hold(not twice, f"examples of {self.component.__name__} share a title: {', '.join(twice)}")


def _models(model: type[BaseModel]) -> Iterator[type[BaseModel]]:
    """The settings and every model inside them."""
    yield model
    for field in model.model_fields.values():
        for part in _parts(field.annotation):
            if inspect.isclass(part) and issubclass(part, BaseModel):
                yield from _models(part)


def _parts(hint: Any) -> Iterator[Any]:
    yield hint
    for part in get_args(hint):
        yield from _parts(part)
