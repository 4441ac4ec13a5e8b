"""A MaxMind database of one record, written by hand: the lower half of IPv4 has it, the upper half has none."""

from __future__ import annotations

from typing import Any

_MARKER = b"\xab\xcd\xefMaxMind.com"
_TEXT, _UINT16, _UINT32, _MAP, _UINT64, _ARRAY = 2, 5, 6, 7, 9, 11


BUILT = 1_764_340_311


def database(record: Any, *, built: int = BUILT, beyond: int = 0) -> bytes:
    """One node of 24-bit records: the left one leads to the record, the right one says that nothing is known.

    It leads so many bytes ``beyond`` the record, to where nothing is.
    """
    nodes = 1
    left, right = nodes + 16 + beyond, nodes
    metadata = {
        "binary_format_major_version": (_UINT16, 2),
        "binary_format_minor_version": (_UINT16, 0),
        "build_epoch": (_UINT64, built),
        "database_type": "Test-City",
        "description": {"en": "a test"},
        "ip_version": (_UINT16, 4),
        "languages": ["en"],
        "node_count": (_UINT32, nodes),
        "record_size": (_UINT16, 24),
    }
    tree = left.to_bytes(3, "big") + right.to_bytes(3, "big")
    return tree + bytes(16) + _encoded(record) + _MARKER + _encoded(metadata)


def _encoded(value: Any) -> bytes:
    if isinstance(value, dict):
        return _control(_MAP, len(value)) + b"".join(_encoded(key) + _encoded(item) for key, item in value.items())
    if isinstance(value, list):
        return _control(_ARRAY, len(value)) + b"".join(map(_encoded, value))
    if isinstance(value, tuple):
        kind, number = value
        return _sized(kind, number.to_bytes((number.bit_length() + 7) // 8, "big"))
    return _sized(_TEXT, str(value).encode())


def _sized(kind: int, raw: bytes) -> bytes:
    return _control(kind, len(raw)) + raw


def _control(kind: int, size: int) -> bytes:
    assert size < 29
    return bytes([kind << 5 | size]) if kind < 8 else bytes([size, kind - 7])
