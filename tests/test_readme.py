"""The README: what it promises of itself. What all pages have to do is in test_documentation.py."""

from __future__ import annotations

import re

from tests.documentation import ROOT, blocks, text_of

README = ROOT / "README.md"


def test_its_first_configurations_are_as_short_as_promised() -> None:
    whole = [
        block for block in blocks("yaml") if block.page == README and "clients:" in block.text and "tests:" not in block.text
    ]
    assert all(len(block.text.splitlines()) <= 15 for block in whole[:2])


def test_its_make_targets_exist() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert set(re.findall(r"\bmake ([\w-]+)", text_of(README))) - {"are"} <= targets


def test_the_way_to_go_live_has_all_steps_in_order() -> None:
    _, _, rest = text_of(README).partition("## Go live in fifteen minutes\n")
    steps = re.findall(r"^\*\*(\d)\. ", rest.partition("\n## ")[0], re.MULTILINE)
    assert steps == ["1", "2", "3", "4", "5", "6"]
