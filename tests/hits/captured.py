"""The captured hits, and a naive reading of a hit that shares nothing with the codec under test."""

from __future__ import annotations

import json
import urllib.parse
from collections.abc import Iterator
from pathlib import Path
from typing import Any

Parameters = dict[str, Any]


def hits() -> list[Any]:
    """Every captured request: ``scenario``, ``method``, ``url``, ``headers``, ``body``."""
    files = sorted(Path(__file__).parent.glob("*.jsonl"))
    return [json.loads(line) for file in files for line in file.read_text("utf-8").splitlines()]


def events(url: str, body: str) -> list[Parameters]:
    """The parameters of each event, decoded: numbers as numbers, items as dictionaries."""
    shared = _pairs(url.partition("?")[2])
    lines = [line for line in body.replace("\r\n", "\n").split("\n") if line]
    return [_read({**shared, **_pairs(line)}) for line in lines or [""]]


def _pairs(query: str) -> dict[str, str]:
    pairs = urllib.parse.parse_qsl(query, keep_blank_values=True)
    return dict(reversed(pairs))


def _read(pairs: dict[str, str]) -> Parameters:
    return {name: _value(name, text) for name, text in pairs.items()}


def _value(name: str, text: str) -> Any:
    if name.startswith(("epn.", "upn.")) or name in ("_s", "_p", "sct", "_et", "tfd"):
        return float(text)
    if name[:2] == "pr" and name[2:].isdigit():
        return list(_tokens(text))
    return text


def _tokens(text: str) -> Iterator[tuple[str, Any]]:
    """Tokens in order, character by character; the slot's letter of a custom parameter does not count."""
    tokens, at = [""], 0
    while at < len(text):
        if text[at : at + 2] == "~~":
            tokens[-1] += "~"
            at += 2
        elif text[at] == "~":
            tokens.append("")
            at += 1
        else:
            tokens[-1] += text[at]
            at += 1
    for token in tokens:
        key, value = token[:2], token[2:]
        yield (key, float(value)) if key in ("pr", "qt", "ds", "lp") else (key, value)
