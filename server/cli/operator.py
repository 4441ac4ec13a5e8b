"""An operator's command reaches whoever holds the outbox: every running worker, or, where none runs, the files themselves."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from server.control import NobodyThere, ask_now
from server.outbox import OutboxError, operate_offline

Answer = dict[str, Any]


def ask_outbox(folder: Path, command: Mapping[str, Any]) -> Answer:
    """The answers of all as one. Raises OutboxError."""
    if not folder.is_dir():
        raise OutboxError(f"{folder}: there is no outbox here; `tagyard serve` makes it, --data names another folder")
    answers = [answer for socket in sorted(folder.glob("outbox-*.sock")) if (answer := _ask(socket, command)) is not None]
    return merged(answers or [operate_offline(folder, command, time.time_ns() // 1000)])


def _ask(socket: Path, command: Mapping[str, Any]) -> Answer | None:
    try:
        return ask_now(socket, dict(command))
    except NobodyThere:
        return None


def merged(answers: Sequence[Answer]) -> Answer:
    """Numbers added up, lists put together, rows the oldest first. Raises OutboxError for the first that is an error."""
    whole: Answer = {}
    for answer in answers:
        if "error" in answer:
            raise OutboxError(answer["error"])
        for key, value in answer.items():
            whole[key] = whole[key] + value if key in whole else value
    if isinstance(whole.get("rows"), list):
        whole["rows"].sort(key=lambda row: row["received_at"])
    return whole
