"""What is kept of a file: upstream's bytes with their time, and beside them what was made of those for visitors."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Final, NamedTuple

GONE: Final = 3600.0
"""Seconds for which upstream may say that a file is not there before that is believed, and the copy goes: an hour of it is no
mishap, and whoever took a container back wants it to end."""


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
class Cached:
    """A copy, its variants by host and encoding, and why it could not be renewed, where the last attempt failed."""

    copy: Copy
    variants: OrderedDict[tuple[str, str], Variant] = field(default_factory=OrderedDict)
    failure: str | None = None
    retry_at: int = 0
    gone_since: int | None = None
    """Since when upstream says that there is no such file, where its latest answer was that."""
    gone: bool = False
    """Upstream has said so for long enough."""

    @property
    def weight(self) -> int:
        """Bytes that it takes in memory."""
        return len(self.copy.body) + sum(len(variant.body) for variant in self.variants.values())

    def renewed(self, copy: Copy) -> Cached:
        """With a newer copy: this one where the bytes are the same, so that its variants stay good; else a new one."""
        if copy.body != self.copy.body:
            return Cached(copy)
        self.copy, self.failure, self.gone_since, self.gone = copy, None, None, False
        return self

    def failed(self, why: str, retry_at: int) -> None:
        """Notes that it could not be renewed, and until when (microseconds) that is not tried again."""
        self.failure, self.retry_at = why, retry_at

    def answered(self, now: int, *, gone: bool) -> None:
        """Notes whether upstream, which gives no newer copy, says that the file is not there any more."""
        self.gone_since = (self.gone_since or now) if gone else None
        self.gone = self.gone_since is not None and now - self.gone_since >= GONE * 1_000_000
