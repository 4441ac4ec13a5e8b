"""Answers that come in parts: a command over a large outbox is done step by step, each in an answer of its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

Answer: TypeAlias = dict[str, Any]
Telling: TypeAlias = Callable[[Answer], None]
"""Hears each part of an answer as it comes."""


def follow(ask: Callable[[dict[str, Any]], Answer], command: Mapping[str, Any], told: Telling = lambda _: None) -> Answer:
    """Asks until nothing is left to do; the parts as one answer. Raises what ``ask`` raises."""
    parts: list[Answer] = []
    goes_on = command.get("from")
    while True:
        part = ask({**command, "from": goes_on} if goes_on is not None else dict(command))
        goes_on = part.pop("next", None)
        told(part)
        parts.append(part)
        if goes_on is None or "error" in part:
            return joined(parts)


def joined(parts: Sequence[Answer]) -> Answer:
    """Answers as one: numbers added up, lists put together; one that is an error is the whole."""
    whole: Answer = {}
    for part in parts:
        if "error" in part:
            return part
        for key, value in part.items():
            whole[key] = whole[key] + value if key in whole and isinstance(value, int | float | list) else value
    return whole
