"""How long work takes of the processor, whatever else runs on the machine, and however fast that is."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import Final

REFERENCE: Final = 0.0075
"""Seconds that the machine takes for ``_reference`` by which limits are meant."""
UNLIKE: Final = 1.25
"""A machine that is slower is not so at everything alike: it may be slower by so much more at what is not ``_reference``."""


def seconds(work: Callable[[], object]) -> float:
    """Of the processor, in this thread."""
    began = time.thread_time()
    work()
    return time.thread_time() - began


def takes_less(work: Callable[[], object], limit: float) -> bool:
    """Whether the work takes less than so many seconds, at best, on the machine that limits are meant for."""
    return seconds(work) < limit or min(seconds(work) for _ in range(3)) < limit * slowness()


def slowness() -> float:
    """How much slower this machine may be, as it is now: under load, under a tracer, or at all. 1 where it is not."""
    factor = min(seconds(_reference) for _ in range(3)) / REFERENCE
    return factor * UNLIKE if factor > 1 else 1.0


def _reference() -> None:
    """Work of the kind that a request makes: texts, objects, patterns."""
    pattern = re.compile("[^a-z]+")
    for at in range(2000):
        parts = {f"name{at}{n}": pattern.sub("-", f"value {n} of {at}") for n in range(5)}
        "&".join([f"{name}={text.replace('-', '%20')}" for name, text in parts.items()])
