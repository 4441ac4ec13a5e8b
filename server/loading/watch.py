"""``serve --watch``: notices that a file of the configuration has changed, and has it read again as SIGHUP does.

The files are looked at once a second, by time of change, size and inode. That costs a few system calls, needs nothing
installed, and works where the kernel tells of no change: on network and bind mounts, and behind the symbolic links that
Kubernetes swaps when a ConfigMap changes.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

import structlog

from server.loading.configuration import Configuration
from server.system.files import FileError, Stamp, reason, stamp

log = structlog.get_logger("tagyard")

PAUSE = 1.0
"""Seconds between two looks."""


class Watch:
    """Compares the files as they are with the files as they were; ``files`` says anew each time which there are."""

    def __init__(self, files: Callable[[], Iterable[Path]], stamp: Callable[[Path], Stamp]) -> None:
        self._files = files
        self._stamp = stamp
        self._known = self._last = self._look()

    def changed(self) -> Sequence[Path]:
        """The files that have changed, said once, and only when they are as they were at the last look.

        So a file that is still being written is not read.
        """
        now = self._look()
        settled, self._last = now == self._last, now
        if not settled or now == self._known:
            return ()
        before, self._known = self._known, now
        return [path for path in dict.fromkeys([*before, *now]) if before.get(path) != now.get(path)]

    def renew(self) -> None:
        """After ``files`` has found out anew which there are: what is new to it counts as it is now."""
        now = self._look()
        self._known = self._last = {path: self._known.get(path, found) for path, found in now.items()}

    def _look(self) -> Mapping[Path, Stamp]:
        return {path: self._stamp(path) for path in self._files()}


class Files:
    """Which files a configuration is made of. What its YAML names is found out when it is made, and by ``read``."""

    def __init__(self, configuration: Configuration) -> None:
        self._configuration = configuration
        self._named: Sequence[Path] = ()
        self.read()

    def read(self) -> None:
        """Finds out anew what the YAML names; where it cannot be read that stays as it was."""
        try:
            self._named = self._configuration.named_files(self._named)
        except FileError as error:
            log.warning("the files that the configuration names are not known", why=str(error))

    def __call__(self) -> Sequence[Path]:
        return [*self._configuration.own_files(), *self._named]


def watch(configuration: Configuration) -> None:
    """Begins to watch, in a thread that ends with the process."""
    files = Files(configuration)
    looking = Watch(files, stamp)
    threading.Thread(target=_run, args=(looking, files), name="watch", daemon=True).start()


def _run(looking: Watch, files: Files) -> None:
    pause, failing = threading.Event(), False
    while not pause.wait(PAUSE):
        if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
            continue  # it is still starting: what is noticed now would be lost
        try:
            changed, failing = _look(looking, files), False
        except OSError as error:  # such as no descriptor that is left
            if not failing:
                log.error("the configuration's files cannot be looked at for now", why=reason(error))
            failing = True
            continue
        if changed:
            os.kill(os.getpid(), signal.SIGHUP)


def _look(looking: Watch, files: Files) -> bool:
    """Whether there is something to be read again. Raises OSError."""
    changed = looking.changed()
    if changed:
        log.info("the configuration has changed", files=[str(path) for path in changed])
        files.read()
        looking.renew()
    return bool(changed)
