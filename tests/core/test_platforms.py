"""Hosts that platforms hand out are known by the end of their names."""

from __future__ import annotations

from functools import partial

import pytest

from core.platforms import PLATFORMS, platform_of
from tests.budget.machine import takes_less


@pytest.mark.parametrize(
    "name",
    [
        "tagyard-abc123-ew.a.run.app",
        "x.herokuapp.com:443",
        "a.b.c.us-east-1.elb.amazonaws.com",
        "x.fly.dev.",
    ],
)
def test_platforms_are_known_by_the_end_of_a_name(name: str) -> None:
    assert platform_of(name) in PLATFORMS


@pytest.mark.parametrize(
    "name", ["run.app", "data.example.com", "notrun.app", "run.app.example.com", "", "[::1]:80", "localhost"]
)
def test_and_by_nothing_else(name: str) -> None:
    assert platform_of(name) is None


def test_long_names_take_no_time() -> None:
    for text in ("a," * 8000, "." * 16000, "a." * 8000):
        assert takes_less(partial(platform_of, text), 0.25)
