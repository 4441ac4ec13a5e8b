"""Moments as pages write them: in UTC, which is named, and for a script to turn into the viewer's own zone."""

from __future__ import annotations

import pytest

from server.admin.times import iso, parted, utc

AT = 1_764_340_311_502_000


def test_a_moment_in_utc() -> None:
    assert iso(AT) == "2025-11-28T14:31:51.502Z"
    assert [utc(AT, form) for form in ("clock", "short", "whole")] == ["14:31:51", "28 Nov 14:31 UTC", "28 Nov 2025 14:31 UTC"]


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("2025-11-28 14:31 UTC, no problems", ["", "2025-11-28 14:31 UTC", ", no problems"]),
        ("paused until 2025-11-28 14:31:51.502 UTC: x", ["paused until ", "2025-11-28 14:31:51.502 UTC", ": x"]),
        ("at 14:31 UTC, and on 2025-11-28", ["at 14:31 UTC, and on 2025-11-28"]),
        ("", [""]),
    ],
)
def test_a_text_is_parted_at_its_moments(text: str, pieces: list[str]) -> None:
    assert parted(text) == pieces
