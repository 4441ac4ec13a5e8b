"""``tagyard diff``: what a change of the configuration would send differently; nothing is sent."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import click

from core.undefined import UNDEFINED
from server.cli.answering import Answering, answer, json_option
from server.cli.options import Mistakes, env_file_option, read_text
from server.differences import Tally, compare
from server.differences.compare import REQUEST
from server.differences.report import markdown, terminal
from server.explain.explanation import Explainer, Explanation, explainer_of
from server.explain.hit import Hit, HitError
from server.explain.readers import read_hits
from server.loading.configuration import Configuration
from server.system.files import FileError
from server.system.terminal import out

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


@click.command(cls=Answering)
@click.argument("old", type=_CONFIG)
@click.argument("new", type=_CONFIG)
@click.option("--hits", required=True, type=_FILE, help="A hits file: one JSON object, or one URL with an optional body, a line.")
@click.option("--markdown", "as_markdown", is_flag=True, help="A summary in Markdown, for a comment on the change.")
@json_option
@env_file_option
def diff(old: Path, new: Path, hits: str, as_markdown: bool, as_json: bool, env_file: Path | None) -> None:
    """Show what NEW would send differently from OLD; nothing is sent.

    Each request of the hits file runs through both, with the same clock, ids and randomness. Differences of one kind are
    counted and shown with their first example: who claims a request, the reply's status, what is sent or held back by which
    tag, and every changed parameter, header and part of a body. Secrets are taken for ***.

    Exit code 0 where nothing differs, 1 where something does, 2 where a file cannot be read or has mistakes.

    With --json: `ok` (nothing differs), `problems` (severity, file, line, column, path, message), `requests`, `differing`, and
    `differences`: of each kind `tag` (null: of the request), `part`, `name`, `how` (added, removed, changed), `count`, and of its
    first example `request`, `before` and `after`.

    \b
      git show main:container.yaml > old.yaml
      tagyard diff old.yaml container.yaml --hits hits.jsonl
    """
    if as_json and as_markdown:
        raise click.UsageError("--json and --markdown are two ways to answer; leave one out")
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
    if as_json:
        answer(not tally.differing, (), requests=tally.requests, differing=tally.differing, differences=_as_objects(tally, tags))
    elif as_markdown:
        click.echo(markdown(tally, tags, (str(old), str(new))))
    else:
        out.print(terminal(tally, tags))
    raise SystemExit(1 if tally.differing else 0)


def _explainers(configurations: Sequence[Configuration], now: int) -> list[Explainer]:
    """One for each. The mistakes of all are told before it ends."""
    with _answering(FileError):
        every = [(each, each.load_masked()) for each in configurations]
    mistakes = [problem for _, loaded in every if loaded.settings is None for problem in loaded.problems]
    if mistakes:
        raise Mistakes(mistakes, _NoAnswer.exit_code)
    with _answering(FileError):
        return [explainer_of(each, loaded, loaded.settings, now=now) for each, loaded in every if loaded.settings]


def _as_objects(tally: Tally, tags: Sequence[str]) -> list[Mapping[str, object]]:
    return [
        {
            "tag": tag if tag != REQUEST else None,
            "part": each.example.kind.part,
            "name": each.example.kind.name,
            "count": each.count,
            "request": each.request,
            "how": each.example.kind.how.word,
            "before": None if each.example.before is UNDEFINED else each.example.before,
            "after": None if each.example.after is UNDEFINED else each.example.after,
        }
        for tag, found in tally.by_tag([REQUEST, *tags]).items()
        for each in found
    ]


def _explained(explainer: Explainer, hit: Hit, number: int) -> Explanation:
    try:
        return explainer.request(hit.request(f"diff-{number}", explainer.now, None), hit.raw_path)
    except Exception as error:  # a plugin's fault; what it says may quote a visitor
        raise _NoAnswer(f"request {number} could not be run: {type(error).__name__}") from None
