"""The value of what is not there."""

from __future__ import annotations

from core.undefined import UNDEFINED, Undefined


def test_it_is_false_prints_as_nothing_and_equals_only_itself() -> None:
    assert not UNDEFINED
    assert str(UNDEFINED) == f"{UNDEFINED}" == ""
    assert repr(UNDEFINED) == "UNDEFINED"
    assert Undefined() != UNDEFINED
