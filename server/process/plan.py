"""What the processes of a server agree on before any of them runs."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from config import OutboxSettings, ServerSettings
from server.admin import OPEN, Access
from server.control.sockets import socket_path
from server.loading.configuration import Configuration

BROKEN_DISK: Final = 74
"""Exit code of a worker whose disk failed (EX_IOERR): it is not started again by itself."""

DAMAGED: Final = 1
"""Exit code of a worker that met a damaged file, which is set aside when it is started again."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What a worker needs to know: the configuration, the folder of its outbox file, its number among how many.

    ``own_secret`` is the installation's, the same for all. ``server`` and ``outbox`` are what the file said at the start.
    ``debug_page`` is the address of the admin port, and ``verbose`` for a dry run.
    """

    configuration: Configuration
    folder: Path
    own_secret: str = field(repr=False)
    worker: int = 0
    workers: int = 1
    dry_run: bool = False
    access: Access = OPEN
    server: ServerSettings = field(default_factory=ServerSettings, repr=False)
    outbox: OutboxSettings = field(default_factory=OutboxSettings)
    debug_page: str = ""
    verbose: bool = False

    def sockets(self) -> list[Path]:
        """The control sockets of all workers, in the order of their numbers."""
        return [socket_path(self.folder, worker) for worker in range(self.workers)]
