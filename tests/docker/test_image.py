"""The image as it is built and run: read-only, as nobody in particular, and honest about what is wrong.

``make image-test`` runs these; they need root on Debian.
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from core.product import VERSION
from tests.docker.buildah import COMMIT, ROOT, build, mounted, size
from tests.docker.conftest import Image
from tests.docker.container import hit
from tests.server.process.destination import Destination, ok, status

pytestmark = [pytest.mark.image, pytest.mark.timeout(900, func_only=True)]

CONFIG = """\
server:
  listen: 127.0.0.1:{port}
  admin: 127.0.0.1:{admin}
  shutdown_grace: 3s
clients: {ga4: {measurement_ids: [G-TEST00001]}}
tags: {ga4: {endpoint: "URL"}}
"""


def to(vendor: Destination, text: str = CONFIG) -> str:
    return text.replace("URL", vendor.url)


def files(root: Path) -> Iterator[tuple[str, str]]:
    """What a build decides about each file: its name, kind, rights, owner, time and content."""
    for path in sorted([*(root / "opt").rglob("*"), *(root / "config").rglob("*"), root / "data", root / "config"]):
        state = path.lstat()
        content = (
            os.readlink(path) if path.is_symlink() else hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""
        )
        yield str(path.relative_to(root)), f"{state.st_mode:o} {state.st_uid}:{state.st_gid} {state.st_mtime_ns} {content}"


def test_the_same_commit_builds_the_same_files(image: Image, epoch: int) -> None:
    with mounted(build("two", epoch)) as again:
        first, second = dict(files(image.root)), dict(files(again))
    assert len(first) > 1000
    assert {name for name in first | second if first.get(name) != second.get(name)} == set()


def test_it_runs_as_nobody_in_particular_and_holds_no_compiler_and_no_installer(image: Image) -> None:
    user = image.config["User"].partition(":")[0]
    assert user.isdecimal()
    assert int(user) != 0
    for name in ("gcc", "cc", "g++", "clang", "tcc", "make", "ld", "as"):
        assert not [folder for folder in ("usr/bin", "usr/local/bin", "opt/tagyard/bin") if (image.root / folder / name).exists()]
    installed = {path.name.partition("-")[0] for path in (image.root / "opt/tagyard/lib").rglob("*.dist-info")}
    assert "tagyard" in installed
    assert not installed & {"pip", "setuptools", "wheel", "pytest"}


def test_nothing_in_it_but_the_data_folder_may_be_written_by_its_user(image: Image) -> None:
    user = int(image.config["User"].partition(":")[0])
    for path in image.root.rglob("*"):
        state = path.lstat()
        if stat.S_ISLNK(state.st_mode) or path.relative_to(image.root).parts[0] in ("dev", "proc"):
            continue
        sticky = state.st_mode & stat.S_ISVTX  # /tmp and its like, which a read-only root closes
        assert state.st_uid != user or path == image.root / "data", path
        assert sticky or not state.st_mode & stat.S_IWOTH, path
        if "opt" in path.relative_to(image.root).parts[:1]:
            assert state.st_mode & stat.S_IROTH, path
            assert not state.st_mode & (stat.S_ISUID | stat.S_ISGID), path


def test_it_says_what_it_is(image: Image) -> None:
    labels = image.config["Labels"]
    assert {labels[f"org.opencontainers.image.{name}"] for name in ("title", "version", "licenses", "revision")} >= {
        "Tagyard",
        VERSION,
        COMMIT,
    }
    assert image.config["ExposedPorts"] == {"8080/tcp": {}}
    assert image.config["Volumes"] == {"/data": {}}


def test_it_collects_a_hit_and_forwards_it(image: Image, tmp_path: Path, told: dict[str, str]) -> None:
    with Destination() as vendor, image.container(tmp_path, to(vendor)) as container:
        told["image"] = (
            f"{size(image.root) / 1e6:.0f} MB; Tagyard and its packages are {size(image.root / 'opt') / 1e6:.0f} MB of it"
        )
        told["start"] = f"{container.started_in:.2f} s from the first process to the first healthy answer"
        assert hit(container.port, "through") == 204
        assert vendor.wait_for({"through"}) == set()
        rights = dict(line.split(":", 1) for line in Path(f"/proc/{container.pid}/status").read_text().splitlines())
        assert rights["Uid"].split() == ["10001"] * 4
        assert rights["Groups"].split() in ([], ["10001"])
        assert int(rights["CapEff"], 16) == int(rights["CapPrm"], 16) == 0
        assert rights["NoNewPrivs"].strip() == "1"
        written = container.exec("sh", "-c", "touch /opt/tagyard/x || touch /config/x || touch /tmp/x || touch /x")
        assert written.stderr.count("Read-only file system") == 4


def test_its_health_check_finds_the_port_and_tells_sick_from_well(image: Image, tmp_path: Path) -> None:
    below = CONFIG.replace("server:\n", "server:\n  path_prefix: /metrics\n")
    with Destination() as vendor, image.container(tmp_path, to(vendor, below)) as container:
        well = container.check_health()
        assert (well.returncode, well.stdout, well.stderr) == (0, "ok\n", "")
        (container.config / "container.yaml").write_text("clients: {ga4: {measurment_ids: [G-1]}}\n")
        assert container.check_health().returncode == 0, "a broken file beside a server that runs makes nobody sick"
        os.kill(container.pid, 19)  # SIGSTOP: it is there, and does not answer
        sick = container.check_health()
        assert sick.returncode == 1
        assert sick.stderr.startswith("Error: /data/outbox-0.sock: Tagyard runs, and has not answered within ")


def test_the_other_commands_work_in_it_without_being_told_where_anything_is(image: Image, tmp_path: Path) -> None:
    with Destination(status("503 Unwell")) as vendor, image.container(tmp_path, to(vendor)) as container:
        assert hit(container.port, "waits") == 204
        waiting = container.exec("tagyard", "outbox", "status")
        assert (waiting.returncode, "ga4" in waiting.stdout, waiting.stderr) == (0, True, "")
        checked = container.exec("tagyard", "check", "--strict")
        assert checked.returncode == 0, checked.stderr
        assert "/config/container.yaml is fine" in checked.stdout
        assert container.exec("tagyard", "--version").stdout == f"tagyard {VERSION} (compiled), commit {COMMIT}\n"


def test_what_is_not_delivered_outlives_a_kill_and_a_new_container_on_the_same_volume(image: Image, tmp_path: Path) -> None:
    with Destination(status("503 Unwell")) as vendor:
        with image.container(tmp_path, to(vendor)) as container:
            assert hit(container.port, "kept") == 204
            container.kill()
        vendor.behaviour = ok
        with image.container(tmp_path, to(vendor)):
            assert vendor.wait_for({"kept"}) == set()


@pytest.mark.parametrize("workers", ["1", "2"])
def test_it_stops_within_its_grace_and_leaves_nothing_half_done(image: Image, tmp_path: Path, workers: str) -> None:
    def hang(_: int, __: object) -> None:
        """A vendor that takes a request and never answers."""

    with Destination(hang) as vendor:
        container = image.container(tmp_path, to(vendor))
        container.start("--workers", workers)
        try:
            assert hit(container.port, "under-way") == 204
            began = time.monotonic()
            assert container.stop(15) == 0
            assert time.monotonic() - began < 3 + 4, "the grace, and a little for a machine that is busy"
        finally:
            container.kill()
    assert "Traceback" not in container.log.read_text()


def test_the_quickstart_runs_in_it_without_a_domain(image: Image, tmp_path: Path) -> None:
    container = image.container(tmp_path, (ROOT / "config" / "examples" / "quickstart.yaml").read_text())
    options = yaml.safe_load((ROOT / "docker" / "compose.dev.yaml").read_text())["services"]["tagyard"]["command"]
    container.start(*options, "--host", "127.0.0.1", "--port", str(container.port), "--admin-port", str(container.admin))
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{container.port}/", timeout=60) as shop:
            assert "gtag" in shop.read().decode()
        assert hit(container.port, "shown", tid="G-DEMO000001") == 204
        assert container.stop(15) == 0
    finally:
        container.kill()
    assert re.search(r" 204 page_view http://\S+ ga4 \N{CHECK MARK}", container.log.read_text())


class TestWhatItSaysWhenSomethingIsWrong:
    """Each text as whoever runs it reads it, whole."""

    def test_no_configuration(self, image: Image, tmp_path: Path) -> None:
        code, said = image.container(tmp_path, None).ended()
        assert code == 1
        assert said == "Error: /config/container.yaml: no such file; name another, or write one with `tagyard init`\n"

    def test_a_broken_configuration(self, image: Image, tmp_path: Path) -> None:
        code, said = image.container(tmp_path, "clients: {ga4: {measurment_ids: [G-TEST00001]}}\ntags: {ga4: {}}\n").ended()
        assert code == 1
        assert said == (
            "error: /config/container.yaml:1:17: clients.ga4.measurment_ids: unknown key, did you mean measurement_ids?\n"
            "    1 | clients: {ga4: {measurment_ids: [G-TEST00001]}}\n"
            "      |                 ^^^^^^^^^^^^^^\n"
            "1 error\n"
        )

    def test_a_configuration_that_its_user_may_not_read(self, image: Image, tmp_path: Path) -> None:
        container = image.container(tmp_path, CONFIG)
        (container.config / "container.yaml").chmod(0o600)
        code, said = container.ended()
        assert code == 1
        assert said == "Error: /config/container.yaml: cannot be read: Permission denied (this runs as user 10001)\n"

    def test_a_folder_that_its_user_may_not_enter(self, image: Image, tmp_path: Path) -> None:
        container = image.container(tmp_path, CONFIG)
        container.config.chmod(0o700)
        code, said = container.ended()
        assert code == 1
        assert said == "Error: /config/container.yaml: cannot be read: Permission denied (this runs as user 10001)\n"

    def test_a_secret_that_is_not_there(self, image: Image, tmp_path: Path) -> None:
        code, said = image.container(
            tmp_path, CONFIG.replace('"URL"', '"http://127.0.0.1:9", api_secret: "${API_SECRET}"')
        ).ended()
        assert code == 1
        assert said == (
            "error: /config/container.yaml:6:61: tags.ga4.api_secret: the secret API_SECRET is not set: "
            "set the environment variable API_SECRET, or API_SECRET_FILE to a file that holds it\n"
            '    6 | tags: {ga4: {endpoint: "http://127.0.0.1:9", api_secret: "${API_SECRET}"}}\n'
            "      |                                                             ^^^^^^^^^^\n"
            "1 error\n"
        )

    def test_a_volume_that_belongs_to_somebody_else(self, image: Image, tmp_path: Path) -> None:
        container = image.container(tmp_path, CONFIG.replace("URL", "http://127.0.0.1:9"))
        os.chown(container.data, 0, 0)
        code, said = container.ended()
        assert code == 1
        assert said == "Error: /data: cannot be used as the data folder: Operation not permitted (this runs as user 10001)\n"

    def test_a_port_that_is_taken(self, image: Image, tmp_path: Path) -> None:
        with Destination() as vendor:
            container = image.container(tmp_path, CONFIG.replace("{port}", str(vendor.port)).replace("URL", vendor.url))
            code, said = container.ended()
        assert code == 1
        assert said == (
            f"Error: cannot listen on 127.0.0.1:{vendor.port}: address already in use; choose another address or port\n"
        )
