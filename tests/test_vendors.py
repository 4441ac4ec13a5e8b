"""The pages about vendors: every YAML is a file, or the part of one, that loads without a mistake or a doubt."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

import pytest

from config import SourceFile, load
from core.registry import Registry, installed

VENDORS: Final = Path(__file__).parents[1] / "docs" / "vendors"
PAGES: Final = sorted(page for page in VENDORS.glob("*.md") if page.stem != "index")
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


def _problems(file: str) -> list[str]:
    read = load(
        [SourceFile("container.yaml", file.encode())],
        registry=REGISTRY,
        environ=dict.fromkeys(re.findall(r"\$\{(\w+)\}", file), SECRET),
        read=lambda name: (_ for _ in ()).throw(FileNotFoundError(name)),
        serve=True,
    )
    return [str(problem.message) for problem in read.problems]


@pytest.mark.parametrize("block", EXAMPLES)
def test_the_yaml_of_a_page_loads_without_a_word(block: str) -> None:
    begun = "".join(part for part in (_CLIENTS, _TAGS) if part.partition(":")[0] + ":" not in block)
    assert _problems(begun + block) == []


def test_every_tag_of_a_vendor_has_a_page() -> None:
    own = {"ga4", "http_request", "log"}
    assert {page.stem for page in PAGES} == set(REGISTRY.types("tag")) - own


@pytest.mark.parametrize(
    ("name", "settings"),
    [
        ("google_ads", 'conversion_action_id: "1", operating_account: {id: 123-456-7890}, service_account: "${KEY}"'),
        ("linkedin", 'conversion_rule_id: "1", access_token: "${KEY}"'),
        ("x", 'pixel_id: o8z6j, event_id: o87ne, pixel_token: "${KEY}"'),
    ],
)
def test_a_tag_that_counts_whatever_comes_as_one_conversion_is_doubted(name: str, settings: str) -> None:
    doubted, quiet = (
        _problems(f"{_CLIENTS}tags:\n  {name}: {{{settings}{triggers}}}\ntriggers:\n  orders: {{event: purchase}}\n")
        for triggers in ("", ", triggers: [orders]")
    )
    assert [each.partition(";")[0] for each in doubted if "counts as" in each] == [
        "every event counts as this conversion, page views too"
    ]
    assert quiet == []
