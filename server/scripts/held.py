"""What is kept of a file: upstream's bytes with their time, and beside them what was made of those for visitors."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from hashlib import sha256
from typing import NamedTuple


class Key(NamedTuple):
    """Which file: its kind and URL, and the part of the world it was asked for (ISO 3166-2; empty: not known)."""

    kind: str
    url: str
    country: str = ""
    region: str = ""

    @property
    def place(self) -> str:
        """``DE-BY``, ``DE``, or nothing."""
        return f"{self.country}-{self.region}" if self.region else self.country


@dataclass(frozen=True, slots=True)
class Copy:
    """Upstream's bytes. ``fetched_at`` is in microseconds since 1970, ``fresh_for`` in seconds."""

    body: bytes
    fetched_at: int
    fresh_for: float

    def age(self, now: int) -> float:
        """Seconds since it was fetched; negative where the clock has been put back."""
        return (now - self.fetched_at) / 1_000_000

    def is_fresh(self, now: int) -> bool:
        """Whether upstream need not be asked."""
        return 0 <= self.age(now) < self.fresh_for


@dataclass(frozen=True, slots=True)
class Variant:
    """The bytes for one host in one encoding (``identity``, ``gzip``, ``br``), and the ETag that stands for exactly them."""

    body: bytes
    encoding: str
    etag: str

    @classmethod
    def of(cls, body: bytes, encoding: str) -> Variant:
        """The variant of these bytes."""
        return cls(body, encoding, f'"{sha256(body).hexdigest()[:32]}"')


@dataclass(eq=False, slots=True)
class Held:
    """A copy, its variants by host and encoding, and why it could not be renewed, where the last attempt failed."""

    copy: Copy
    variants: OrderedDict[tuple[str, str], Variant] = field(default_factory=OrderedDict)
    failure: str | None = None
    retry_at: int = 0
    gone_since: int | None = None
    """Since when upstream says that there is no such file, where its latest answer was that."""

    @property
    def weight(self) -> int:
        """Bytes that it takes in memory."""
        return len(self.copy.body) + sum(len(variant.body) for variant in self.variants.values())

    def renewed(self, copy: Copy) -> Held:
        """With a newer copy: this one where the bytes are the same, so that its variants stay good; else a new one."""
        if copy.body != self.copy.body:
            return Held(copy)
        self.copy, self.failure, self.gone_since = copy, None, None
        return self

    def failed(self, why: str, retry_at: int, gone_at: int | None = None) -> None:
        """Notes that it could not be renewed, and until when (microseconds) that is not tried again.

        ``gone_at`` is the time at which upstream said that the file is not there any more.
        """
        self.failure, self.retry_at = why, retry_at
        self.gone_since = None if gone_at is None else self.gone_since or gone_at
