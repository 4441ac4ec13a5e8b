"""Requests as vendors' own examples and tests have them, where a vector's settings are the tag's own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import pytest

from tests.tags.exampled import LOADED
from tests.tags.golden import requested
from tests.tags.played_vendor import made, unlike

TYPES: Final = ("amplitude", "linkedin", "meta", "mixpanel", "pinterest", "reddit", "tiktok", "x")


@pytest.mark.parametrize(
    "vector",
    [vector for type in TYPES for vector in requested(type)],
    ids=lambda vector: f"{vector['vendor']} {vector['source']}",
)
def test_requests_are_as_published_ones(vector: Mapping[str, Any]) -> None:
    assert unlike(made(LOADED[vector["vendor"]], **vector["settings"]), vector) == []


@pytest.mark.parametrize("type", TYPES)
def test_each_has_some(type: str) -> None:
    assert requested(type)
