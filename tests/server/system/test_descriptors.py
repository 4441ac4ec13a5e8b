"""How file descriptors are shared out, and which errors say that none was left."""

from __future__ import annotations

import errno
import subprocess
import sys

import pytest
import structlog

from server.system import descriptors
from server.system.descriptors import RESERVE, connections, is_shortage, share


@pytest.mark.parametrize(
    ("limit", "deliveries", "most"),
    [
        (1 << 20, 128, (1 << 20) - RESERVE - 128),
        (16_384, 1280, 16_384 - RESERVE - 1280),
        (1024, 128, 1024 - RESERVE - 128),
        (1024, 1280, 256),
        (256, 128, 64),
        (3, 0, 1),
    ],
)
def test_connections_get_what_delivery_and_disk_do_not_need_and_a_quarter_in_any_case(
    limit: int, deliveries: int, most: int
) -> None:
    assert share(limit, deliveries) == (most, limit - most)


def test_fewer_connections_than_configured_are_told_of(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(descriptors, "limit", lambda: 1024)
    with structlog.testing.capture_logs() as said:
        assert connections(500, 128) == 500
        assert said == []
        assert connections(4096, 128) == 1024 - RESERVE - 128
    (line,) = said
    assert (line["configured"], line["taken"], line["open_files"]) == (4096, 1024 - RESERVE - 128, 1024)


def caused(error: Exception, cause: Exception) -> Exception:
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    ("error", "shortage"),
    [
        (OSError(errno.EMFILE, "too many"), True),
        (OSError(errno.ENFILE, "too many"), True),
        (caused(ValueError(), OSError(errno.EMFILE, "too many")), True),
        (OSError(errno.EIO, "broken"), False),
        (OSError(errno.ENOSPC, "full"), False),
        (ValueError(), False),
        (None, False),
    ],
)
def test_what_says_that_no_descriptor_was_left(error: Exception | None, shortage: bool) -> None:
    assert is_shortage(error) is shortage


@pytest.mark.parametrize(("before", "after"), [("(256, 512)", "(512, 512)"), ("(512, 512)", "(512, 512)")])
def test_the_limit_is_raised_as_far_as_it_goes(before: str, after: str) -> None:
    code = (
        f"import resource as r; r.setrlimit(r.RLIMIT_NOFILE, {before}); from server.system.descriptors import raise_limit;"
        "print(raise_limit(), r.getrlimit(r.RLIMIT_NOFILE))"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert told == f"512 {after}\n"
