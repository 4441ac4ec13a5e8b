from __future__ import annotations

import gzip
import tracemalloc
import zlib

import pytest

from wire.measurement_protocol.compression import RefusedBodyError, decoded

PLAIN = b'{"events":[]}'
ZIPPED = gzip.compress(PLAIN, mtime=0)


@pytest.mark.parametrize("coding", [None, "", "identity", " Identity "])
def test_a_plain_body_stays_as_it_is(coding: str | None) -> None:
    assert decoded(PLAIN, coding, 5) == PLAIN


@pytest.mark.parametrize("coding", ["gzip", "x-gzip", " GZIP"])
def test_gzip(coding: str) -> None:
    assert decoded(ZIPPED, coding, 100) == PLAIN


def test_the_limit_is_on_what_comes_out() -> None:
    assert decoded(ZIPPED, "gzip", len(PLAIN)) == PLAIN
    with pytest.raises(RefusedBodyError, match="more than 12 bytes"):
        decoded(ZIPPED, "gzip", len(PLAIN) - 1)


@pytest.mark.parametrize(
    ("body", "coding", "status"),
    [
        (PLAIN, "br", 415),
        (PLAIN, "deflate", 415),
        (ZIPPED, "gzip, gzip", 415),
        (PLAIN, "gzip", 400),
        (b"", "gzip", 400),
        (zlib.compress(PLAIN), "gzip", 400),
        (ZIPPED[:-1], "gzip", 400),
        (ZIPPED[:-5] + b"12345", "gzip", 400),
        (ZIPPED + ZIPPED, "gzip", 400),
        (ZIPPED + b"x", "gzip", 400),
    ],
)
def test_anything_else_is_refused(body: bytes, coding: str, status: int) -> None:
    with pytest.raises(RefusedBodyError) as raised:
        decoded(body, coding, 1000)
    assert raised.value.status == status
    assert str(raised.value).endswith(".")


def test_a_bomb_never_unfolds() -> None:
    bomb = gzip.compress(bytes(50_000_000))
    tracemalloc.start()
    with pytest.raises(RefusedBodyError) as raised:
        decoded(bomb, "gzip", 1 << 20)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert raised.value.status == 413
    assert peak < 5_000_000
