"""A test to begin with holds for the file that it is made of."""

from __future__ import annotations

from pathlib import Path

import pytest

from server.cases import Suite
from server.cases.first import first_test
from server.loading.configuration import Configuration

FILES = {
    "the smallest": "clients: {ga4: {}}\ntags: {ga4: {}}\n",
    "below a prefix": "server: {path_prefix: /metrics}\nclients: {ga4: {}}\ntags: {ga4: {}}\n",
    "of other names": "clients: {b: {type: measurement_protocol}, web: {type: ga4}}\ntags: {x: {type: log}, g: {type: ga4}}\n",
}


@pytest.mark.parametrize("text", FILES.values(), ids=FILES)
def test_it_passes(tmp_path: Path, text: str) -> None:
    path = tmp_path / "container.yaml"
    path.write_text(text)
    loaded = Configuration(path).load_masked()
    assert loaded.settings
    path.write_text(f"{text}\n{first_test(loaded.settings)}\n")
    configuration = Configuration(path)
    whole = configuration.load_masked()
    assert whole.settings, [str(problem) for problem in whole.problems]
    (result,) = Suite(configuration, whole, whole.settings, lambda: 0.0).run()
    assert result.failures == ()
