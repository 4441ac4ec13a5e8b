"""What ``tagyard serve`` refuses before it opens a port."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from core.secret import MASK, PLACEHOLDER, Secret
from server.cli import main
from server.cli.serve import _access
from server.observe import tracing


def test_traces_without_opentelemetry_end_the_start_with_the_way_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = tmp_path / "container.yaml"
    config.write_text("server: {traces: {}}\nclients: {ga4: {measurement_ids: [G-TEST00001]}}\ntags: {ga4: {}}\n")
    monkeypatch.setattr(tracing, "find_spec", lambda _: None)
    result = CliRunner().invoke(main, ["serve", str(config)])
    assert result.exit_code == 1
    assert "server.traces needs OpenTelemetry" in result.output
    assert "pip install 'tagyard[otel]'" in result.output
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize("known_to_everybody", [MASK, PLACEHOLDER])
def test_what_stands_for_a_token_that_a_dry_run_lacks_opens_nothing(known_to_everybody: str) -> None:
    access = _access(Secret(known_to_everybody))
    assert access.token
    assert not access.matches(known_to_everybody)
    assert _access(Secret("a token of this test")).matches("a token of this test")
    assert _access(None).token is None


def test_a_data_folder_whose_secret_cannot_be_read_ends_the_start_in_one_line(tmp_path: Path) -> None:
    config = tmp_path / "container.yaml"
    config.write_text("clients: {ga4: {measurement_ids: [G-TEST00001], cookies: {mode: server}}}\ntags: {ga4: {}}\n")
    (tmp_path / "data" / "cookie-secret" / "x").mkdir(parents=True)
    result = CliRunner().invoke(main, ["serve", str(config), "--port", "0", "--admin-port", "0"])
    assert result.exit_code == 1
    assert result.output.splitlines()[-1] == (
        f"Error: {tmp_path}/data/cookie-secret: the secret of the visitors' cookies cannot be kept there: Is a directory"
    )


def test_verbose_says_nothing_without_a_dry_run(tmp_path: Path) -> None:
    config = tmp_path / "container.yaml"
    config.write_text("clients: {ga4: {measurement_ids: [G-TEST00001]}}\ntags: {ga4: {}}\n")
    result = CliRunner().invoke(main, ["serve", str(config), "--verbose", "--port", "0", "--admin-port", "0"])
    assert result.exit_code == 2
    assert "--verbose goes with --dry-run" in result.output
