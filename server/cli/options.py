"""What the commands share: CONFIG and --env-file, how a configuration is loaded, and how a command fails."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, TypeVar

import click
from click.core import ParameterSource
from pydantic import TypeAdapter, ValidationError
from rich.console import Console
from rich.text import Text

from config import Loaded, Problem, Settings, render
from server.explain.hit import HitError
from server.loading.configuration import Configuration
from server.system.files import FileError, folder_of, reason
from server.system.terminal import err

Command = TypeVar("Command", bound=Callable[..., Any])

DEFAULT_CONFIG = "container.yaml"

_STYLES = {"error": "bold red", "warning": "bold yellow"}


def existing(path: Path) -> Path:
    """The path, if there is such a file or folder. Raises ClickException."""
    try:
        path.stat()
    except (FileNotFoundError, NotADirectoryError):
        raise click.ClickException(f"{path}: no such file; name another, or write one with `tagyard init`") from None
    except OSError as error:
        raise click.ClickException(f"{path}: cannot be read: {reason(error)}") from None
    return path


CONFIG: Final[Mapping[str, Any]] = {
    "type": click.Path(path_type=Path, readable=False),  # what it cannot read is said by ``load``, as for every other file
    "envvar": "TAGYARD_CONFIG",
    "default": DEFAULT_CONFIG,
}
"""A file or a folder; by default $TAGYARD_CONFIG, then container.yaml."""


def config_argument(command: Command) -> Command:
    """CONFIG, which exists."""
    return click.argument("config", callback=lambda _, __, path: existing(path), **CONFIG)(command)


def config_unless(option: str) -> Callable[[Command], Command]:
    """The same for a command that can do without, where this option, which is eager, is given: None where none is named."""

    def wanted(context: click.Context, parameter: click.Parameter, path: Path) -> Path | None:
        named = context.get_parameter_source(parameter.name or "") is not ParameterSource.DEFAULT
        return existing(path) if named or path.exists() or context.params.get(option) is None else None

    return click.argument("config", callback=wanted, **CONFIG)


def known_config(command: Command) -> Command:
    """The same for a command that a running server answers: with ``--data`` nobody has to find the file."""

    def wanted(context: click.Context, _: click.Parameter, path: Path) -> Path:
        return path if context.params.get("data") else existing(path)

    return click.argument("config", callback=wanted, **CONFIG)(command)


def env_file_option(command: Command) -> Command:
    """``--env-file FILE``."""
    kind = click.Path(path_type=Path, exists=True, dir_okay=False)
    text = "Reads NAME=value lines; the process environment wins."
    return click.option("--env-file", type=kind, help=text)(command)


def data_option(command: Command) -> Command:
    """``--data DIR``; by default $TAGYARD_DATA, where that is set. It is known before CONFIG is looked at."""
    kind = click.Path(path_type=Path, file_okay=False)
    text = "The outbox's folder, instead of the one that CONFIG names."
    return click.option("--data", type=kind, envvar="TAGYARD_DATA", is_eager=True, help=text)(command)


@contextmanager
def failing(*expected: type[Exception]) -> Iterator[None]:
    """Turns these exceptions into one line on standard error and exit code 1."""
    try:
        yield
    except expected as error:
        raise click.ClickException(str(error)) from None


class Mistakes(SystemExit):
    """A configuration has some: ends the command, once they have been printed on standard error."""

    def __init__(self, problems: Sequence[Problem], exit_code: int = 1) -> None:
        super().__init__(exit_code)
        self.problems = problems
        self.exit_code = exit_code
        context = click.get_current_context(silent=True)
        if not (context and context.params.get("as_json")):
            report(problems, err)


def load_or_exit(configuration: Configuration, *, serve: bool) -> Settings:
    """The settings. Mistakes are printed and end the command; with ``serve`` warnings are printed too."""
    with failing(FileError):
        loaded = configuration.load(serve=serve)
    if serve and loaded.settings is not None:
        report(loaded.problems, err)
    return settings_or_exit(loaded)


def settings_or_exit(loaded: Loaded) -> Settings:
    """The settings of what was loaded. Where there is a mistake, everything that was found is told; exit code 1."""
    if loaded.settings is None:
        raise Mistakes(loaded.problems)
    return loaded.settings


def report(problems: Sequence[Problem], console: Console) -> None:
    """Prints each problem with the line it is about, then how many there are."""
    for problem in problems:
        console.print(Text.assemble((f"{problem.severity}: ", _STYLES[problem.severity]), render(problem)))
    if problems:
        console.print(counted(problems))


def counted(problems: Sequence[Problem]) -> str:
    """``2 errors, 1 warning``."""
    counts = Counter[str](problem.severity for problem in problems)
    return ", ".join(quantity(counts[severity], severity) for severity in _STYLES if counts[severity])


def quantity(number: int, noun: str) -> str:
    """``1 tag``, ``2 tags``."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


_UTF_16 = ("\udcff\udcfe", "\udcfe\udcff")
"""A byte order mark, as it reads where UTF-8 is expected."""


def read_text(path: str) -> str:
    """The text of a file; ``-`` is standard input. What is no UTF-8 in it becomes surrogates. Raises HitError."""
    try:
        with click.open_file(path, encoding="utf-8-sig", errors="surrogateescape") as file:
            text: str = file.read()
    except OSError as error:
        raise HitError(f"{path}: cannot be read: {error.strerror}") from None
    if "\0" in text or text.startswith(_UTF_16):
        raise HitError(f"{path}: cannot be read: it is not UTF-8")
    return text


def read_as(kind: Any) -> Callable[[click.Context, click.Parameter, str | None], Any]:
    """Has an option's text read as a key of the file is read that is of this kind."""

    def read(_: click.Context, __: click.Parameter, text: str | None) -> Any:
        try:
            return None if text is None else TypeAdapter(kind).validate_python(text)
        except ValidationError as error:
            raise click.BadParameter(str(error.errors()[0]["msg"])) from None

    return read


def named_folder(config: Path, env_file: Path | None) -> Path:
    """The data folder of the configuration in this file. Mistakes are printed and end the command."""
    configuration = Configuration(config, env_file)
    return outbox_folder(configuration, load_or_exit(configuration, serve=False))


def outbox_folder(configuration: Configuration, settings: Settings) -> Path:
    """The data folder that the file names; relative to the file."""
    return folder_of(configuration.path) / settings.outbox.folder
