"""``tagyard test``: runs the tests of the file; nothing is sent."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import click
from rich.text import Text

from config import Settings, render
from core.wildcard import wildcard
from server.cases import Result, Suite
from server.cases.first import first_test
from server.cases.junit import junit
from server.cli.answering import Answering, answer, as_object, json_option
from server.cli.options import config_argument, env_file_option, failing, quantity, settings_or_exit
from server.loading.configuration import Configuration
from server.system.colours import ADDED, REMOVED
from server.system.files import FileError, reason
from server.system.terminal import out, visible


@click.command(cls=Answering)
@config_argument
@click.option("--name", "pattern", metavar="PATTERN", help="Run only tests with this in their name; * stands for any text.")
@click.option("--junit", "report", type=click.Path(path_type=Path, dir_okay=False), help="Write the results here as JUnit XML.")
@json_option
@env_file_option
def test(config: Path, pattern: str | None, report: Path | None, as_json: bool, env_file: Path | None) -> None:
    """Run the tests that CONFIG has under `tests`; nothing is sent.

    Exit code 1 where one fails; each failure names the line of the expectation that does not hold. Secrets are taken
    for ***, in the tests as everywhere. Without a `clock` a test takes 2026-01-01T00:00:00Z for the present.

    With --json: `ok`, `problems` (severity, file, line, column, path, message), `tests`: of each `name`, `ok`, `file`, `line`,
    `seconds`, and `failures`: a problem each, with `more`, what was found, line by line.
    """
    configuration = Configuration(config, env_file)
    with failing(FileError):
        loaded = configuration.load_masked()
    settings = settings_or_exit(loaded)
    with failing(FileError):
        suite = Suite(configuration, loaded, settings, time.perf_counter)
        run = suite.run(_wanted(pattern))
        results = list(run if as_json else _told(run))
    if report:
        _write(report, junit(str(config), results))
    if not results and settings.tests:
        raise click.ClickException(f"no test is called {pattern}")
    ok = not any(result.failures for result in results)
    if as_json:
        answer(ok, (), tests=[_as_object(each) for each in results])
    else:
        _sum_up(config, settings, results)
    raise SystemExit(0 if ok else 1)


def _write(report: Path, text: bytes) -> None:
    try:
        report.write_bytes(text)
    except OSError as error:
        raise click.ClickException(f"{report}: cannot be written: {reason(error)}") from None


def _as_object(result: Result) -> Mapping[str, object]:
    failures = [{**as_object(each.problem), "more": list(each.more)} for each in result.failures]
    place = {"file": result.place.file, "line": result.place.line}
    return {"name": result.name, "ok": not failures, **place, "seconds": result.seconds, "failures": failures}


def _wanted(pattern: str | None) -> Callable[[str], bool]:
    if pattern is None:
        return bool
    return wildcard(f"*{pattern}*")


def _told(results: Iterable[Result]) -> Iterable[Result]:
    """The results, each of them printed as soon as it is there."""
    for result in results:
        out.print(_result(result))
        yield result


def _result(result: Result) -> Text:
    mark, style = ("✗", "bold red") if result.failures else ("✓", "green")
    lines = [Text.assemble((mark, style), f" {visible(result.name)}")]
    for failure in result.failures:
        lines += [Text(render(failure.problem)), *(Text(f"        {visible(line)}", _style(line)) for line in failure.more)]
    return Text("\n").join(lines)


def _style(line: str) -> str:
    return {"-": REMOVED, "+": ADDED}.get(line[:1], "dim")


def _sum_up(config: Path, settings: Settings, results: list[Result]) -> None:
    failed = sum(bool(result.failures) for result in results)
    if not results:
        out.print(f"{config} has no tests yet. The first could be:\n\n{first_test(settings)}", markup=False)
    elif failed:
        out.print(f"{failed} of {quantity(len(results), 'test')} failed")
    else:
        out.print(f"{quantity(len(results), 'test')} passed")
