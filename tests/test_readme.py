"""The README: every configuration in it loads without a word, and every command in it exists."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from config import Source, load
from core.registry import installed
from server.cli.main import main

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
CONFIGURATIONS = re.findall(r"```yaml\n(.*?)```", README, re.DOTALL)
COMMANDS = re.findall(r"^tagyard (\w+)(.*)$", "\n".join(re.findall(r"```sh\n(.*?)```", README, re.DOTALL)), re.MULTILINE)


@pytest.mark.parametrize("text", CONFIGURATIONS)
def test_its_configurations_load_without_a_word(text: str) -> None:
    def read(path: str) -> bytes:
        raise FileNotFoundError(path)

    loaded = load([Source("README.md", text.encode())], registry=installed(), environ={}, read=read, serve=False)
    assert [str(problem) for problem in loaded.problems] == []


def test_the_first_is_as_short_as_promised() -> None:
    assert len(CONFIGURATIONS[0].splitlines()) <= 15


@pytest.mark.parametrize(("name", "rest"), COMMANDS)
def test_its_commands_exist(name: str, rest: str) -> None:
    options = {option for parameter in main.commands[name].params for option in parameter.opts}
    assert set(re.findall(r"(?<!\S)(--[a-z-]+)", rest.partition("#")[0])) <= options


def test_it_names_only_commands_that_exist() -> None:
    assert set(re.findall(r"`tagyard (\w+)", README)) <= main.commands.keys()


def test_its_links_lead_somewhere() -> None:
    for target in re.findall(r"\]\((?!https?:)([^)#]+)\)", README):
        assert (ROOT / target).exists(), target


def test_its_make_targets_exist() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert set(re.findall(r"\bmake ([\w-]+)", README)) - {"are"} <= targets
