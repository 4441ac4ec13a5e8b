"""What streams, subjects and consumers are called, and what in a subject stands for a tag, a destination and a row.

=====================================  ================================================================================
``NAME``                               rows that wait or are on the wire, and the keys of ``deduplicate``
``NAME.row.PLACE.FORMAT.BATCH.ID``     a row; PLACE stands for a tag and a destination, and is the name of a consumer;
                                       BATCH is the same for all rows of a place that were written together
``NAME.lone.FORMAT.ID``                a row that is sent with nothing else on the wire
``NAME.key.DIGEST``                    a key, until its window ends
``NAME_DEAD.row.TAG.PLACE.ID``         a dead letter
``NAME_STATE.replica``                 the highest number that a replica has been given: it is its own for ever
``NAME_STATE.alive.REPLICA``           goes by itself where the replica does not say in time that it lives
``NAME_STATE.lease.REPLICA.PLACE.N``   the rows of this consumer that the replica has on the wire
=====================================  ================================================================================
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import blake2b
from typing import Final

from server.outbox.row import FORMAT

_ROWS_OF_A_REPLICA: Final = 36
"""Bits of a row's id that are its own; those above them are its replica's number."""

MOST_REPLICAS: Final = (1 << 63 - _ROWS_OF_A_REPLICA) - 1
"""The highest number of a replica: with a higher one ids would be more than a signed number of 64 bits holds."""


def place_of(tag: str, destination: str) -> str:
    """What stands for a tag and a destination."""
    return blake2b(f"{tag}\0{destination}".encode("utf-8", "surrogatepass"), digest_size=12).hexdigest()


def token(text: str) -> str:
    """What stands for a text in a subject."""
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()


def batch_of(first: int, rows: int) -> str:
    """What stands for so many rows of one place that are written together, the first of which has this id."""
    return f"{first}-{rows}"


def rows_of(batch: str) -> int:
    """How many rows of its place were written with one of this batch, itself included."""
    return int(batch.rpartition("-")[2])


def first_id(replica: int) -> int:
    """The first of the ids that this replica gives to rows."""
    return (replica << _ROWS_OF_A_REPLICA) + 1


def replica_of(id: int) -> int:
    """The number of the replica that has given this id."""
    return id >> _ROWS_OF_A_REPLICA


@dataclass(frozen=True, slots=True)
class Names:
    """All names that follow from that of the stream."""

    rows: str

    @property
    def dead(self) -> str:
        """The stream of dead letters."""
        return f"{self.rows}_DEAD"

    @property
    def state(self) -> str:
        """The stream of what is known of the replicas."""
        return f"{self.rows}_STATE"

    @property
    def subjects(self) -> dict[str, list[str]]:
        """By the names of the streams the subjects that each has."""
        rows = [f"{self.rows}.{kind}.>" for kind in ("row", "lone", "key")]
        return {self.rows: rows, self.dead: [f"{self.dead}.row.>"], self.state: [f"{self.state}.>"]}

    def row(self, place: str, batch: str, id: int | str, format: int = FORMAT) -> str:
        """The subject of a row; ``*``: of all rows of the batch."""
        return f"{self.rows}.row.{place}.{format}.{batch}.{id}"

    def rows_at(self, place: str) -> list[str]:
        """The subjects of the rows of a place that this version reads."""
        return [f"{self.rows}.row.{place}.{format}.*.*" for format in range(1, FORMAT + 1)]

    def lone(self, id: int, format: int = FORMAT) -> str:
        """The subject of a row that is sent alone."""
        return f"{self.rows}.lone.{format}.{id}"

    def key(self, digest: str) -> str:
        """The subject of a key."""
        return f"{self.rows}.key.{digest}"

    def dead_row(self, tag: str, place: str, id: int) -> str:
        """The subject of a dead letter."""
        return f"{self.dead}.row.{token(tag)}.{place}.{id}"

    def dead_rows_of(self, tag: str) -> str:
        """The subjects of the dead letters of a tag."""
        return f"{self.dead}.row.{token(tag)}.>"

    @property
    def replica(self) -> str:
        """The subject of the highest number that a replica has."""
        return f"{self.state}.replica"

    @property
    def changed(self) -> str:
        """The subject, of no stream, by which replicas hear of rows that an operator has changed."""
        return f"{self.rows}-changed"

    def alive(self, replica: int | str) -> str:
        """The subject by which a replica says that it lives; ``*``: of all replicas."""
        return f"{self.state}.alive.{replica}"

    def lease(self, replica: int, consumer: str, part: int) -> str:
        """The subject of what a replica has on the wire of a consumer's rows; several parts where that is much."""
        return self.leases_of(replica, consumer).removesuffix("*") + str(part)

    def leases_of(self, replica: int | str, consumer: str = "*") -> str:
        """The subjects of what a replica has on the wire; ``*``: of all replicas, or of all consumers."""
        return f"{self.state}.lease.{replica}.{consumer}.*"


def consumer_of(subject: str) -> str:
    """The consumer that gets what is written under this subject: that of a place, or the kind that is alone."""
    _, kind, place, *_ = subject.split(".")
    return place if kind == "row" else kind


def id_in(subject: str) -> int:
    """The id of the row that a subject is about. Raises ValueError where it is about none."""
    return int(subject.rpartition(".")[2])


def replica_in(subject: str) -> int:
    """The number of the replica that has said something under this subject."""
    return int(subject.split(".")[2])
