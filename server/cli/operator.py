"""An operator's command reaches whoever holds the outbox: every running worker, or, where none runs, the files or streams."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from config import OutboxSettings
from server.control.following import Answer, Telling, joined
from server.control.sockets import Unfinished, ask_to_the_end, sockets_in
from server.outbox import OutboxError, check_installed, operate_offline
from server.outbox.files import numbers


class NothingHere(OutboxError):
    """The folder has no files of an outbox, and nobody who works on one."""


def ask_outbox(folder: Path, command: Mapping[str, Any], told: Telling) -> Answer:
    """The answers of all workers of a data folder as one, or of its files; ``told`` hears each part as it comes.

    Raises OutboxError, and NothingHere where there are neither.
    """
    answers = _of_workers(folder, command, told) if folder.is_dir() else []
    if not (answers or _has_files(folder)):
        raise NothingHere(
            f"{folder}: there is no outbox here; `tagyard serve` makes it, --data names another folder, and CONFIG the file "
            "whose `outbox.url` says where it is"
        )
    return merged(answers or [operate_offline(folder, command, _now(), told)])


def _has_files(folder: Path) -> bool:
    """Whether there are files of an outbox; of a folder that may not be read it is said when they are opened."""
    try:
        return folder.is_dir() and len([*numbers(folder)]) > 0
    except PermissionError:
        return True


def ask_shared(folder: Path, settings: OutboxSettings, beside: Path, command: Mapping[str, Any], told: Telling) -> Answer:
    """The same of streams: the workers of the data folder are asked for them, or else the servers, ``beside`` as for those.

    Raises OutboxError.
    """
    answers = _of_workers(folder, command, told) if folder.is_dir() else []
    if answers:
        return merged(answers)
    check_installed(settings)
    from server.outbox.jetstream import operate_streams  # what an extra brings

    return merged([operate_streams(settings, beside, command, _now(), told)])


def _of_workers(folder: Path, command: Mapping[str, Any], told: Telling) -> list[Answer]:
    return [answer for socket in sockets_in(folder) if (answer := _ask(socket, command, told)) is not None]


def _now() -> int:
    return time.time_ns() // 1000


def _ask(socket: Path, command: Mapping[str, Any], told: Telling) -> Answer | None:
    """A worker's whole answer; None where nobody is behind the socket. Raises OutboxError."""
    try:
        return ask_to_the_end(socket, command, told)
    except Unfinished as error:
        raise OutboxError(f"{error}{_HALF_DONE if error.begun else ''}") from None


_HALF_DONE: Final = "; a part of it is done, and the same command does the rest"


def merged(answers: Sequence[Answer]) -> Answer:
    """All answers as one, rows the oldest first. Raises OutboxError for the first that is an error."""
    whole = joined(answers)
    if "error" in whole:
        raise OutboxError(whole["error"])
    if isinstance(whole.get("rows"), list):
        whole["rows"].sort(key=lambda row: row["received_at"])
    return whole
