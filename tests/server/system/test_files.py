"""What a configuration is read from."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from config.source import SourceFile
from server.system.files import FileError, environment, folder_of, reader, sources


def write(path: Path, text: str | bytes) -> Path:
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_a_file_is_one_source(tmp_path: Path) -> None:
    path = write(tmp_path / "container.yaml", "clients: {}")
    assert sources(path) == [SourceFile(str(path), b"clients: {}")]


def test_a_folder_is_its_yaml_files_in_name_order(tmp_path: Path) -> None:
    for name in ("20-tags.yaml", "10-clients.yaml", "3.yaml", "notes.txt", "a.yml", "b.yaml.bak"):
        write(tmp_path / name, name)
    (tmp_path / "below").mkdir()
    write(tmp_path / "below" / "0.yaml", "not this")
    assert [source.name for source in sources(tmp_path)] == [
        str(tmp_path / name) for name in ("10-clients.yaml", "20-tags.yaml", "3.yaml")
    ]


def test_an_empty_folder_says_so(tmp_path: Path) -> None:
    with pytest.raises(FileError, match=r"holds no \*\.yaml file"):
        sources(tmp_path)


def test_a_missing_file_is_named_with_the_reason(tmp_path: Path) -> None:
    path = tmp_path / "container.yaml"
    with pytest.raises(FileError) as raised:
        sources(path)
    assert str(raised.value) == f"{path}: cannot be read: No such file or directory"


def test_a_folder_called_like_a_file_is_reported(tmp_path: Path) -> None:
    write(tmp_path / "a.yaml", "")
    (tmp_path / "b.yaml").mkdir()
    with pytest.raises(FileError, match=r"b\.yaml: cannot be read: Is a directory"):
        sources(tmp_path)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_forbidden_file_is_reported(tmp_path: Path) -> None:
    path = write(tmp_path / "container.yaml", "")
    path.chmod(0)
    with pytest.raises(FileError, match="Permission denied"):
        sources(path)


def test_a_file_that_is_not_utf_8_is_for_the_parser_to_report(tmp_path: Path) -> None:
    assert sources(write(tmp_path / "a.yaml", b"\xff"))[0].text == b"\xff"


def test_relative_paths_start_at_the_file(tmp_path: Path) -> None:
    write(tmp_path / "margins.csv", "a,b")
    config = write(tmp_path / "container.yaml", "")
    assert folder_of(config) == folder_of(tmp_path) == tmp_path
    assert reader(config)("margins.csv") == reader(tmp_path)("margins.csv") == b"a,b"
    assert reader(config)(str(tmp_path / "margins.csv")) == b"a,b"
    with pytest.raises(OSError, match="No such file"):
        reader(config)("other.csv")


@pytest.mark.parametrize(
    ("text", "pairs"),
    [
        ("A=1\nB=2", {"A": "1", "B": "2"}),
        ("A=1\r\nB=2\r\n", {"A": "1", "B": "2"}),
        ("\n  \n# A=9\n  # indented\nA=1", {"A": "1"}),
        ("export A=1", {"A": "1"}),
        ("\ufeffA=1", {"A": "1"}),
        ("  A = spaced out  ", {"A": "spaced out"}),
        ("A=", {"A": ""}),
        ("A='single'\nB=\"double\"", {"A": "single", "B": "double"}),
        ("A='\nB=\"x'", {"A": "'", "B": "\"x'"}),
        ("A=''", {"A": ""}),
        ("A=a=b#c d", {"A": "a=b#c d"}),
        ("A=${B}\nB=x", {"A": "${B}", "B": "x"}),
        ("A=grün", {"A": "grün"}),
        ("A=1\nA=2", {"A": "2"}),
        ("", {}),
    ],
)
def test_an_env_file_has_a_name_and_a_value_a_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, pairs: dict[str, str]
) -> None:
    monkeypatch.setattr(os, "environ", {})
    assert environment(write(tmp_path / ".env", text)) == pairs


def test_the_process_environment_wins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TAGYARD_X", "process")
    read = environment(write(tmp_path / ".env", "TAGYARD_X=file\nTAGYARD_Y=file"))
    assert (read["TAGYARD_X"], read["TAGYARD_Y"]) == ("process", "file")


def test_without_an_env_file_there_is_the_process_environment_as_it_is_now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TAGYARD_X", "1")
    read = environment(None)
    monkeypatch.setenv("TAGYARD_X", "2")
    assert read["TAGYARD_X"] == "1"


@pytest.mark.parametrize("line", ["A", "1A=x", "A B=x", "=x", "A-B=x", "A: x"])
def test_a_line_that_is_none_is_reported_by_its_number_and_never_shown(tmp_path: Path, line: str) -> None:
    path = write(tmp_path / ".env", f"# first\n{line}hunter2\n")
    with pytest.raises(FileError) as raised:
        environment(path)
    assert str(raised.value) == f"{path}:2: a line must be NAME=value"


def test_an_env_file_that_cannot_be_read_is_reported(tmp_path: Path) -> None:
    with pytest.raises(FileError, match=r"\.env: cannot be read: No such file"):
        environment(tmp_path / ".env")
    with pytest.raises(FileError, match=r"\.env: cannot be read: it is not UTF-8"):
        environment(write(tmp_path / ".env", b"A=\xff"))
