"""What a configuration takes of the machine, and where it finds its secrets."""

from __future__ import annotations

from pathlib import Path

import pytest

from server.loading.configuration import Configuration
from server.loading.surroundings import Origin, Surroundings, surroundings_of

TEXT = """environment: {STAGE: live, OTHER: x}
clients: {ga4: {}}
tags:
  hook:
    type: http_request
    url: "https://a.example/${STAGE}/${OTHER}"
    headers: {X-One: "${ONE}", X-Two: "${TWO}", X-Three: "${THREE:-none}", X-Four: "${FOUR}"}
"""


@pytest.mark.parametrize(
    ("environ", "plain", "origins"),
    [
        ({}, {}, ["nowhere"] * 4),
        ({"STAGE": "test", "PATH": "/bin"}, {"STAGE": "test"}, ["nowhere"] * 4),
        ({"ONE": "1", "TWO_FILE": "/run/two", "THREE": ""}, {}, ["environment", "file", "nowhere", "nowhere"]),
        ({"ONE": "1", "ONE_FILE": "/run/one", "FOUR": "4"}, {}, ["environment", "nowhere", "nowhere", "environment"]),
    ],
)
def test_what_is_there_and_where(tmp_path: Path, environ: dict[str, str], plain: dict[str, str], origins: list[Origin]) -> None:
    path = tmp_path / "container.yaml"
    path.write_text(TEXT)
    loaded = Configuration(path).load()
    found = surroundings_of(loaded, environ)
    assert found == Surroundings(plain, dict(zip(("ONE", "TWO", "THREE", "FOUR"), origins, strict=True)))


def test_what_is_shown_of_it_holds_no_value_of_a_secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ONE", "canary")
    path = tmp_path / "container.yaml"
    path.write_text(TEXT)
    configuration = Configuration(path)
    assert "canary" not in repr(surroundings_of(configuration.load(), configuration.environ()))
