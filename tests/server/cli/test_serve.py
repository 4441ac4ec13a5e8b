"""What ``tagyard serve`` refuses before it opens a port."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from server.cli import main
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
