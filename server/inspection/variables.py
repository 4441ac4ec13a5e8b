"""Every variable of the configuration and its value for one event, worked out when somebody looks; the unused ones too."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, TypedDict

from config.mentions import mentions
from core.context import Scope
from core.expressions import names_of, undefined_names
from core.expressions.names import OF_ELEMENTS
from core.expressions.template import parts
from core.secret import MASK
from core.undefined import UNDEFINED
from core.variables import Each, File, Lookup, Regex, VariableSettings, references
from server.inspection.look import Look
from server.inspection.present import ShownValue, value
from server.inspection.privacy import HIDDEN

LONGEST: Final = 4000
"""Characters of a value that are told."""

MOST: Final = 2_000_000
"""Characters of values that are looked through for secrets and personal data, so that a page is there in time."""


class ShownVariable(TypedDict):
    """``source`` is what it is made of, ``why`` tells why it has no value. ``used`` are the places that name it."""

    name: str
    form: str
    source: str
    value: ShownValue
    why: str
    used: list[str]


_FORMS: Final[Mapping[type, str]] = {Lookup: "lookup", Regex: "regex", File: "file", Each: "each"}
_WITHOUT: Final[Mapping[type, str]] = {
    Lookup: "its table has no entry for this value, and there is no default",
    Regex: "no pattern is found in this value, and there is no default",
    Each: "no element of the list gives a number, or it is no list",
}
_NOTHING_MADE: Final = "what it names has a value, but not one that this can be made of"
_OMITTED: Final[ShownValue] = {"text": "not shown: the values before it are too long already", "kind": "omitted"}


@dataclass(frozen=True)
class Variables:
    """Tells of the variables for one event."""

    look: Look
    position: int

    def all(self) -> list[ShownVariable]:
        """Every one, in the order of the file."""
        scope, room, shown = self.look.scope(self.position), MOST, []
        for name, settings in self._settings.items():
            found, failed = _found(scope, name)
            told = self._value(name, settings, found) if room > 0 else _OMITTED
            room -= len(told["text"])
            shown.append(self._variable(name, settings, _beginning(told), failed or self._why(settings, found, scope)))
        return shown

    @property
    def _settings(self) -> Mapping[str, VariableSettings]:
        return self.look.serving.settings.variables

    def _variable(self, name: str, settings: VariableSettings, told: ShownValue, why: str) -> ShownVariable:
        text = self.look.privacy.text
        source = settings.file if isinstance(settings, File) else "; ".join(each.source for each in references(settings))
        return {
            "name": name,
            "form": _FORMS.get(type(settings), "expression" if source else "constant"),
            "source": text(source[:LONGEST]),
            "value": told,
            "why": text(why),
            "used": self._used.get(name, []),
        }

    def _value(self, name: str, settings: VariableSettings, found: Any) -> ShownValue:
        if isinstance(settings, File):
            return {"text": f"a table of {len(found)} rows", "kind": "table"}
        mask = self._masks[name]
        if mask and found is not UNDEFINED and not isinstance(found, bool):
            return {"text": mask, "kind": "masked"}
        return value(found if found is UNDEFINED else self.look.privacy.value(found, name))

    def _why(self, settings: VariableSettings, found: Any, scope: Scope) -> str:
        """Why it has no value; empty where it has one."""
        if found is not UNDEFINED:
            return ""
        missing = [name for name in undefined_names(_sources(settings), scope) if _root(name) not in OF_ELEMENTS]
        if missing:
            return f"{' and '.join(missing[:3])} {'has' if len(missing) == 1 else 'have'} no value"
        return _WITHOUT.get(type(settings), _NOTHING_MADE)

    @cached_property
    def _used(self) -> dict[str, list[str]]:
        """By variable, the components and sections whose expressions name it."""
        used: dict[str, dict[str, None]] = {}
        for mention in mentions(self.look.serving.settings):
            for root, name in mention.expression.references:
                if root == "var":
                    used.setdefault(name, {})[".".join(map(str, mention.location[:2]))] = None
        return {name: list(places) for name, places in used.items()}

    @cached_property
    def _masks(self) -> dict[str, str]:
        """By name, what stands for values that are made of what may not be shown, by themselves or through other variables."""
        masks: dict[str, str] = {}

        def mask(name: str) -> str:
            if name not in masks:  # variables that need each other are refused with their file
                settings = self._settings[name]
                own = map(self.look.privacy.mask_of, names_of(_sources(settings)))
                masks[name] = _strictest({*own, *map(mask, _variables_in(settings))})
            return masks[name]

        return {name: mask(name) for name in self._settings}


def _strictest(masks: set[str]) -> str:
    return next((mask for mask in (MASK, HIDDEN) if mask in masks), "")


def _found(scope: Scope, name: str) -> tuple[Any, str]:
    """The value, and what was raised on the way to it."""
    try:
        return scope.variable(name), ""
    except Exception as error:  # whatever is wrong with it, the page tells it beside its name
        return UNDEFINED, f"it failed: {type(error).__name__}"


def _beginning(told: ShownValue) -> ShownValue:
    length = len(told["text"])
    return told if length <= LONGEST else {"text": f"{told['text'][:LONGEST]}… ({length - LONGEST} more)", "kind": told["kind"]}


def _sources(settings: VariableSettings) -> Iterator[str]:
    """Its expressions without the texts around them."""
    for expression in references(settings):
        yield from (part.text for part in parts(expression.source) if part.expression)


def _root(name: str) -> str:
    return name.partition(".")[0].partition("[")[0]


def _variables_in(settings: VariableSettings) -> set[str]:
    return {name for expression in references(settings) for root, name in expression.references if root == "var"}
