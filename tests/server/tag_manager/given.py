"""The exports that are tested with, and what is expected of each."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import yaml

from config.scalars import resolve

EXPORTS: Final = Path(__file__).parent / "exports"
NAMES: Final = sorted(path.stem for path in EXPORTS.glob("[0-9]*.json"))
_LINE: Final = re.compile(r"(imported|approximated|skipped|unused) +(\w+) +(\S+) +«(.*?)»(?:: (.*))?")


class _Loader(yaml.SafeLoader):
    """Texts, numbers and booleans as the product reads them."""


def _scalar(_: yaml.SafeLoader, node: yaml.ScalarNode) -> Any:
    return node.value if node.style else resolve(node.value)


_Loader.yaml_implicit_resolvers = {}
_Loader.add_constructor("tag:yaml.org,2002:str", _scalar)


def values(text: str) -> Any:
    """What a file says."""
    return yaml.load(text, Loader=_Loader)


def uncommented(text: str) -> str:
    """The file with its stubs taken in."""
    return "\n".join(re.sub(r"^( *)#(?=\w|\"|')|^(  )#(?=  )", r"\1\2", line) for line in text.splitlines())


def of(name: str, ending: str) -> str:
    """A file of the fixture."""
    return (EXPORTS / f"{name}.{ending}").read_text(encoding="utf-8")


def has(name: str, ending: str) -> bool:
    """Whether the fixture has such a file."""
    return (EXPORTS / f"{name}.{ending}").exists()


def told(report: str) -> Sequence[tuple[str, str, str, str]]:
    """Status, kind, key and name of each line of a report."""
    found = [_LINE.match(line) for line in report.splitlines()]
    return [(each[1], each[2], each[3], each[4]) for each in found if each]
