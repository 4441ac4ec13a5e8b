"""A configuration is read anew each time, and masked where it is only shown."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from server.loading.configuration import Configuration

CONFIG = """
environment: {STAGE: live}
clients: {web: {type: ga4, measurement_ids: "G-${STAGE}"}}
tags:
  hook: {type: http_request, url: "https://example.com/", headers: {a: "${SET}", b: "${MISSING}", c: "${OPTIONAL:-default}"}}
"""


@pytest.fixture
def configuration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Configuration:
    (tmp_path / "container.yaml").write_text(CONFIG)
    monkeypatch.setenv("SET", "s3cret")
    monkeypatch.delenv("STAGE", raising=False)
    return Configuration(tmp_path / "container.yaml")


def test_masked_every_secret_is_the_mask_whether_it_is_there_or_not(configuration: Configuration) -> None:
    masked = configuration.load_masked()
    assert masked.secrets == {"SET": "***", "MISSING": "***", "OPTIONAL": "***"}
    assert masked.environment == {"STAGE": "live"}


def test_masked_a_file_that_holds_a_secret_is_not_needed(configuration: Configuration, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MISSING_FILE", "/no/such/file")
    assert configuration.load_masked().settings is not None


@pytest.mark.parametrize(
    ("process", "overrides", "stage"),
    [({}, {}, "live"), ({"STAGE": "test"}, {}, "test"), ({"STAGE": "test"}, {"STAGE": "mine"}, "mine")],
)
def test_masked_what_overrides_the_environment_counts(
    configuration: Configuration,
    monkeypatch: pytest.MonkeyPatch,
    process: dict[str, str],
    overrides: dict[str, str],
    stage: str,
) -> None:
    for name, value in process.items():
        monkeypatch.setenv(name, value)
    masked = configuration.load_masked(overrides)
    assert masked.environment == {"STAGE": stage}
    assert masked.settings is not None
    client: Any = masked.settings.clients["web"].settings
    assert client.measurement_ids == [f"G-{stage}"]


def test_the_process_environment_stays_out_of_what_is_no_plain_setting(configuration: Configuration) -> None:
    assert "s3cret" not in repr(configuration.load_masked({"SET": "s3cret"}).settings)
