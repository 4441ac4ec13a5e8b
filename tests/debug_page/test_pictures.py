"""The pictures of the debug page: there is one of each page, the documentation shows them all, and none is large."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from tests.debug_page.pages import PAGES
from tests.debug_page.pictures import FOLDER, LARGEST, PICTURES
from tests.documentation import PAGES as DOCUMENTS
from tests.documentation import text_of

_SHOWN = re.compile(r"!\[([^\]]*)\]\(([^)\s]+\.webp)\)")


def shown(document: Path) -> dict[Path, str]:
    """The pictures that a document shows, and what it says of them to those who cannot see them."""
    return {(document.parent / path).resolve(): words for words, path in _SHOWN.findall(text_of(document))}


PARTS: Final = {
    "/static/{name}": "what says that there is nothing",
    "/requests/{worker:worker}/{id}/sent": "looks as the question before it",
    "/deliveries/retry": "looks as the question before deliveries are dropped",
    "/configuration/part": "a section of the picture of the whole",
    "/configuration/lines": "the lines that the editor shows",
}
"""Routes without a picture of their own, and why."""


def test_every_page_has_a_picture() -> None:
    pictured = {PAGES[picture.page].route for picture in PICTURES.values()}
    assert {place.route for place in PAGES.values()} - pictured == PARTS.keys()
    assert {path.stem for path in FOLDER.glob("*.webp")} == PICTURES.keys()


def test_the_documentation_shows_each_and_no_other() -> None:
    found = {path for document in DOCUMENTS for path in shown(document)}
    assert found == set(FOLDER.glob("*.webp"))


def test_each_is_described_in_words() -> None:
    assert [path for document in DOCUMENTS for path, words in shown(document).items() if len(words) < 20] == []


def test_none_is_large() -> None:
    assert {path.name for path in FOLDER.iterdir() if path.stat().st_size > LARGEST} == set()
