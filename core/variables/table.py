"""A table of a file: two columns of it, as keys and values."""

from __future__ import annotations

import csv
from codecs import BOM_UTF8
from collections.abc import Iterator, Mapping
from typing import Any

import orjson

from core.expressions.values import scalar_text


def read_table(name: str, data: bytes, key: str, value: str) -> dict[str, Any]:
    """From the column ``key`` to the column ``value`` of a csv file (its values are texts) or a json list of objects.

    Rows without one of the two are left out. Raises ValueError, in words, for anything that is no such table, and for
    a key that stands twice.
    """
    table: dict[str, Any] = {}
    for place, row in _json_rows(name, data) if name.endswith(".json") else _csv_rows(name, data, (key, value)):
        text, result = scalar_text(row.get(key)), row.get(value)
        if not text or result is None:
            continue
        if text in table:
            raise ValueError(f"{name}, {place}: the {key} {text!r} stands there twice")
        table[text] = result
    return table


def _csv_rows(name: str, data: bytes, columns: tuple[str, str]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    reader = csv.DictReader(_text(name, data).splitlines(keepends=True), strict=True)
    try:
        there = reader.fieldnames or []
        for column in columns:
            if column not in there:
                raise ValueError(f"{name} has no column {column!r}; its first line names: {', '.join(there) or 'nothing'}")
        for row in reader:
            yield f"line {reader.line_num}", row
    except csv.Error as error:
        raise ValueError(f"{name}, after line {reader.line_num}: {error}") from None


def _text(name: str, data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError(f"{name} is not UTF-8: byte {error.start} cannot be read") from None


def _json_rows(name: str, data: bytes) -> Iterator[tuple[str, Mapping[str, Any]]]:
    try:
        rows = orjson.loads(data.removeprefix(BOM_UTF8))
    except orjson.JSONDecodeError as error:
        raise ValueError(f"{name} is not JSON: {error}") from None
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise ValueError(f"{name} must be a list of objects")
    yield from ((f"entry {number}", row) for number, row in enumerate(rows, 1))
