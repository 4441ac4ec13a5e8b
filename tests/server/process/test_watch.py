"""``serve --watch``: what is saved is served, without a signal and without a restart; what is broken is reported."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.server.process.destination import Destination
from tests.server.process.harness import Load, Tagyard

pytestmark = pytest.mark.process

CONFIG = """
environment: {{STAGE: none}}
clients: {{ga4: {{measurement_ids: [G-TEST00001]}}}}
variables: {{names: {{file: names.csv, key: id, value: name}}}}
tags:
  ga4:
    endpoint: "{url}"
    parameters: {{set: {{stage: "{{{{ env.STAGE }}}}", name: "{{{{ var.names.a }}}}", text: {text}}}}}
"""


def sent(server: Tagyard, vendor: Destination, hit: str) -> str:
    """The URL that leaves for one more hit."""
    load = Load(server.port, connections=1)
    load.run([hit])
    assert vendor.wait_for({hit}) == set()
    (url,) = [url for url, _ in vendor.requests if f"ep.hit={hit}" in url]
    return url


@pytest.mark.parametrize("workers", [1, 2])
def test_a_change_of_any_of_its_files_is_served(tmp_path: Path, workers: int) -> None:
    config, names, env = (tmp_path / name for name in ("container.yaml", "names.csv", "env"))
    names.write_text("id,name\na,first\n")
    env.write_text("STAGE=one")
    with Destination() as vendor:
        config.write_text(CONFIG.format(url=vendor.url, text="before"))
        with Tagyard(config, workers, ("--watch", "--env-file", str(env))) as server:
            first = sent(server, vendor, "a")
            assert all(part in first for part in ("ep.stage=one", "ep.name=first", "ep.text=before"))
            config.write_text(CONFIG.format(url=vendor.url, text="after"))
            server.logged("configuration reloaded", workers)
            assert "ep.text=after" in sent(server, vendor, "b")
            names.write_text("id,name\na,second\n")
            server.logged("configuration reloaded", 2 * workers)
            assert "ep.name=second" in sent(server, vendor, "c")
            env.write_text("STAGE=two")
            server.logged("configuration reloaded", 3 * workers)
            assert "ep.stage=two" in sent(server, vendor, "d")
            assert server.stop() == 0
    told = [json.loads(line) for line in server.log.read_text().splitlines() if '"the configuration has changed"' in line]
    assert [line["files"] for line in told] == [[str(config)], [str(names)], [str(env)]]


def test_a_broken_file_is_reported_the_old_one_stays_and_the_repaired_one_is_taken(tmp_path: Path) -> None:
    config = tmp_path / "container.yaml"
    (tmp_path / "names.csv").write_text("id,name\na,first\n")
    with Destination() as vendor:
        config.write_text(CONFIG.format(url=vendor.url, text="before"))
        with Tagyard(config, options=("--watch",)) as server:
            config.write_text("clients: {ga4: {measurment_ids: [G-1]}}\ntags: {ga4: {}}\n")
            server.logged("did you mean measurement_ids?")
            assert "ep.text=before" in sent(server, vendor, "a")
            config.write_text(CONFIG.format(url=vendor.url, text="after"))
            server.logged("configuration reloaded")
            assert "ep.text=after" in sent(server, vendor, "b")
    assert "Traceback" not in server.log.read_text()


def written(folder: Path, version: str, text: str) -> None:
    """As the kubelet writes a ConfigMap: into a new folder, to which a link leads from one moment to the next."""
    new, link, current = folder / f"..{version}", folder / "..data_tmp", folder / "..data"
    new.mkdir()
    (new / "container.yaml").write_text(text)
    link.symlink_to(new.name)
    old = current.resolve() if current.is_symlink() else None
    link.rename(current)
    if old is None:
        (folder / "container.yaml").symlink_to("..data/container.yaml")
    else:
        shutil.rmtree(old)


def test_a_config_map_that_changes_is_served(tmp_path: Path) -> None:
    folder = tmp_path / "config"
    folder.mkdir()
    (tmp_path / "names.csv").write_text("id,name\na,first\n")
    with Destination() as vendor:
        text = CONFIG.format(url=vendor.url, text="one").replace("names.csv", str(tmp_path / "names.csv"))
        written(folder, "2026_11_30_21_00_00", text)
        with Tagyard(folder / "container.yaml", 1, ("--watch", "--data", str(tmp_path / "data"))) as server:
            assert "ep.text=one" in sent(server, vendor, "a")
            for round, new in enumerate(("two", "three"), 1):
                written(folder, f"2026_11_30_21_0{round}_00", text.replace("text: one", f"text: {new}"))
                server.logged("configuration reloaded", round)
                assert f"ep.text={new}" in sent(server, vendor, new)
            assert server.stop() == 0
