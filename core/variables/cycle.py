"""Variables that need each other."""

from __future__ import annotations

from collections.abc import Mapping
from graphlib import CycleError, TopologicalSorter


def find_cycle(uses: Mapping[str, set[str]]) -> list[str] | None:
    """Variables that need each other, as ``[a, b, a]`` (a uses b, b uses a); None where there are none."""
    try:
        TopologicalSorter(uses).prepare()
    except CycleError as error:
        cycle: list[str] = error.args[1][::-1]
        return cycle
    return None
