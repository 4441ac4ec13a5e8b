"""Options shared by the whole suite."""

from __future__ import annotations

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--rounds", type=int, default=2, help="How often the server is killed in each of the kill tests.")


@pytest.fixture
def rounds(request: pytest.FixtureRequest) -> int:
    value: int = request.config.getoption("--rounds")
    return value
