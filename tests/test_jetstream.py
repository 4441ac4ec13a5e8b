"""The page about an outbox in JetStream: its settings, tables and figures are those of the code, and its files work."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from config import OutboxSettings
from server.outbox.jetstream import Names, wanted
from server.outbox.jetstream.judging import Kept, judge
from server.outbox.jetstream.monitoring import Flushing
from server.outbox.jetstream.replica import LIVES
from server.outbox.jetstream.store import WAIT
from tests.server.outbox.streams import SERVER

TEXT = (Path(__file__).parent.parent / "docs" / "jetstream.md").read_text(encoding="utf-8")
NAMES = Names(OutboxSettings(url="nats://a").stream)
DEFAULT = OutboxSettings()
STREAMS = wanted(NAMES, replicas=3, max_bytes=DEFAULT.max_size)
KEYS = [
    "subjects",
    "retention",
    "storage",
    "num_replicas",
    "discard",
    "max_bytes",
    "max_msgs_per_subject",
    "allow_direct",
    "allow_atomic",
    "allow_msg_ttl",
    "duplicate_window",
]
FLUSHED = Flushing((), "")


def cell(value: object) -> str:
    match value:
        case None:
            return "–"
        case bool():
            return f"`{str(value).lower()}`"
        case list():
            return ", ".join(f"`{each}`" for each in value)
    return f"`{value}`"


def test_its_table_of_streams_is_what_init_makes() -> None:
    assert {key for stream in STREAMS for key in stream} == {*KEYS, "name"}
    rows = [["", *(cell(stream["name"]) for stream in STREAMS)], ["---"] * 4]
    rows += [[cell(key), *(cell(stream.get(key)) for stream in STREAMS)] for key in KEYS]
    lines = [
        f"| {' | '.join(row)} |".replace("|  |", "| |").replace("| --- | --- | --- | --- |", "|---|---|---|---|") for row in rows
    ]
    assert "\n".join(lines) in TEXT


def test_its_file_of_a_server_is_one(tmp_path: Path) -> None:
    (block,) = re.findall(r"```text\n(server_name.*?)```", TEXT, re.DOTALL)
    assert "sync_interval: always" in block
    file = tmp_path / "nats.conf"
    file.write_text(block)
    checked = subprocess.run(
        [SERVER, "-t", "-c", file], env={**os.environ, "NATS_PASSWORD": "secret"}, capture_output=True, text=True, check=False
    )
    assert checked.returncode == 0, checked.stderr


def test_its_file_of_ours_names_each_of_those_servers() -> None:
    (block,) = re.findall(r"```yaml\n(outbox:.*?)```", TEXT, re.DOTALL)
    outbox = OutboxSettings.model_validate(yaml.safe_load(block)["outbox"])
    assert outbox.servers == [f"nats://{name}:4222" for name in "abc"]
    assert outbox.nats.monitoring == [f"http://{name}:8222" for name in "abc"]


@pytest.mark.parametrize(
    ("change", "row"),
    [
        ({"num_replicas": 1}, "it has 1 of 3 replicas"),
        ({"storage": "memory"}, "its `storage` is memory"),
        ({"max_age": 10**9}, "`max_age` removes what is older"),
        ({"duplicate_window": 10**9}, "`duplicate_window` is too short"),
    ],
)
def test_each_weakness_has_its_row(change: dict[str, Any], row: str) -> None:
    (said,) = judge({NAMES.rows: {**STREAMS[0], **change}}, NAMES, Kept(DEFAULT.max_age), FLUSHED).weak
    assert f"\n| {row} |" in TEXT
    assert set(row.replace("`", "").split()) <= set(re.sub(r"[`,;]", "", said).split())


def test_what_is_not_flushed_and_what_is_not_known_have_their_rows() -> None:
    assert "it flushes its writes every now and then only" in judge({}, NAMES, Kept(1), Flushing(["a"], "")).weak[0]
    assert "\n| it flushes its writes every now and then only |" in TEXT
    assert "\n| nobody knows whether |" in TEXT


def test_everything_for_which_a_start_is_refused_is_named() -> None:
    (bare,) = [judge({NAMES.rows: {"name": NAMES.rows}}, NAMES, Kept(1), FLUSHED).refused]
    harmful = ("discard_new_per_subject", "sealed", "deny_delete", "deny_purge", "no_ack", "subject_transform")
    all_on = judge({NAMES.rows: {**STREAMS[0], **dict.fromkeys(harmful, True)}}, NAMES, Kept(1), FLUSHED).refused
    (section,) = re.findall(r"A start looks at.*?What follows is a warning", TEXT, re.DOTALL)
    keys = {key for said in (*bare, *all_on) for key in re.findall(r"`([a-z_]+)`|`(discard): old`", said) for key in key if key}
    assert {*harmful, "allow_atomic", "retention", "discard"} <= keys
    assert keys - {"max_msgs_per_subject"} <= set(re.findall(r"[a-z_]+", section))
    assert "keeps more than one message of a subject" in section


def test_its_figures_are_those_of_the_code() -> None:
    assert f"not been heard of for {LIVES} s" in TEXT
    assert f"and after {WAIT:g} s\nwhat it held ready" in TEXT
    assert f"`outbox.max_size` ({DEFAULT.max_size >> 30} GiB)" in TEXT
    assert DEFAULT.folder == "data"
