"""Options shared by the whole suite."""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile("tagyard", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("tagyard")
"""How long an example takes on a busy machine says nothing about the code."""

os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
"""The tests start some hundred processes, and each would compile all sources anew."""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--rounds", type=int, default=2, help="How often the server is killed in each of the kill tests.")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files that start processes come first: they take the longest, and at the end of all one worker would be at it alone."""
    long = {item.path for item in items if item.get_closest_marker("process")}
    items.sort(key=lambda item: item.path not in long)


@pytest.fixture
def rounds(request: pytest.FixtureRequest) -> int:
    value: int = request.config.getoption("--rounds")
    return value
