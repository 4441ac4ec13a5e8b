"""What an event may cost on its pure way, in instructions: they don't flicker, so they may be asserted."""

from __future__ import annotations

from typing import Final

import pytest

from bench.callgrind import available, pure_way

COUNTED: Final = 345_000
"""By ``make cost CASE=usual``, with CPython 3.11 built without optimisation by profile; other builds take fewer."""


@pytest.mark.skipif(not available(), reason="valgrind, which counts instructions, is not installed")
def test_the_pure_way_of_a_page_view_takes_no_more_instructions_than_it_did() -> None:
    assert pure_way("usual")["usual"] <= COUNTED * 1.1
