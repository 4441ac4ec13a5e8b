"""As much of Kafka's protocol as a producer speaks, of a broker's side: frames, and record batches with their checksum."""

from __future__ import annotations

import gzip
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final, TypeVar

PRODUCE, METADATA, SASL_HANDSHAKE, API_VERSIONS, INIT_PRODUCER_ID, SASL_AUTHENTICATE = 0, 3, 17, 18, 22, 36

VERSIONS: Final = {
    PRODUCE: (3, 7),
    1: (4, 11),  # Fetch, which nobody asks for: clients take it for a sign of what else a broker knows
    METADATA: (0, 4),
    SASL_HANDSHAKE: (0, 1),
    API_VERSIONS: (0, 2),
    INIT_PRODUCER_ID: (0, 1),
    SASL_AUTHENTICATE: (0, 0),
}
"""What is spoken here: of each the oldest and the newest."""

Found = TypeVar("Found")


class Reader:
    """Reads a frame from its beginning to its end. Raises struct.error where that comes too early."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def take(self, length: int) -> bytes:
        piece = self._data[self._at : self._at + length]
        if len(piece) != length:
            raise struct.error("the frame ends too early")
        self._at += length
        return piece

    def number(self, form: str) -> int:
        """``h``, ``i`` or ``q``, as struct has them; unsigned as ``I``."""
        found: int = struct.unpack(f">{form}", self.take(struct.calcsize(f">{form}")))[0]
        return found

    def text(self) -> str | None:
        length = self.number("h")
        return None if length < 0 else self.take(length).decode()

    def data(self) -> bytes:
        return self.take(max(0, self.number("i")))

    def each(self, read: Callable[[], Found]) -> list[Found]:
        return [read() for _ in range(max(0, self.number("i")))]

    def varint(self) -> int:
        shift = value = 0
        while True:
            byte = self.take(1)[0]
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return (value >> 1) ^ -(value & 1)

    def short_data(self) -> bytes | None:
        length = self.varint()
        return None if length < 0 else self.take(length)

    @property
    def rest(self) -> bytes:
        return self._data[self._at :]


def texts(*values: str | None) -> bytes:
    """Each as it stands in an answer."""
    said = [b"\xff\xff" if value is None else struct.pack(">h", len(value.encode())) + value.encode() for value in values]
    return b"".join(said)


def listed(values: list[bytes]) -> bytes:
    """As many, and each of them."""
    return struct.pack(">i", len(values)) + b"".join(values)


def versions(error: int) -> bytes:
    """The answer to ApiVersions, in its first version."""
    return struct.pack(">h", error) + listed([struct.pack(">hhh", key, *range_) for key, range_ in VERSIONS.items()])


@dataclass(frozen=True)
class Record:
    """A message as it lies in a batch."""

    key: bytes | None
    value: bytes
    headers: tuple[tuple[str, bytes], ...]


@dataclass(frozen=True)
class RecordBatch:
    """Messages of one partition, numbered by an idempotent producer: anew in each of its epochs."""

    producer: tuple[int, int]
    sequence: int
    records: list[Record]


def batch(data: bytes) -> RecordBatch:
    """Reads a batch. Raises ValueError for one that is broken, or of no idempotent producer."""
    reader = Reader(data)
    reader.take(8)
    if reader.number("i") != len(data) - 12:
        raise ValueError("the length of the batch is wrong")
    reader.take(4)
    if reader.take(1) != b"\x02":
        raise ValueError("the batch is not of the second format")
    if reader.number("I") != crc32c(reader.rest):
        raise ValueError("the checksum of the batch is wrong")
    attributes = reader.number("h")
    reader.take(4 + 8 + 8)
    producer, epoch, sequence, count = reader.number("q"), reader.number("h"), reader.number("i"), reader.number("i")
    if producer < 0 or sequence < 0:
        raise ValueError("the producer is not idempotent")
    compression = attributes & 7
    if compression > 1:
        raise ValueError(f"compression {compression} is not spoken here")
    inside = Reader(gzip.decompress(reader.rest) if compression else reader.rest)
    found = [_record(inside) for _ in range(count)]
    if inside.rest:
        raise ValueError("there is something behind the last record")
    return RecordBatch((producer, epoch), sequence, found)


def _record(batch: Reader) -> Record:
    reader = Reader(batch.take(batch.varint()))
    reader.take(1)
    reader.varint()
    reader.varint()
    key, value = reader.short_data(), reader.short_data() or b""
    headers = [((reader.short_data() or b"").decode(), reader.short_data() or b"") for _ in range(reader.varint())]
    return Record(key, value, tuple(headers))


def _table() -> Iterator[int]:
    for number in range(256):
        for _ in range(8):
            number = (number >> 1) ^ (0x82F63B78 if number & 1 else 0)
        yield number


_TABLE: Final = list(_table())


def crc32c(data: bytes) -> int:
    """Castagnoli's, as Kafka has it."""
    crc = 0xFFFFFFFF
    for byte in data:
        crc = (crc >> 8) ^ _TABLE[(crc ^ byte) & 0xFF]
    return crc ^ 0xFFFFFFFF


def produced(reader: Reader) -> tuple[int, list[tuple[str, list[tuple[int, bytes]]]]]:
    """``acks``, and by topic the partitions and their batches."""
    reader.text()
    acks, _ = reader.number("h"), reader.number("i")

    def partition() -> tuple[int, bytes]:
        return reader.number("i"), reader.data()

    def topic() -> Any:
        return reader.text() or "", reader.each(partition)

    return acks, reader.each(topic)
