"""docs/architecture.md and its picture are of the tree as it is."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree

import pytest

from docs.rendering import rooms
from tests.house import MAY_IMPORT, ROOMS

PAGE = rooms.PAGE.read_text(encoding="utf-8")
CONTRIBUTING = (rooms.ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")


def test_its_tables_are_what_the_files_say() -> None:
    assert rooms.render(PAGE) == PAGE, "run `make docs`"
    with pytest.raises(ValueError, match=r"no table that begins with '\| Folder"):
        rooms.render("# Architecture\n")


def test_its_picture_is_drawn_anew() -> None:
    assert rooms.PICTURE.read_text(encoding="utf-8") == rooms.picture(), "run `make docs`"


def test_the_picture_has_every_folder_and_room() -> None:
    words = [element.text for element in ElementTree.fromstring(rooms.picture()).iter("{http://www.w3.org/2000/svg}text")]
    assert {f"{folder}/" for folder in MAY_IMPORT} | set(ROOMS) <= set(words)


@pytest.mark.parametrize(("page", "least"), [(PAGE, 40), (CONTRIBUTING, 15)])
def test_every_file_that_it_names_is_there(page: str, least: int) -> None:
    named = re.findall(r"`((?:core|wire|config|clients|transformations|tags|server|tests|docs)/[\w/]*(?:\.\w+)?)`", page)
    assert len(named) >= least
    assert [name for name in named if not Path(name).exists()] == []


def test_what_contributors_are_told_to_make_can_be_made() -> None:
    targets = set(re.findall(r"^([a-z-]+):", Path("Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    assert set(re.findall(r"`make ([\w-]+)`", CONTRIBUTING)) <= targets


def test_an_import_between_folders_is_found() -> None:
    found = rooms.imports(1)
    assert found["core"] == set()
    assert "wire" in found["clients"]
