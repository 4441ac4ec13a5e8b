"""Unquoted scalars by our own rules, beside what YAML 1.1 would have made of them."""

from __future__ import annotations

import pytest

from config.scalars import resolve


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("true", True),
        ("false", False),
        ("null", None),
        ("", None),
        ("0", 0),
        ("-7", -7),
        ("8080", 8080),
        ("999999999999999999", 999999999999999999),
        ("0.5", 0.5),
        ("-12.25", -12.25),
        ("1.5e3", 1500.0),
        ("2.5E-1", 0.25),
    ],
)
def test_what_is_more_than_a_text(text: str, value: object) -> None:
    assert resolve(text) == value
    assert type(resolve(text)) is type(value)


@pytest.mark.parametrize(
    "text",
    [
        "on",
        "off",
        "yes",
        "no",
        "True",
        "FALSE",
        "Null",
        "~",
        "y",
        "n",
        "0123",
        "0o17",
        "0x1F",
        "0b1",
        "1_000",
        "+1",
        "1.",
        ".5",
        "1e5",
        "12:30:45",
        "190:20:30",
        "2024-01-01",
        ".inf",
        "-.inf",
        ".nan",
        "1000000000000000000",
        "1.2.3",
        "1.5e400",
        "-",
        "--",
        "<<",
        "=",
        "٣",
        "３",
    ],
)
def test_everything_else_is_the_text_as_written(text: str) -> None:
    assert resolve(text) == text
