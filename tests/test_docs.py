"""The reference page says what the code does."""

from __future__ import annotations

from docs.render import PAGE, render


def test_the_reference_is_what_the_components_say() -> None:
    assert PAGE.read_text(encoding="utf-8") == render(), "run `make docs`"
