"""``tagyard diff``: what a change of the configuration would send differently; nothing is sent."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import click

from config import Loaded
from server.cli.options import env_file_option, read_text, report
from server.differences import Tally, compare
from server.differences.report import markdown, terminal
from server.explain.explanation import Explainer, Explanation, explainer_of
from server.explain.hit import Hit, HitError
from server.explain.readers import read_hits
from server.loading.configuration import Configuration
from server.system.files import FileError
from server.system.terminal import err, out

_CONFIG = click.Path(exists=True, path_type=Path)
_FILE = click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=str)


class _NoAnswer(click.ClickException):
    """There is nothing to compare. Exit code 1 is taken: something differs."""

    exit_code = 2


@contextmanager
def _answering(*expected: type[Exception]) -> Iterator[None]:
    try:
        yield
    except expected as error:
        raise _NoAnswer(str(error)) from None


@click.command()
@click.argument("old", type=_CONFIG)
@click.argument("new", type=_CONFIG)
@click.option("--hits", required=True, type=_FILE, help="A hits file: one JSON object, or one URL with an optional body, a line.")
@click.option("--markdown", "as_markdown", is_flag=True, help="A summary in Markdown, for a comment on the change.")
@env_file_option
def diff(old: Path, new: Path, hits: str, as_markdown: bool, env_file: Path | None) -> None:
    """Show what NEW would send differently from OLD; nothing is sent.

    Each request of the hits file runs through both, with the same clock, ids and randomness. Differences of one kind are
    counted and shown with their first example: who claims a request, the reply's status, what is sent or held back by which
    tag, and every changed parameter, header and part of a body. Secrets are taken for ***.

    Exit code 0 where nothing differs, 1 where something does, 2 where a file cannot be read or has mistakes.

    \b
      git show main:container.yaml > old.yaml
      tagyard diff old.yaml container.yaml --hits hits.jsonl
    """
    with _answering(HitError):
        requests = read_hits(read_text(hits), "standard input" if hits == "-" else hits)
    if not requests:
        raise _NoAnswer(f"{hits}: holds no request")
    now = time.time_ns() // 1000
    before, after = _explainers([Configuration(old, env_file), Configuration(new, env_file)], now)
    tally = Tally()
    for number, hit in enumerate(requests, 1):
        tally.add(compare(_explained(before, hit, number), _explained(after, hit, number)))
    tags = list(dict.fromkeys([*after.assembled.tags, *before.assembled.tags]))
    if as_markdown:
        click.echo(markdown(tally, tags, (str(old), str(new))))
    else:
        out.print(terminal(tally, tags))
    raise SystemExit(1 if tally.differing else 0)


def _explainers(configurations: Sequence[Configuration], now: int) -> list[Explainer]:
    """One for each. The mistakes of all are told before it ends."""
    with _answering(FileError):
        every = [(each, each.load_masked()) for each in configurations]
    ready = [_ready(configuration, loaded, now) for configuration, loaded in every]
    found = [explainer for explainer in ready if explainer]
    if len(found) < len(ready):
        raise SystemExit(_NoAnswer.exit_code)
    return found


def _ready(configuration: Configuration, loaded: Loaded, now: int) -> Explainer | None:
    if loaded.settings is None:
        report(loaded.problems, err)
        return None
    with _answering(FileError):
        return explainer_of(configuration, loaded, loaded.settings, now=now)


def _explained(explainer: Explainer, hit: Hit, number: int) -> Explanation:
    try:
        return explainer.request(hit.request(f"diff-{number}", explainer.now, None), hit.raw_path)
    except Exception as error:  # a plugin's fault; what it says may quote a visitor
        raise _NoAnswer(f"request {number} could not be run: {type(error).__name__}") from None
