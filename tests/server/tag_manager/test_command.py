"""The command: what it writes and prints, what it never overwrites, and how it fails."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from config import load
from config.source import SourceFile
from core.registry import installed
from server.cli import main
from server.tag_manager.reading import LARGEST
from tests.server.tag_manager.given import EXPORTS, of

Run = Callable[..., Result]

FIRST = str(EXPORTS / "01_ga4.json")
EMPTY = str(EXPORTS / "08_empty.json")


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.chdir(tmp_path)
    runner = CliRunner()

    def invoke(*arguments: str, input: bytes | None = None) -> Result:
        return runner.invoke(main, ["import", *arguments], input=input)

    return invoke


def bad() -> Sequence[tuple[str, str, str]]:
    lines = (EXPORTS / "bad.tsv").read_text(encoding="utf-8").splitlines()[1:]
    rows = [line.split("\t") for line in lines]
    return [(file, code, message) for file, code, message in rows if not file.startswith("(")]


@pytest.mark.parametrize(("file", "code", "message"), bad(), ids=[row[0] for row in bad()])
def test_what_is_no_export_is_refused_in_one_line(run: Run, file: str, code: str, message: str) -> None:
    path = EXPORTS / file
    ended = run(str(path))
    assert ended.exit_code == int(code)
    assert ended.stderr == f"Error: {path} {message}\n"
    assert ended.stdout == ""
    assert list(Path().iterdir()) == []


def test_a_file_that_is_too_large_is_read_no_further(run: Run) -> None:
    Path("large.json").write_bytes(b" " * (LARGEST + 1))
    ended = run("large.json")
    assert ended.exit_code == 1
    assert ended.stderr == "Error: large.json is larger than 16 MiB; exports of Tag Manager are not\n"


def test_a_file_that_is_not_there_is_a_mistake_of_usage(run: Run) -> None:
    ended = run("nowhere.json")
    assert ended.exit_code == 2
    assert "nowhere.json" in ended.stderr


def test_the_file_is_written_and_the_report_printed(run: Run) -> None:
    ended = run(FIRST)
    assert ended.exit_code == 0
    assert ended.stderr == ""
    assert sorted(path.name for path in Path().iterdir()) == ["container.yaml"]
    text = Path("container.yaml").read_text(encoding="utf-8")
    assert text.startswith("# Imported by `tagyard import` from GTM-EX1SRV1, version 12.\n# A line that begins with `# --`")
    assert "imported      client          ga4                          «GA4»\n" in ended.stdout
    assert ended.stdout.endswith("tagyard check container.yaml\n")


def test_the_file_that_was_written_passes_the_check(run: Run) -> None:
    run(FIRST)
    ended = CliRunner().invoke(main, ["check", "container.yaml"])
    assert ended.exit_code == 0, ended.output
    warnings = [line for line in ended.output.splitlines() if line.startswith("warning")]
    assert len([line for line in warnings if "claims hits for any measurement id" in line]) == 3
    needless = [line for line in warnings if "claims nothing: the client ga4 " in line]
    assert len(needless) == 2, "of clients that claim any id the first leaves the others nothing"
    (scripts,) = (line for line in warnings if "claims nothing: the client web_container " in line)
    assert "clients.ga4_second_brand_scripts: " in scripts, "whoever is asked first for scripts answers for every id"
    assert len(warnings) == 6


@pytest.mark.parametrize("output", ["container.yaml", "other.yaml"])
def test_a_file_that_is_there_stays_as_it_is(run: Run, output: str) -> None:
    Path(output).write_text("mine", encoding="utf-8")
    ended = run(FIRST, "--output", output)
    assert ended.exit_code == 1
    assert ended.stderr == f"Error: {output} is already there and stays as it is\n"
    assert Path(output).read_text(encoding="utf-8") == "mine"


def test_a_folder_that_is_not_there_is_named(run: Run) -> None:
    ended = run(FIRST, "--output", "nowhere/container.yaml")
    assert ended.exit_code == 1
    assert "nowhere/container.yaml" in ended.stderr


def test_the_file_goes_to_standard_output_and_the_report_to_standard_error(run: Run) -> None:
    ended = run(FIRST, "--output", "-")
    assert ended.exit_code == 0
    assert ended.stdout.startswith("# Imported by")
    assert "«GA4»" not in ended.stdout.partition("clients:")[0]
    assert "imported      client          ga4                          «GA4»\n" in ended.stderr
    assert list(Path().iterdir()) == []


def test_the_export_may_come_by_standard_input(run: Run) -> None:
    run(FIRST)
    ended = run("-", "--output", "-", input=Path(FIRST).read_bytes())
    assert ended.exit_code == 0
    assert ended.stdout == Path("container.yaml").read_text(encoding="utf-8")


def test_what_is_no_export_on_standard_input_is_named_so(run: Run) -> None:
    ended = run("-", input=b"[1, 2")
    assert ended.exit_code == 1
    assert ended.stderr == "Error: standard input is not JSON: line 1, column 6: Expecting ',' delimiter\n"


@pytest.mark.parametrize(("file", "code"), [(FIRST, 1), (EMPTY, 0)])
def test_strict_fails_where_something_was_approximated_and_writes_all_the_same(run: Run, file: str, code: int) -> None:
    ended = run(file, "--strict")
    assert ended.exit_code == code
    assert Path("container.yaml").exists()


def test_the_report_may_be_json(run: Run) -> None:
    told: Any = json.loads(run(FIRST, "--json").stdout)
    assert list(told) == ["container", "version", "entities", "counts", "secrets", "added"]
    assert told["container"] == "GTM-EX1SRV1"
    assert told["version"] == "12"
    assert told["entities"][2] == {
        "kind": "client",
        "id": "3",
        "key": "ga4_second_brand",
        "name": "GA4 (second brand)",
        "status": "approximated",
        "live": True,
        "reasons": ["SameSite is Lax, not none"],
    }
    assert told["counts"] == {
        "imported": {"client": 3, "tag": 4, "trigger": 3, "variable": 6, "built_in": 2, "folder": 2},
        "approximated": {"client": 1, "tag": 1},
        "skipped": {},
        "unused": {"variable": 1, "built_in": 1},
    }
    assert told["added"] == ["client ga4_second_brand_scripts: gtag.js, which «GA4 (second brand)» served"]


def test_the_report_as_json_goes_to_standard_error_beside_the_file(run: Run) -> None:
    ended = run(FIRST, "--json", "--output", "-")
    assert json.loads(ended.stderr)["version"] == "12"
    assert ended.stdout.startswith("# Imported by")


def test_another_format_of_exports_is_warned_of(run: Run) -> None:
    export = json.loads(of("08_empty", "json"))
    Path("new.json").write_text(json.dumps({**export, "exportFormatVersion": 3}), encoding="utf-8")
    ended = run("new.json")
    assert ended.exit_code == 0
    assert ended.stderr == "warning: its exportFormatVersion is 3, and 2 is known: look at what comes of it\n"


def test_a_byte_order_mark_is_no_mistake(run: Run) -> None:
    Path("marked.json").write_bytes(b"\xef\xbb\xbf" + Path(EMPTY).read_bytes())
    assert run("marked.json").exit_code == 0


def test_names_of_the_export_are_printed_as_they_are(run: Run) -> None:
    export = json.loads(of("08_empty", "json"))
    export["containerVersion"]["folder"] = [{"folderId": "1", "name": ":heart: [bold]x[/bold] \x1b[31m"}]
    Path("odd.json").write_text(json.dumps(export), encoding="utf-8")
    assert "«:heart: [bold]x[/bold]  [31m»" in run("odd.json").stdout


def test_it_writes_nothing_where_the_fault_would_be_its_own(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(export: object, refused: object) -> object:
        del refused
        made = original(export, {})
        return type(made)("tags: 1", "", made.report)

    from server.tag_manager import product

    original: Any = product._imported
    monkeypatch.setattr(product, "_imported", failing)
    ended = run(FIRST)
    assert ended.exit_code == 1
    assert "which is a fault of Tagyard's" in ended.stderr
    assert list(Path().iterdir()) == []


def test_every_file_that_is_expected_passes_the_check_without_a_mistake() -> None:
    for path in sorted(EXPORTS.glob("[0-9][0-9]_*[a-z].yaml")):
        if ".tests" not in path.name and ".stubs" not in path.name:
            source = SourceFile(path.name, path.read_bytes())
            loaded = load([source], registry=installed(), environ={}, read=lambda _: b"", serve=False)
            assert [each for each in loaded.problems if each.severity == "error"] == []
