"""Events in files of a folder, by the real server: none is lost and no line broken, whatever ends it or fills the disk."""

from __future__ import annotations

import contextlib
import gzip
import json
import os
import subprocess
import threading
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any, Final

import pytest
from click.testing import CliRunner, Result

from server.cli import main
from tests.server.process.harness import Tagyard, ids
from tests.vendors.test_deliveries import WHOLE, Purchases
from tests.waiting import until

pytestmark = pytest.mark.process

TAGS: Final = ("plain", "packed")
COLUMNS: Final = {"order": "{{ event.transaction_id }}", "page": "{{ event.page_location }}"}


def container(folder: Path, path: str = "events", size: str = "1 MiB") -> Path:
    """A file with two tags for this folder: ``plain``, and one that compresses, ``packed``."""
    file = folder / "container.yaml"
    plain = {"type": "file", "path": path, "columns": COLUMNS, "rotate": {"size": size}}
    tags = {"plain": plain, "packed": {**plain, "compress": "gzip"}}
    file.write_text(f"clients: {{ga4: {{measurement_ids: [G-TEST00001]}}}}\ntags: {json.dumps(tags)}\n")
    return file


def rows(folder: Path, tag: str) -> list[Any]:
    """Every line of a tag's finished files, in the order of their names. Raises for one that is broken."""
    found = []
    for path in sorted([*folder.glob(f"{tag}-*.jsonl"), *folder.glob(f"{tag}-*.jsonl.gz")]):
        with gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb") as file:
            content = file.read()
        assert content.endswith(b"\n")
        found += [json.loads(line) for line in content.splitlines()]
    return found


def orders(folder: Path, tag: str) -> Mapping[str, int]:
    """How often each order is there."""
    return Counter(row["order"] for row in rows(folder, tag))


def under_way(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.glob("*.part"))


def red(tagyard: Tagyard, words: str) -> bool:
    health = tagyard.ready()
    return bool(health["colour"] == "red" and words in json.dumps(health))


def nothing_waits(tagyard: Tagyard) -> bool:
    return not any(each["pending"] for worker in tagyard.ready()["workers"] for each in worker["destinations"])


def test_of_a_thousand_purchases_each_is_there_once(tmp_path: Path, rounds: int) -> None:
    folder, wanted = tmp_path / "events", ids("T", 1000 if rounds >= WHOLE else 150)
    with Tagyard(container(tmp_path, size="4 KiB"), workers=2) as tagyard:
        load = Purchases(tagyard.port)
        load.run(wanted)
        assert load.acknowledged == set(wanted)
        until(lambda: nothing_waits(tagyard))
        assert tagyard.stop() == 0
    for tag in TAGS:
        assert orders(folder, tag) == dict.fromkeys(wanted, 1)
    assert under_way(folder) == []
    assert {path.name.rsplit("-", 2)[1] for path in folder.glob("p*.jsonl*")} == {"0", "1"}


def test_a_kill_in_the_middle_loses_none_and_breaks_no_line(tmp_path: Path, rounds: int) -> None:
    folder, acknowledged = tmp_path / "events", set()
    with Tagyard(container(tmp_path, size="8 KiB")) as tagyard:
        for round in range(10 if rounds >= WHOLE else 2):
            load = Purchases(tagyard.port)
            sending = threading.Thread(target=load.run, args=(ids(f"T{round}", 150),))
            sending.start()
            size = _size(folder)
            until(lambda size=size: _size(folder) > size)  # type: ignore[misc]  # mypy knows no type of such a default
            tagyard.kill()
            sending.join(60)
            acknowledged |= load.acknowledged
            tagyard.start()
        until(lambda: nothing_waits(tagyard), 480 if rounds >= WHOLE else 120)
        assert tagyard.stop() == 0
    for tag in TAGS:
        found = rows(folder, tag)
        assert acknowledged <= {row["order"] for row in found}
        assert len({row["id"] for row in found}) == len({row["order"] for row in found})
    assert under_way(folder) == []


def _size(folder: Path) -> int:
    """What was written, by files whose names may change meanwhile."""
    size = 0
    for path in folder.glob("p*.jsonl*"):
        with contextlib.suppress(FileNotFoundError):
            size += path.stat().st_size
    return size


def test_what_was_written_and_not_told_of_is_there_twice_with_one_id(tmp_path: Path) -> None:
    folder = tmp_path / "events"
    with Tagyard(container(tmp_path), env={"TAGYARD_FAIL_AT": "after_send"}) as tagyard:
        Purchases(tagyard.port, connections=1).run(["T-1"])
        tagyard.process.wait(60)
        tagyard.env.clear()
        tagyard.start()
        until(lambda: nothing_waits(tagyard))
        assert tagyard.stop() == 0
    found = {tag: rows(folder, tag) for tag in TAGS}
    assert {row["order"] for each in found.values() for row in each} == {"T-1"}
    assert all(1 <= len(each) == [*map(dict, each)].count(each[0]) for each in found.values())
    assert max(map(len, found.values())) == 2


def test_a_folder_that_is_gone_for_a_while_is_red_and_loses_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "events"
    with Tagyard(container(tmp_path)) as tagyard:
        folder.rename(tmp_path / "away")
        Purchases(tagyard.port).run(ids("T", 30))
        until(lambda: red(tagyard, "file:events takes nothing until somebody acts: events: No such file or directory"))
        (tmp_path / "away").rename(folder)
        until(lambda: nothing_waits(tagyard))
        assert tagyard.ready()["colour"] == "green"
        assert tagyard.stop() == 0
    for tag in TAGS:
        assert orders(folder, tag) == dict.fromkeys(ids("T", 30), 1)


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Path]:
    """A folder on a disk of a megabyte."""
    folder = tmp_path / "events"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "tagyard-test", str(folder)]
    if subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("no disk can be mounted here")
    try:
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root mounts disks")
def test_a_full_disk_pauses_and_loses_nothing(tmp_path: Path, small: Path) -> None:
    ballast = small / "ballast"
    ballast.write_bytes(bytes(1_000_000))
    with Tagyard(container(tmp_path, size="4 KiB")) as tagyard:
        sent: list[str] = []
        full = partial(red, tagyard, "file:events takes nothing until somebody acts: events: No space left on device")
        while not full():
            more = ids(f"T{len(sent)}", 60)
            Purchases(tagyard.port).run(more)
            sent += more
            until(lambda: full() or nothing_waits(tagyard))
            assert len(sent) < 3000
        ballast.unlink()
        until(lambda: nothing_waits(tagyard))
        assert tagyard.stop() == 0
    for tag in TAGS:
        assert orders(small, tag) == dict.fromkeys(sent, 1)
    assert under_way(small) == []


def command(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments, catch_exceptions=False)


def test_a_folder_that_cannot_be_written_ends_the_start_and_is_noted_by_check(tmp_path: Path) -> None:
    (tmp_path / "plain").write_text("no folder")
    file = container(tmp_path, path="plain/events")
    told = [f"tags.{tag}: no files can be written into {tmp_path}/plain/events: Not a directory" for tag in TAGS]
    result = command("serve", str(file), "--port", "0", "--admin-port", "0")
    assert (result.exit_code, result.stderr) == (1, "Error: " + "\n".join(told) + "\n")
    result = command("check", str(file))
    assert result.exit_code == 0
    for each in told:
        assert f"note: {each}; `serve` refuses to start where that is so\n" in result.stderr


def test_a_new_configuration_is_not_taken_where_its_folder_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "plain").write_text("no folder")
    with Tagyard(container(tmp_path)) as tagyard:
        container(tmp_path, path="plain")
        result = command("reload", str(tagyard.config))
        assert result.exit_code == 1, result.output
        assert f"tags.plain: no files can be written into {tmp_path}/plain: File exists" in result.output
        Purchases(tagyard.port).run(["T-1"])
        until(lambda: nothing_waits(tagyard))
        container(tmp_path, path="elsewhere")
        assert command("reload", str(tagyard.config)).exit_code == 0
        Purchases(tagyard.port).run(["T-2"])
        until(lambda: nothing_waits(tagyard))
        assert tagyard.stop() == 0
    assert {place: orders(tmp_path / place, "plain") for place in ("events", "elsewhere")} == {
        "events": {"T-1": 1},
        "elsewhere": {"T-2": 1},
    }


def test_one_event_can_be_tried(tmp_path: Path) -> None:
    file = container(tmp_path)
    (tmp_path / "events").mkdir()
    event = '{"event_name": "purchase", "transaction_id": "T-1"}'
    assert "say --for-real" in command("try", "plain", str(file), "--event", event).output
    result = command("try", "plain", str(file), "--event", event, "--for-real")
    assert (result.exit_code, result.output.splitlines()[-1]) == (0, "delivered")
    assert "a line for events/plain-*.jsonl" in result.output
    [path] = (tmp_path / "events").glob("*-try-0001.jsonl")
    assert json.loads(path.read_text())["order"] == "T-1"


def test_explain_shows_the_line_and_writes_nothing(tmp_path: Path) -> None:
    file = container(tmp_path)
    event = '{"event_name": "purchase", "transaction_id": "T-1"}'
    _, shown = json.loads(command("explain", str(file), "--event", event, "--json").stdout)["requests"]
    assert (shown["method"], shown["url"]) == (None, "events/packed-*.jsonl.gz")
    assert json.loads(shown["body"])["order"] == "T-1"
    assert "a line to events/packed-*.jsonl.gz" in command("explain", str(file), "--event", event).stdout
    assert not (tmp_path / "events").exists()


def test_a_dry_run_makes_no_folder(tmp_path: Path) -> None:
    with Tagyard(container(tmp_path), options=("--dry-run", "--verbose")) as tagyard:
        Purchases(tagyard.port).run(["T-1"])
        tagyard.logged("events/plain-*.jsonl")
        assert tagyard.stop() == 0
    assert not (tmp_path / "events").exists()
