"""Variables that users make, by their type in the export."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Final, TypeAlias

from server.tag_manager import literals
from server.tag_manager.meaning import Computed, Constant, Lost, Meaning
from server.tag_manager.translation import Translation

VariableReader: TypeAlias = Callable[[Translation], Meaning | Lost]

_WORD: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def below(base: str, path: str) -> str:
    """A key path after a name: ``event.items[0].price``, ``event['x-ga-gcs']``."""
    steps = [step for step in path.split(".") if step]
    return base + "".join(_step(step) for step in steps)


def _step(step: str) -> str:
    if _WORD.fullmatch(step):
        return f".{step}"
    return f"[{int(step)}]" if step.isascii() and step.isdigit() and len(step) < 9 else f"[{literals.in_expression(step)}]"


def _constant(translation: Translation) -> Meaning | Lost:
    return Constant(translation.entity.text("value"))


def _event_data(translation: Translation) -> Meaning | Lost:
    path = translation.entity.text("keyPath")
    if literals.lone_reference(path) is not None:
        step = translation.operand(path)
        return step if isinstance(step, Lost) else Computed(f"event[{step.expression}]")
    if any(is_name for is_name, _ in literals.parts(path)):
        return Lost("its key path depends on the event")
    return Computed(below("event", path))


VARIABLES: Final[Mapping[str, VariableReader]] = {"c": _constant, "ed": _event_data}
