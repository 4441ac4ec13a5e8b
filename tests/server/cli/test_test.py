"""``tagyard test``: what it prints, what it writes for continuous integration, and how it ends."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

GOLDEN = Path(__file__).parent / "golden" / "tests.txt"
EXAMPLES = Path(__file__).parents[3] / "config" / "examples"
RULE = "----------\n"
SMALL = """
environment: {{ID: G-ABC1234567}}
clients: {{web: {{type: ga4, measurement_ids: "${{ID}}"}}}}
tags: {{ga4: {{}}, file: {{type: log}}}}
{tests}
"""
TESTS = """
tests:
  - {name: one holds, event: {event_name: a}, sent: {file: 1}}
  - {name: "another [fails]", event: {event_name: "<a & b>\\a"}, sent: {file: {body: {event_name: "<c>"}}}}
"""


@pytest.fixture
def config(folder: Path) -> Path:
    path = folder / "container.yaml"
    path.write_text(SMALL.format(tests=TESTS))
    return path


def test_each_failure_points_at_its_own_expectation(run: Any, folder: Path) -> None:
    text, expected = GOLDEN.read_text().split(RULE)
    (folder / "container.yaml").write_text(text)
    result = run("test")
    assert result.stdout == expected
    assert (result.exit_code, result.stderr) == (1, "")


@pytest.mark.parametrize("file", sorted(EXAMPLES.glob("*.yaml")), ids=lambda file: file.stem)
def test_the_examples_hold_what_they_promise(run: Any, file: Path) -> None:
    result = run("test", str(file))
    assert result.exit_code == 0, result.stdout
    assert "✗" not in result.stdout
    assert file.stem == "ga4" or result.stdout.endswith("tests passed\n")


def test_a_file_without_tests_says_so_and_shows_a_first_one_that_works(run: Any, folder: Path) -> None:
    bare = SMALL.format(tests="server: {path_prefix: /metrics}")
    (folder / "container.yaml").write_text(bare)
    result = run("test")
    assert (result.exit_code, result.stderr) == (0, "")
    said, _, first = result.stdout.partition("\n\n")
    assert said == "container.yaml has no tests yet. The first could be:"
    (folder / "container.yaml").write_text(bare + first)
    result = run("test")
    assert result.stdout == "✓ a page view reaches ga4\n1 test passed\n"


def test_the_first_one_is_made_of_what_is_there(run: Any, folder: Path) -> None:
    (folder / "container.yaml").write_text("clients: {a: {type: universal_analytics}}\ntags: {b: {type: log}}\n")
    assert run("test").stdout.endswith("    client: a\n    sent: {b: 1}\n")


@pytest.mark.parametrize(
    ("pattern", "names"),
    [("one", ["one holds"]), ("o", ["one holds", "another [fails]"]), ("a*[f", ["another [fails]"]), ("one*", ["one holds"])],
)
@pytest.mark.usefixtures("config")
def test_only_the_named_ones_run(run: Any, pattern: str, names: list[str]) -> None:
    lines = run("test", "--name", pattern).stdout.splitlines()
    assert [line[2:] for line in lines if line[0] in "✓✗"] == names


@pytest.mark.usefixtures("config")
def test_a_name_that_there_is_not_is_a_mistake(run: Any) -> None:
    result = run("test", "--name", "nope")
    assert (result.exit_code, result.stderr) == (1, "Error: no test is called nope\n")


@pytest.mark.usefixtures("config")
def test_junit_has_every_test_its_place_and_what_fails(run: Any, folder: Path) -> None:
    assert run("test", "--junit", "report.xml").exit_code == 1
    root = ElementTree.parse(folder / "report.xml").getroot()
    (suite,) = root
    assert (root.tag, suite.tag, suite.get("name")) == ("testsuites", "testsuite", "container.yaml")
    counts = {name: suite.get(name) for name in ("tests", "failures", "errors", "skipped")}
    assert counts == {"tests": "2", "failures": "1", "errors": "0", "skipped": "0"}
    assert {name: root.get(name) for name in counts} == counts
    holds, fails = suite
    assert (holds.tag, holds.get("name"), holds.get("classname")) == ("testcase", "one holds", "container.yaml")
    assert (holds.get("file"), holds.get("line"), list(holds)) == ("container.yaml", "7", [])
    assert float(holds.get("time", "")) >= 0
    (failure,) = fails
    assert fails.get("line") == "8"
    message = "container.yaml:8:98: tests[1].sent.file[0].body.event_name: expected '<c>', got '<a & b>\\\\x07'"
    assert (failure.tag, failure.get("type")) == ("failure", "expectation")
    assert failure.get("message") == message.replace("\\\\", "\\")
    assert failure.text is not None
    assert failure.text.splitlines()[2].strip(" |") == "^^^^^"


@pytest.mark.usefixtures("config")
def test_a_report_that_cannot_be_written_is_told(run: Any) -> None:
    result = run("test", "--junit", "no/such/folder.xml")
    assert result.exit_code == 1
    assert result.stderr == "Error: no/such/folder.xml: cannot be written: No such file or directory\n"


def test_mistakes_of_the_file_are_told_instead(run: Any, config: Path) -> None:
    config.write_text(SMALL.format(tests="tests: [{name: a, event: {}, sent: {nobody: 1}}]"))
    result = run("test")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "tests[0].sent.nobody: unknown tag nobody" in result.stderr


def test_no_secret_shows_and_none_is_needed(run: Any, folder: Path) -> None:
    (folder / "container.yaml").write_text(
        """
clients: {backend: {type: measurement_protocol, api_secrets: "${MP_SECRET}"}}
tags: {hook: {type: http_request, url: "https://example.com/?key=${KEY}", body: {}}}
tests:
  - name: a
    request: {url: "/mp/collect?measurement_id=G-1&api_secret=${MP_SECRET}", body: {client_id: a, events: [{name: b}]}}
    client: backend
    sent: {hook: {query: {key: "${KEY}x"}}}
"""
    )
    for environment in ({}, {"KEY": "s3cret", "MP_SECRET": "t0ken"}):
        result = run("test", **environment)
        assert result.exit_code == 1
        assert "expected '***x', got '***'" in result.stdout
        assert "s3cret" not in result.output


def test_the_environment_and_the_env_file_count_unless_the_test_says_otherwise(run: Any, folder: Path) -> None:
    hit = '{url: "/g/collect?v=2&tid=G-OTHER00000&cid=1.2&en=a"}'
    tests = f"tests:\n- {{name: a, request: {hit}, client: web}}\n- {{name: b, request: {hit}, env: {{ID: G-1}}, client: null}}"
    (folder / "container.yaml").write_text(SMALL.format(tests=tests))
    (folder / "env").write_text("ID=G-OTHER00000")
    assert run("test").exit_code == 1
    assert run("test", "--env-file", "env").exit_code == 0
    assert run("test", ID="G-OTHER00000").exit_code == 0


def test_nothing_of_what_is_found_steers_the_terminal(run: Any, config: Path) -> None:
    config.write_text(SMALL.format(tests='tests: [{name: "a\\e[31m", event: {event_name: "\\e[31m"}, sent: {file: {body: x}}}]'))
    result = run("test")
    assert result.exit_code == 1
    assert "\x1b" not in result.stdout
