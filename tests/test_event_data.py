"""docs/event-data.md: what its requests become is what the page shows, and its tables are what hits are read by."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from docs.rendering import event_data_tables
from docs.rendering.event_data_tables import PAGE
from server.cli.main import main

TEXT = PAGE.read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(http|json|yaml)\n(.*?)^```$", TEXT, re.DOTALL | re.MULTILINE)
(CONFIGURATION,) = [text for language, text in BLOCKS if language == "yaml"]


def examples() -> list[tuple[str, list[dict[str, Any]]]]:
    """Each request of the page, and the events that are shown of it."""
    found: list[tuple[str, list[dict[str, Any]]]] = []
    for language, text in BLOCKS:
        if language == "http":
            found.append((text, []))
        elif language == "json":
            found[-1][1].append(json.loads(text))
    return found


def explained(request: str, folder: Path) -> list[dict[str, Any]]:
    head, _, body = re.sub(r"\n +&", "&", request.strip()).partition("\n\n")
    line, *headers = head.splitlines()
    method, url = line.split(" ")
    (folder / "container.yaml").write_text(CONFIGURATION)
    given = ["--json", "--ip", "203.0.113.7", "--method", method, "--url", url, *(["--body", body] if body else [])]
    given += [each for header in headers for each in ("--header", header)]
    result = CliRunner().invoke(main, ["explain", str(folder / "container.yaml"), *given])
    assert result.exit_code == 0, result.output
    return [event["data"] for event in json.loads(result.stdout)["events"]]


@pytest.mark.parametrize(("request_", "events"), examples(), ids=lambda value: str(value)[:40])
def test_a_request_becomes_the_events_that_are_shown(request_: str, events: list[dict[str, Any]], tmp_path: Path) -> None:
    assert events
    assert explained(request_, tmp_path) == events


def test_the_tables_are_what_hits_are_read_by() -> None:
    assert event_data_tables.render(TEXT) == TEXT, "run `make docs`"
    with pytest.raises(ValueError, match=r"no table that begins with '### Consent'"):
        event_data_tables.render(TEXT.replace("### Consent\n", "### Consents\n"))


def test_a_parameter_without_words_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    fewer = {
        heading: {name: words for name, words in purposes.items() if name != "tid"}
        for heading, purposes in event_data_tables.PURPOSES.items()
    }
    monkeypatch.setattr(event_data_tables, "PURPOSES", fewer)
    with pytest.raises(ValueError, match="differ: tid"):
        event_data_tables.render(TEXT)
