"""What a draft may take of the machine it is looked at on."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from config import Settings
from server.drafts.draft import LARGEST_TABLE, Draft, draft_of
from server.inspection.base import Base
from server.loading.configuration import Configuration

SMALL = "clients: {ga4: {}}\ntags: {ga4: {}}\n"


def base(path: Path, *tables: str, geo: str | None = None, **plain: str) -> Base:
    return {"path": str(path), "texts": {"container.yaml": SMALL}, "plain": plain, "secrets": [], "tables": [*tables], "geo": geo}


def draft(folder: Path, *tables: str, geo: str | None = None, **plain: str) -> Draft:
    path = folder / "container.yaml"
    path.write_text(SMALL)
    return draft_of(base(path, *tables, geo=geo, **plain), {"container.yaml": SMALL})


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """With tables, other files beside them, and links out of it."""
    here = tmp_path / "here"
    (here / "below").mkdir(parents=True)
    for name in ("here/a.csv", "here/a.json", "here/below/b.csv", "here/secrets.env", "away.csv", "away.txt"):
        (tmp_path / name).write_text(name)
    (here / "out.csv").symlink_to(tmp_path / "away.csv")
    (here / "masked.csv").symlink_to(here / "secrets.env")
    (here / "in.csv").symlink_to(here / "below" / "b.csv")
    (here / "dir.csv").mkdir()
    os.mkfifo(here / "pipe.csv")
    (here / "large.csv").write_bytes(b"x" * (LARGEST_TABLE + 1))
    return here


@pytest.mark.parametrize("name", ["a.csv", "a.json", "below/b.csv", "below/../a.csv", "in.csv"])
def test_tables_of_the_folder_are_read(folder: Path, name: str) -> None:
    assert draft(folder).read(name).startswith(b"here/")


@pytest.mark.parametrize(
    "name",
    [
        *("secrets.env", "../away.csv", "out.csv", "masked.csv", "/proc/self/environ", "/etc/passwd", "", ".", "container.yaml"),
        *("dir.csv", "pipe.csv", "large.csv", "missing.csv"),
    ],
)
def test_nothing_else_is_read(folder: Path, name: str) -> None:
    with pytest.raises(OSError, match=r"here only|No such file"):
        draft(folder).read(name)


def test_what_the_loaded_file_names_is_read_wherever_it_lies(folder: Path) -> None:
    assert draft(folder, "../away.csv").read("../away.csv") == b"away.csv"
    with pytest.raises(PermissionError):
        draft(folder, "../away.csv").read("../away.txt")


def test_a_folder_that_is_a_link_itself_is_the_folder_it_leads_to(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(folder)
    assert draft(tmp_path / "link").read("a.csv") == b"here/a.csv"


def test_a_folder_of_files_is_where_its_tables_are(folder: Path) -> None:
    whole = draft_of(base(folder), {"a.yaml": "clients: {ga4: {}}", "b.yaml": "tags: {ga4: {}}"})
    assert whole.read("a.csv") == b"here/a.csv"
    assert [(each.name, each.text[:4]) for each in whole.sources()] == [("a.yaml", b"clie"), ("b.yaml", b"tags")]
    assert whole.load_masked().settings is not None


def test_the_environment_is_what_is_given_and_never_that_of_the_process(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STAGE", "canary")
    assert draft(folder).environ() == {}
    assert draft(folder, STAGE="test").environ() == {"STAGE": "test"}
    assert Configuration(folder / "container.yaml").environ()["STAGE"] == "canary"


@pytest.mark.parametrize(
    ("used", "named", "opened"), [("a.mmdb", "a.mmdb", True), ("a.mmdb", "b.mmdb", False), (None, "a.mmdb", False)]
)
def test_only_the_geo_database_that_is_in_use_is_opened(folder: Path, used: str | None, named: str, opened: bool) -> None:
    it = draft(folder, geo=used)
    settings = _naming(it, named)
    if opened:
        with pytest.raises(Exception, match=r"a\.mmdb"):  # it is not there, so that whoever opens it says so
            it.database(settings)
    else:
        assert it.database(settings) is None


def _naming(it: Draft, database: str) -> Settings:
    text = f"{SMALL}server: {{geo: {{database: {database}}}}}\n"
    settings = Draft(it.path, texts={"container.yaml": text}).load_masked().settings
    assert settings is not None
    return settings
