"""An operator's command reaches whoever holds the outbox: every running worker, or, where none runs, the files themselves."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from server.control.following import Answer, Telling, joined
from server.control.sockets import Unfinished, ask_to_the_end, sockets_in
from server.outbox import OutboxError, operate_offline


def ask_outbox(folder: Path, command: Mapping[str, Any], told: Telling = lambda _: None) -> Answer:
    """The answers of all as one; ``told`` hears each part as it comes. Raises OutboxError."""
    if not folder.is_dir():
        raise OutboxError(f"{folder}: there is no outbox here; `tagyard serve` makes it, --data names another folder")
    sockets = sockets_in(folder)
    answers = [answer for socket in sockets if (answer := _ask(socket, command, told)) is not None]
    return merged(answers or [operate_offline(folder, command, time.time_ns() // 1000, told)])


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
