"""What a worker obeys: signals, and the end of the process that has started it."""

from __future__ import annotations

import asyncio
import multiprocessing
import signal
from collections.abc import Callable

import structlog

log = structlog.get_logger("tagyard")


def obey(leave: Callable[[str], None], reload: Callable[[], object]) -> None:
    """SIGHUP reloads; ``leave`` hears why on SIGTERM and SIGINT, and where the parent process is gone."""
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, leave, number.name)
    loop.add_signal_handler(signal.SIGHUP, reload)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGHUP})  # one that came while this process was started is obeyed now
    parent = multiprocessing.parent_process()
    if parent is not None:
        loop.add_reader(parent.sentinel, _orphaned, leave, parent.sentinel)


def _orphaned(leave: Callable[[str], None], sentinel: int) -> None:
    asyncio.get_running_loop().remove_reader(sentinel)
    log.error("the parent process is gone: this worker stops")
    leave("its parent process is gone")
