"""The process that looks at one draft: a job in, an answer out, and little time and memory for it."""

from __future__ import annotations

import json
import os
import resource
import sys
from contextlib import suppress
from typing import Final

from core.registry import KINDS, installed
from server.drafts.answers import failed
from server.drafts.stream import read
from server.drafts.work import answered

CPU: Final = 10
"""Seconds of a processor, those of its start among them."""
MEMORY: Final = 1 << 29
"""Bytes of addresses."""
LARGEST: Final = 4 << 20
"""Bytes of an answer."""
BELOW: Final = 5
"""How far it stands back (nice) behind those who serve."""


def main() -> None:
    """Answers what stands on standard input. What else is printed, as by a plugin, goes to standard error."""
    out = os.dup(1)
    os.dup2(2, 1)
    limit()
    _warm()
    job = read(sys.stdin.buffer)
    answer = json.dumps(answered(job)).encode()
    if len(answer) > LARGEST:
        answer = json.dumps(failed(job["do"], "there is too much to tell of this draft")).encode()
    with os.fdopen(out, "wb") as told:
        told.write(answer)


def limit() -> None:
    """From now on this process gets no more than that, and stands back."""
    os.nice(BELOW)
    resource.setrlimit(resource.RLIMIT_CPU, (CPU, CPU + 1))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _warm() -> None:
    """What every draft needs is loaded before one is there: nobody waits for that, where this process was started in advance."""
    registry = installed()
    for entry in (registry.find(kind, type) for kind in KINDS for type in registry.types(kind)):
        with suppress(Exception):  # a plugin's import may fail in any way, and is told where a draft names it
            if entry is not None:
                entry.load()


if __name__ == "__main__":
    main()
