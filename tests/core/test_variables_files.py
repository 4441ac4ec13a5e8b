"""Variables that come out of a file."""

from __future__ import annotations

from typing import Any

import pytest

from core.variables import File, compile_variable


def table(name: str, data: bytes) -> Any:
    settings = File(file=name, key="item_id", value="margin")
    return compile_variable(settings, lambda _: data)(None)  # type: ignore[arg-type]  # a table looks at no scope


@pytest.mark.parametrize(
    ("name", "data", "expected"),
    [
        ("m.csv", b"item_id,margin\nA,0.5\nB,high\n", {"A": "0.5", "B": "high"}),
        ("m.csv", b"name,margin,item_id\nx,0.5,A\n", {"A": "0.5"}),
        ("m.csv", '\ufeffitem_id,margin\r\n"a, b","1\r\n2"\r\nü,3'.encode(), {"a, b": "1\r\n2", "ü": "3"}),
        ("m.csv", b"item_id,margin\n\n,0.1\nA\nB,\n", {"B": ""}),
        ("m.csv", b"item_id,margin\n", {}),
        ("m.json", b'[{"item_id": "A", "margin": 0.5}, {"item_id": 7, "margin": {"x": 1}}]', {"A": 0.5, "7": {"x": 1}}),
        ("m.json", b'[{"item_id": "A"}, {"margin": 1}, {"item_id": null, "margin": 1}, {"item_id": "", "margin": 1}]', {}),
        ("m.json", b'\xef\xbb\xbf[{"item_id": "A", "margin": 0.5}]', {"A": 0.5}),
        ("m.json", b"[]", {}),
    ],
)
def test_tables(name: str, data: bytes, expected: dict[str, Any]) -> None:
    assert table(name, data) == expected


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("m.csv", b"", "m.csv has no column 'item_id'; its first line names: nothing"),
        ("m.csv", b"id,margin\n", "m.csv has no column 'item_id'; its first line names: id, margin"),
        ("m.csv", b"item_id,margn\n", "m.csv has no column 'margin'; its first line names: item_id, margn"),
        ("m.csv", b"item_id,margin\nA,1\nA,2\n", "m.csv, line 3: the item_id 'A' stands there twice"),
        ("m.csv", b'item_id,margin\nA,"1', "m.csv, after line 1: unexpected end of data"),
        ("m.csv", b"item_id,margin\n\xff,1\n", "m.csv is not UTF-8: byte 15 cannot be read"),
        ("m.json", b"{", "m.json is not JSON: "),
        ("m.json", b'{"A": 1}', "m.json must be a list of objects"),
        ("m.json", b"[1]", "m.json must be a list of objects"),
        (
            "m.json",
            b'[{"item_id": "A", "margin": 1}, {"item_id": "A", "margin": 1}]',
            "m.json, entry 2: the item_id 'A' stands there twice",
        ),
    ],
)
def test_files_that_are_no_table(name: str, data: bytes, message: str) -> None:
    with pytest.raises(ValueError, match=r".") as raised:
        table(name, data)

    assert str(raised.value).startswith(message)


def test_a_file_that_cannot_be_read() -> None:
    def read(_: str) -> bytes:
        raise FileNotFoundError(2, "No such file or directory")

    with pytest.raises(ValueError, match=r"^m\.csv cannot be read: No such file or directory$"):
        compile_variable(File(file="m.csv", key="a", value="b"), read)
