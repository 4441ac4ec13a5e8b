"""JavaScript's spelling of numbers."""

from __future__ import annotations

import math
from typing import Any

import pytest

from core.numbers import javascript

WRITTEN: list[tuple[Any, str | None]] = [
    (0, "0"),
    (-0.0, "0"),
    (100, "100"),
    (100.0, "100"),
    (12.5, "12.5"),
    (-12.5, "-12.5"),
    (0.1, "0.1"),
    (1e-6, "0.000001"),
    (-1.5e-5, "-0.000015"),
    (0.00001234, "0.00001234"),
    (1e-7, "1e-7"),
    (-1.5e-10, "-1.5e-10"),
    (1e16, "10000000000000000"),
    (1.5e16, "15000000000000000"),
    (123456789012345680000.0, "123456789012345680000"),
    (1e21, "1e+21"),
    (1.5e300, "1.5e+300"),
    (10**21 - 1, "999999999999999999999"),
    (10**21, "1e+21"),
    (-(10**22), "-1e+22"),
    (10**400, None),
    (math.nan, None),
    (math.inf, None),
    (-math.inf, None),
]


@pytest.mark.parametrize(("value", "text"), WRITTEN)
def test_a_number_is_written_as_javascript_writes_it(value: Any, text: str | None) -> None:
    assert javascript(value) == text
