"""What the pages name within a sentence: commands and their options, keys of the file, metrics, targets of make. All exist."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final, get_args

import click
import pytest
from pydantic import BaseModel

from config import OutboxSettings, ServerSettings
from server.cli.main import main
from server.observe.metrics import METRICS
from tests.documentation import PAGES, ROOT, prose_of

TODAY: Final = [page for page in PAGES if page.name != "CHANGELOG.md"]
"""Pages that tell what is, and not what was."""
SECTIONS: Final[dict[str, type[BaseModel]]] = {"server": ServerSettings, "outbox": OutboxSettings}
OTHERWISE: Final = {"tagyard_brook", "tagyard_debug", "tagyard_headers"}
"""A module of the example, a cookie, and a file of nginx."""
OF_EACH: Final = re.compile(r"_(bucket|count|sum)$")
EVERY_PAGE: Final = pytest.mark.parametrize("page", TODAY, ids=lambda page: str(page.relative_to(ROOT)))


def named(page: Path, pattern: str) -> Iterator[re.Match[str]]:
    """What stands so in the sentences of a page."""
    return re.finditer(pattern, prose_of(page))


def options_of(command: click.Command) -> set[str]:
    return {"--help", "--version", *(option for each in command.params for option in (*each.opts, *each.secondary_opts))}


@EVERY_PAGE
def test_commands_and_their_options_exist(page: Path) -> None:
    for found in named(page, r"`tagyard ([^`]+)`"):
        command: click.Command = main
        words = found[1].split()
        while isinstance(command, click.Group) and words and not words[0].startswith("-"):
            assert words[0] in command.commands, found[0]
            command = command.commands[words.pop(0)]
        assert {word.partition("=")[0] for word in words if word.startswith("--")} <= options_of(command), found[0]


@EVERY_PAGE
def test_keys_of_sections_exist(page: Path) -> None:
    for found in named(page, r"`(server|outbox)\.([a-z_.]+)"):
        assert is_key(SECTIONS[found[1]], found[2].strip(".").split(".")), found[0]


def is_key(model: type[BaseModel] | None, keys: Sequence[str]) -> bool:
    """Whether the keys lead to a setting, one below the other."""
    for key in keys:
        fields = model.model_fields if model else {}
        field: Any = next((field for name, field in fields.items() if key == (field.alias or name)), None)
        if field is None:
            return False
        inner = [each for each in (field.annotation, *get_args(field.annotation)) if isinstance(each, type)]
        model = next((each for each in inner if issubclass(each, BaseModel)), None)
    return True


@EVERY_PAGE
def test_metrics_exist(page: Path) -> None:
    known = {metric.name for metric in METRICS} | OTHERWISE
    named_here = {found[0] for found in named(page, r"\btagyard_[a-z_]+\b")}
    assert {name for name in named_here if name not in known and OF_EACH.sub("", name) not in known} == set()


@EVERY_PAGE
def test_targets_of_make_exist(page: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    assert {found[1] for found in named(page, r"`make ([a-z-]+)")} <= targets
