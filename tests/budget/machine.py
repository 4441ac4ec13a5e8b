"""How long work takes of the processor, whatever else runs on the machine, and however fast that is."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import Final

REFERENCE: Final = 0.0075
"""Seconds that the machine takes for ``_reference`` by which limits are meant."""


def seconds(work: Callable[[], object]) -> float:
    """Of the processor, in this thread."""
    began = time.thread_time()
    work()
    return time.thread_time() - began


def takes_less(work: Callable[[], object], limit: float) -> bool:
    """Whether the work takes less than so many seconds, at best, on the machine that limits are meant for."""
    return seconds(work) < limit or min(seconds(work) for _ in range(3)) < limit * slowness()


def slowness() -> float:
    """How much slower this machine is, as it is now: under load, under a tracer, or at all. 1 where it is not."""
    return max(1.0, min(seconds(_reference) for _ in range(3)) / REFERENCE)


def _reference() -> None:
    """Work of the kind that a request makes: texts, objects, patterns."""
    pattern = re.compile("[^a-z]+")
    for at in range(2000):
        parts = {f"name{at}{n}": pattern.sub("-", f"value {n} of {at}") for n in range(5)}
        "&".join([f"{name}={text.replace('-', '%20')}" for name, text in parts.items()])
