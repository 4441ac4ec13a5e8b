"""An operator's command reaches whoever holds the outbox: every running worker, or, where none runs, the files themselves."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from server.control.following import Telling, follow, joined
from server.control.sockets import NoAnswer, NobodyThere, ask_now, sockets_in
from server.outbox import OutboxError, operate_offline

Answer = dict[str, Any]


def ask_outbox(folder: Path, command: Mapping[str, Any], told: Telling = lambda _: None) -> Answer:
    """The answers of all as one; ``told`` hears each part as it comes. Raises OutboxError."""
    if not folder.is_dir():
        raise OutboxError(f"{folder}: there is no outbox here; `tagyard serve` makes it, --data names another folder")
    sockets = sockets_in(folder)
    answers = [answer for socket in sockets if (answer := _ask(socket, command, told)) is not None]
    return merged(answers or [operate_offline(folder, command, time.time_ns() // 1000, told)])


def _ask(socket: Path, command: Mapping[str, Any], told: Telling) -> Answer | None:
    """A worker's whole answer; None where nobody is behind the socket. Raises OutboxError."""
    begun = False

    def ask(step: Answer) -> Answer:
        nonlocal begun
        answer = ask_now(socket, step)
        begun = True
        return answer

    try:
        return follow(ask, command, told)
    except NoAnswer as error:
        raise OutboxError(f"{error}{_half_done(begun)}") from None
    except NobodyThere:
        if begun:
            raise OutboxError(f"{socket}: Tagyard stopped meanwhile{_half_done(begun)}") from None
        return None


def _half_done(begun: bool) -> str:
    return "; a part of it is done, and the same command does the rest" if begun else ""


def merged(answers: Sequence[Answer]) -> Answer:
    """All answers as one, rows the oldest first. Raises OutboxError for the first that is an error."""
    whole = joined(answers)
    if "error" in whole:
        raise OutboxError(whole["error"])
    if isinstance(whole.get("rows"), list):
        whole["rows"].sort(key=lambda row: row["received_at"])
    return whole
