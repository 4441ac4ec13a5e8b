"""Components are made once for trial, and may be plugins, which may fail: that is told like all else about the file.

Of a failure only its type is told: a component knows its secrets, and the text of an error may quote one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

from config.document import Document
from config.settings import Configured, Settings
from core.component import Batch, Setup
from core.context import Shared
from core.registry import ComponentKind
from core.secret import MASK


class _Said(NamedTuple):
    """Something that is read of a component without an event: its name, how it is read, what it must be."""

    name: str
    read: Callable[[Any], object]
    is_right: Callable[[Any], bool]
    must: str


def _are_texts(value: Any) -> bool:
    return not isinstance(value, str) and all(isinstance(each, str) for each in value)


_SAID: Final[Mapping[ComponentKind, tuple[_Said, ...]]] = {
    "client": (_Said("trusted", lambda made: made.trusted, lambda value: isinstance(value, bool), "true or false"),),
    "transformation": (),
    "tag": (
        _Said("literal_origins", lambda made: made.literal_origins, _are_texts, "a set of texts"),
        _Said("batch", lambda made: made.batch, lambda value: value is None or isinstance(value, Batch), "a Batch or None"),
    ),
}


def try_making(settings: Settings, shared: Shared, document: Document) -> None:
    """Notes what cannot be made, or does not say of itself what it will be asked.

    Only where every secret is at hand: with a mask in its place a component may rightly refuse it.
    """
    if MASK in shared.secrets.values():
        return
    for component in settings.components:
        wrong = _wrong(component, shared)
        if wrong:
            message = f"the {component.kind} type {component.type} {wrong}"
            document.error((f"{component.kind}s", component.name), message, key=True)


def _wrong(component: Configured[Any], shared: Shared) -> str:
    """What is wrong with it as it is made; empty where nothing is."""
    try:
        made = component.component(component.settings, Setup(component.name, shared.secrets, shared))
    except Exception as error:
        return f"could not be made: {type(error).__name__}"
    return next(filter(None, (_unsaid(made, each) for each in _SAID[component.kind])), "")


def _unsaid(made: Any, said: _Said) -> str:
    try:
        right = said.is_right(said.read(made))
    except Exception as error:
        return f"could not be asked for {said.name}: {type(error).__name__}"
    return "" if right else f"is not whole: {said.name} must be {said.must}"
