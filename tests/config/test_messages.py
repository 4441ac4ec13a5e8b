"""What is said of a text that is not as its pattern wants it."""

from __future__ import annotations

import pytest
from pydantic import BaseModel, Field, ValidationError, create_model

from config.messages import say


@pytest.mark.parametrize(
    ("pattern", "said"),
    [
        (r"^\d{5,25}$", "must be 5 to 25 digits, nothing else"),
        (r"^\d{5}$", r"must match ^\d{5}$"),
        ("^G-[A-Z0-9]+$", "must match ^G-[A-Z0-9]+$"),
    ],
)
def test_a_pattern_of_digits_is_told_in_words(pattern: str, said: str) -> None:
    model: type[BaseModel] = create_model("Settings", id=(str, Field(pattern=pattern)))
    with pytest.raises(ValidationError) as caught:
        model(id="UA-1")
    assert say([dict(error) for error in caught.value.errors()], "UA-1") == said
