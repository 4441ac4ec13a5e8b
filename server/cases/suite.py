"""Runs the tests of a configuration. Secrets are masks, so nothing that is told holds one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from config import Loaded, Problem, Settings
from config.cases import CaseSettings
from server.cases.expected import Outcome, unmet_expectations
from server.cases.given import explained
from server.cases.subset import Unmet
from server.explain.explanation import Explainer, explainer_of
from server.loading.configuration import Configuration

Clock = Callable[[], float]
"""Seconds since some moment, for how long something took."""


@dataclass(frozen=True, slots=True)
class Failure:
    """An expectation that does not hold, at its place in the file; ``more`` shows what was found, line by line."""

    problem: Problem
    more: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Result:
    """What came of one test; it holds where there is no failure. ``problem`` is only where the test itself stands."""

    name: str
    place: Problem
    failures: tuple[Failure, ...]
    seconds: float


@dataclass(frozen=True, slots=True)
class _Setup:
    """The file as it is in one environment; ``explainer`` is None where it has mistakes there."""

    loaded: Loaded
    explainer: Explainer | None
    cases: Mapping[int, CaseSettings]


class Suite:
    """The tests of a configuration that has no mistakes. Building it raises FileError where a file cannot be read."""

    def __init__(self, configuration: Configuration, loaded: Loaded, settings: Settings, clock: Clock) -> None:
        self._configuration = configuration
        self._settings = settings
        self._clock = clock
        self._setups: dict[tuple[tuple[str, str], ...], _Setup] = {(): self._ready(loaded, settings)}

    def run(self, wanted: Callable[[str], bool] = bool) -> Iterator[Result]:
        """The results of the tests with a wanted name, in the order of the file. Raises FileError."""
        for at, case in self._settings.tests.items():
            if wanted(case.name):
                started = self._clock()
                setup = self._setup(case.env)
                failures = tuple(_failure(setup.loaded, at, each) for each in _unmet(at, setup))
                yield Result(case.name, setup.loaded.problem(("tests", at), ""), failures, self._clock() - started)

    def _setup(self, environment: Mapping[str, str]) -> _Setup:
        key = tuple(sorted(environment.items()))
        if key not in self._setups:
            loaded = self._configuration.load_masked(environment)
            self._setups[key] = self._ready(loaded, loaded.settings)
        return self._setups[key]

    def _ready(self, loaded: Loaded, settings: Settings | None) -> _Setup:
        if settings is None:
            return _Setup(loaded, None, {})
        return _Setup(loaded, explainer_of(self._configuration, loaded, settings, now=0), settings.tests)


def _failure(loaded: Loaded, at: int, found: Unmet) -> Failure:
    return Failure(loaded.problem(("tests", at, *found.location), found.message), found.more)


def _unmet(at: int, setup: _Setup) -> Iterator[Unmet]:
    if setup.explainer is None:
        told = tuple(str(problem) for problem in setup.loaded.problems if problem.severity == "error")
        yield Unmet(("env",), "the file has mistakes in this environment", told)
        return
    case = setup.cases[at]
    try:
        found = explained(case, setup.explainer)
    except Exception as error:  # a plugin's fault is a failure of this test, not of the others
        yield Unmet((), f"could not be run: {type(error).__name__}")
    else:
        yield from unmet_expectations(case, Outcome(found))
