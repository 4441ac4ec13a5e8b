"""The documentation's site: everything is in it, and every link in it leads somewhere."""

from __future__ import annotations

import re

from tests.documentation import ROOT

NAV = (ROOT / "mkdocs.yml").read_text(encoding="utf-8").partition("\nnav:\n")[2]


def test_every_page_has_its_place_in_the_navigation() -> None:
    pages = {str(page.relative_to(ROOT / "docs")) for page in (ROOT / "docs").rglob("*.md") if "examples" not in page.parts}
    placed = re.findall(r"- (?:[^\n]+: )?([\w/-]+\.md)$", NAV, re.MULTILINE)
    assert sorted(placed) == sorted(set(placed))
    assert {page for page in placed if not page.startswith("about/")} == pages
