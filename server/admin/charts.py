"""Small charts as the numbers of an SVG: columns from the ground up, one layer before the other. Templates draw them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias, TypedDict

WIDTH: Final = 120
HEIGHT: Final = 24

_LEAST: Final = 0.06
"""The height of a column that is not zero, as a share of the chart: it is to be seen."""

Column: TypeAlias = float | None
"""None, like zero, is no column."""


@dataclass(frozen=True, slots=True)
class Layer:
    """``kind`` says what it looks like: ``good``, ``bad``, ``most`` or ``usual``."""

    kind: str
    columns: Sequence[Column]


class Area(TypedDict):
    """The columns of a layer as the data of one path."""

    kind: str
    path: str


class Chart(TypedDict):
    """``words`` tell what there is to see to whoever does not see it."""

    words: str
    areas: list[Area]
    width: int
    height: int


def chart(words: str, *layers: Layer, top: float | None = None, width: int = WIDTH, height: int = HEIGHT) -> Chart:
    """Later layers stand before earlier ones. ``top`` is as high as the chart; by default the highest of all columns."""
    highest = max((column for layer in layers for column in layer.columns if column), default=0)
    scale = highest if top is None else top
    areas: list[Area] = [{"kind": each.kind, "path": _path(each.columns, scale, width, height)} for each in layers]
    return {"words": words, "areas": [each for each in areas if each["path"]], "width": width, "height": height}


def _path(columns: Sequence[Column], top: float, width: int, height: int) -> str:
    each = width / max(1, len(columns))
    wide = _short(each * 0.75)
    found = ((index * each, _height(column, top, height)) for index, column in enumerate(columns))
    return "".join(f"M{_short(left)} {height}h{wide}v-{_short(high)}h-{wide}z" for left, high in found if high)


def _height(column: Column, top: float, height: int) -> float:
    """Within the chart, whatever the numbers are."""
    if not column or not top > 0 or not column > 0:
        return 0.0
    return height * max(_LEAST, 1.0 if column >= top else column / top)


def _short(number: float) -> str:
    return f"{number:.2f}".rstrip("0").rstrip(".")
