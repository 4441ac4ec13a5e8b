"""A line chart as SVG, readable on light and on dark pages."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Final, TypeAlias
from xml.sax.saxutils import escape

Points: TypeAlias = Sequence[tuple[float, float]]

WIDTH: Final = 640
HEIGHT: Final = 320
LEFT: Final = 90
RIGHT: Final = 130
TOP: Final = 40
BOTTOM: Final = 50

_STYLE: Final = """
svg { background: #fff; font: 13px system-ui, sans-serif; }
text { fill: #333; } .title { font-size: 15px; font-weight: 600; } .grid { stroke: #ddd; }
.s0 { stroke: #1f6feb; fill: #1f6feb; } .s1 { stroke: #c2410c; fill: #c2410c; }
path.s0, path.s1 { fill: none; stroke-width: 2; } text.s0, text.s1 { stroke: none; }
@media (prefers-color-scheme: dark) {
  svg { background: #0d1117; } text { fill: #d0d7de; } .grid { stroke: #30363d; }
  .s0 { stroke: #79b8ff; fill: #79b8ff; } .s1 { stroke: #ffa657; fill: #ffa657; }
}
"""


def plot(title: str, along: str, lines: Mapping[str, Points]) -> str:
    """The chart: lines by name, up to two, both axes from 0. Every line has a point."""
    most_x = max(x for points in lines.values() for x, _ in points) or 1
    step = _step(max(y for points in lines.values() for _, y in points))
    most_y = step * math.ceil(max(y for points in lines.values() for _, y in points) / step)

    def at(x: float, y: float) -> tuple[float, float]:
        across, up = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM
        return round(LEFT + across * x / most_x, 1), round(TOP + up * (1 - y / most_y), 1)

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(title)}">',
        f"<style>{_STYLE}</style>",
        _text(LEFT, 22, title, "title", "start"),
        _text(LEFT + (WIDTH - LEFT - RIGHT) / 2, HEIGHT - 10, along, "", "middle"),
    ]
    for number in range(round(most_y / step) + 1):
        left, height = at(0, number * step)
        parts += [
            f'<path class="grid" d="M{left} {height}H{WIDTH - RIGHT}"/>',
            _text(left - 8, height + 4, short(number * step), "", "end"),
        ]
    for x in sorted({x for points in lines.values() for x, _ in points}):
        parts.append(_text(at(x, 0)[0], HEIGHT - BOTTOM + 18, short(x), "", "middle"))
    for number, (name, points) in enumerate(lines.items()):
        parts += _line(name, [at(x, y) for x, y in points], f"s{number}")
    return "\n".join([*parts, "</svg>"]) + "\n"


def _line(name: str, points: Points, style: str) -> Iterator[str]:
    yield f'<path class="{style}" d="M{"L".join(f"{x} {y}" for x, y in points)}"/>'
    for x, y in points:
        yield f'<circle class="{style}" cx="{x}" cy="{y}" r="3.5"/>'
    x, y = points[-1]
    yield _text(x + 8, y + 4, name, style, "start")


def _text(x: float, y: float, text: str, style: str, anchor: str) -> str:
    return f'<text x="{x}" y="{y}" class="{style}" text-anchor="{anchor}">{escape(text)}</text>'


def _step(most: float) -> float:
    """A round distance of grid lines, four to eight of which reach that far."""
    rough = most / 5 or 1.0
    size = float(10 ** math.floor(math.log10(rough)))
    return next(size * times for times in (1, 2, 5, 10) if size * times >= rough)


def short(value: float) -> str:
    """A number for an axis: 1.2 M, 100 k, 5."""
    for size, unit in ((1e6, " M"), (1e3, " k")):
        if value >= size:
            return f"{value / size:g}{unit}"
    return f"{value:g}"
