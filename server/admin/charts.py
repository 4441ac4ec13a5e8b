"""Small charts as the numbers of an SVG: columns from the ground up, one layer before the other. Templates draw them.

A column is a line, two units from the next: a page holds many thousands of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias, TypedDict

HEIGHT: Final = 24
APART: Final = 2
"""Units from one column to the next."""

LEAST: Final = 2
"""The height of a column that is not zero: it is to be seen."""

Column: TypeAlias = float | None
"""None, like zero, is no column."""


@dataclass(frozen=True, slots=True)
class Layer:
    """``kind`` says what it looks like: ``good``, ``bad``, ``most`` or ``usual``."""

    kind: str
    columns: Sequence[Column]


class Area(TypedDict):
    """The columns of a layer as the data of one path, which is stroked."""

    kind: str
    path: str


class Chart(TypedDict):
    """``words`` tell what there is to see to whoever does not see it."""

    words: str
    areas: list[Area]
    width: int
    height: int


def chart(words: str, *layers: Layer, top: float | None = None) -> Chart:
    """Later layers stand before earlier ones. ``top`` is as high as the chart; by default the highest of all columns."""
    highest = max((column for layer in layers for column in layer.columns if column), default=0)
    scale = highest if top is None else top
    areas: list[Area] = [{"kind": each.kind, "path": _path(each.columns, scale)} for each in layers]
    width = APART * max((len(each.columns) for each in layers), default=1)
    return {"words": words, "areas": [each for each in areas if each["path"]], "width": width, "height": HEIGHT}


def _path(columns: Sequence[Column], top: float) -> str:
    heights = ((index, _height(column, top)) for index, column in enumerate(columns))
    return "".join(f"M{APART * index + APART // 2} {HEIGHT}v-{high}" for index, high in heights if high)


def _height(column: Column, top: float) -> int:
    """Within the chart, whatever the numbers are."""
    if not column or not top > 0 or not column > 0:
        return 0
    return max(LEAST, HEIGHT if column >= top else round(HEIGHT * (column / top)))
