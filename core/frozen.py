"""Values that are not to be changed: the type checker holds that, so that making one at run time costs no more than it has to."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeVar, dataclass_transform

Value = TypeVar("Value")


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def frozen(kind: type[Value]) -> type[Value]:
    """A dataclass with slots whose fields the type checker lets nobody assign.

    Nothing is checked at run time: a frozen dataclass sets each field by a call, which takes four times as long to make one,
    and an event makes a score of them.
    """
    return dataclass(slots=True, unsafe_hash=True)(kind)
