"""The pages about vendors: every YAML is a file, or the part of one, that loads without a mistake or a doubt."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

import pytest

from config import SourceFile, load
from core.registry import Registry, installed

PAGES: Final = sorted((Path(__file__).parents[1] / "docs" / "vendors").glob("*.md"))
REGISTRY: Final = Registry(installed())
_YAML: Final = re.compile(r"^```yaml\n(.*?)^```", re.MULTILINE | re.DOTALL)
SECRET: Final = '{"client_email": "robot@project.example", "private_key": "PEM"}'
"""A token like any other, and the key file of a service account."""
_CLIENTS: Final = "clients:\n  ga4:\n    measurement_ids: [G-ABC1234567]\n"
_TAGS: Final = "tags:\n  log: {}\n"
EXAMPLES: Final = [
    pytest.param(block, id=f"{page.stem}-{number}")
    for page in PAGES
    for number, block in enumerate(_YAML.findall(page.read_text(encoding="utf-8")), 1)
]


@pytest.mark.parametrize("block", EXAMPLES)
def test_the_yaml_of_a_page_loads_without_a_word(block: str) -> None:
    begun = "".join(part for part in (_CLIENTS, _TAGS) if part.partition(":")[0] + ":" not in block)
    read = load(
        [SourceFile("container.yaml", (begun + block).encode())],
        registry=REGISTRY,
        environ=dict.fromkeys(re.findall(r"\$\{(\w+)\}", block), SECRET),
        read=lambda name: (_ for _ in ()).throw(FileNotFoundError(name)),
        serve=True,
    )
    assert [str(problem.message) for problem in read.problems] == []


def test_every_tag_of_a_vendor_has_a_page() -> None:
    own = {"ga4", "http_request", "log"}
    assert {page.stem for page in PAGES} == set(REGISTRY.types("tag")) - own
