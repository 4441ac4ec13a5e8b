"""Writes the tables of ``docs/metrics.md`` from the metrics themselves; the words around them stay. ``make docs``."""

from __future__ import annotations

import re
from typing import Final

from docs.rendering.places import DOCS
from server.observe.metric import Metric, Section
from server.observe.metrics import METRICS

PAGE: Final = DOCS / "metrics.md"
HEAD: Final = "| Metric | Kind | Labels | Meaning |\n|---|---|---|---|\n"


def render(page: str) -> str:
    """The page with the tables as they are now: one below the heading of each section."""
    for section in Section:
        table = HEAD + "".join(map(_row, (metric for metric in METRICS if metric.section is section)))
        begins = re.escape(f"## {section}\n\n{HEAD}")
        page, found = re.subn(rf"^{begins}(\|.*\n)*", f"## {section}\n\n{table}".replace("\\", r"\\"), page, flags=re.MULTILINE)
        if found != 1:
            raise ValueError(f"docs/metrics.md has no table below the heading {section.value!r}")
    return page


def _row(metric: Metric) -> str:
    labels = ", ".join(f"`{label}`" for label in metric.all_labels) or "–"
    return f"| `{metric.name}` | {metric.kind} | {labels} | {metric.help} |\n"
