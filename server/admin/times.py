"""Moments as pages write them: in UTC, for whoever has no script that shows them in his own zone."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Final

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_FORMS: Final = {"clock": "%H:%M:%S", "short": "%-d %b %H:%M UTC", "whole": "%-d %b %Y %H:%M UTC"}

_WRITTEN: Final = re.compile(r"(\d{4}-\d\d-\d\d \d\d:\d\d(?::\d\d\.\d{3})? UTC)", re.ASCII)


def iso(microseconds: int) -> str:
    """``2025-11-28T14:31:51.502Z``, as ``<time datetime>`` has it."""
    return f"{_moment(microseconds):%Y-%m-%dT%H:%M:%S}.{microseconds // 1000 % 1000:03}Z"


def utc(microseconds: int, form: str) -> str:
    """``14:31:51`` (clock), ``28 Nov 14:31 UTC`` (short), or that with its year (whole)."""
    return _moment(microseconds).strftime(_FORMS[form])


def parted(text: str) -> list[str]:
    """A text in pieces, of which every second one is a moment: to the minute (``2025-11-28 14:31 UTC``) or the millisecond."""
    return _WRITTEN.split(text)


def _moment(microseconds: int) -> datetime:
    return _EPOCH + timedelta(microseconds=microseconds)
