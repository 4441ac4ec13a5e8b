"""``tagyard outbox init`` makes streams on real servers, and says what it made, what was there, and what stands against it."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.server.cli.conftest import Run
from tests.server.outbox.servers import Nats, serving

CONFIG = """\
clients: {ga4: {measurement_ids: [G-ABC1234567]}}
tags: {ga4: {api_secret: "${NOT_HERE}", measurement_id: G-ABC1234567}}
outbox: {url: "%s", max_size: 2 MiB, nats: {user: tagyard, password: "${NATS_PASSWORD}"}}
"""


@pytest.fixture
def open_to_all(tmp_path: Path) -> Iterator[Nats]:
    server = Nats(tmp_path / "nats")
    with serving(server):
        yield server


def known(server: Nats) -> dict[str, int]:
    """The size of each stream that the server has."""
    told: Any = json.load(urllib.request.urlopen(f"{server.monitoring}/jsz?streams=1&config=1", timeout=60))
    accounts = told.get("account_details") or ()
    return {each["name"]: each["config"]["max_bytes"] for account in accounts for each in account.get("stream_detail") or ()}


def test_it_makes_what_is_missing_and_says_what_was_there(run: Run, open_to_all: Nats) -> None:
    at = (open_to_all.url, "--replicas", "1", "--max-size", "1 MiB")
    made = run("outbox", "init", *at)
    assert (made.exit_code, made.stdout, made.stderr) == (0, "SHOP: made\nSHOP_DEAD: made\nSHOP_STATE: made\n", "")
    assert known(open_to_all) == {"SHOP": 1 << 20, "SHOP_DEAD": -1, "SHOP_STATE": -1}
    again = run("outbox", "init", *at)
    assert (again.exit_code, again.stdout) == (
        0,
        "".join(f"SHOP{each}: there, as it should be\n" for each in ("", "_DEAD", "_STATE")),
    )
    other = run("outbox", "init", *at[:-1], "2 MiB")
    assert (other.exit_code, other.stdout) == (1, "")
    assert other.stderr == (
        "Error: what is there is otherwise, and nothing was changed: SHOP has `max_bytes` 1048576 instead of 2097152\n"
    )
    assert known(open_to_all)["SHOP"] == 1 << 20


def test_fewer_servers_than_replicas_are_said_in_words(run: Run, open_to_all: Nats) -> None:
    result = run("outbox", "init", open_to_all.url)
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == (
        "Error: SHOP cannot be made: the servers refuse: replicas > 1 not supported in non-clustered mode. "
        "It takes a cluster of 3 servers with JetStream, each with room for its size\n"
    )


def test_a_size_for_which_there_is_no_room_is_said_in_words(run: Run, open_to_all: Nats) -> None:
    result = run("outbox", "init", open_to_all.url, "--replicas", "1", "--max-size", "900 TiB")
    assert result.exit_code == 1
    assert "SHOP cannot be made: the servers refuse: insufficient storage resources available. It takes a server" in result.stderr


def test_the_file_says_where_and_how_big_and_its_secrets_come_from_the_environment(
    run: Run, folder: Path, tmp_path: Path
) -> None:
    server = Nats(tmp_path / "nats", also="authorization { user: tagyard, password: hunter2 }")
    (folder / "container.yaml").write_text(CONFIG % server.url)
    with serving(server):
        missing = run("outbox", "init", "--replicas", "1")
        assert (missing.exit_code, missing.stderr) == (
            1,
            "Error: container.yaml: outbox.nats.password: the environment does not have this secret\n",
        )
        wrong = run("outbox", "init", "--replicas", "1", NATS_PASSWORD="hunter1")
        assert (wrong.exit_code, wrong.stdout) == (1, "")
        assert "the server does not let this user in: see `outbox.nats`" in wrong.stderr
        assert "hunter" not in wrong.stderr
        (folder / "env").write_text("NATS_PASSWORD=hunter2\n")
        made = run("outbox", "init", "--replicas", "1", "--env-file", "env")
        assert (made.exit_code, made.stdout) == (0, "SHOP: made\nSHOP_DEAD: made\nSHOP_STATE: made\n")
        assert known(server)["SHOP"] == 2 << 20


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["sqlite:data"], 2, "an outbox in files needs no init: `tagyard serve` makes them"),
        (["nats://me:secret@host"], 2, "URL a user and a password belong to `outbox.nats`, not to the URL"),
        (["nats://host/a.b"], 2, "URL must be nats://HOST:PORT"),
        (["nats://127.0.0.1:1"], 1, "Error: no server of the outbox can be used (nats://127.0.0.1:1): Connection refused"),
        (["nats://a", "--max-size", "big"], 2, "must be a number with a unit, such as 512 KiB"),
        (["nats://a", "--replicas", "6"], 2, "6 is not in the range 1<=x<=5"),
        (["--config", "nowhere.yaml"], 1, "Error: nowhere.yaml: no such file"),
        ([], 1, "Error: container.yaml: an outbox in files needs no init"),
    ],
)
def test_what_it_cannot_do(run: Run, folder: Path, arguments: list[str], code: int, said: str) -> None:
    (folder / "container.yaml").write_text("clients: {ga4: {measurement_ids: [G-1]}}\ntags: {ga4: {}}\n")
    result = run("outbox", "init", *arguments)
    assert (result.exit_code, result.stdout) == (code, "")
    assert said in result.stderr
    assert "secret" not in result.stderr


def test_servers_without_jetstream_are_told(run: Run, tmp_path: Path) -> None:
    server = Nats(
        tmp_path / "nats",
        also="accounts { A: { users: [{ user: a, password: b }] }, SYS: {} }\nno_auth_user: a\nsystem_account: SYS",
    )
    with serving(server):
        result = run("outbox", "init", server.url, "--replicas", "1")
    assert result.exit_code == 1
    assert result.stderr.startswith("Error: the servers do not tell of streams; has this account JetStream there? ")


@pytest.mark.parametrize("command", [["serve", "--port", "0", "--admin-port", "0"], ["outbox", "init"]])
def test_without_the_client_it_says_how_to_get_it(
    run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch, command: list[str]
) -> None:
    monkeypatch.setattr("server.outbox.installed.find_spec", lambda _: None)
    (folder / "container.yaml").write_text(CONFIG % "nats://127.0.0.1:1")
    result = run(*command, NATS_PASSWORD="hunter2", NOT_HERE="secret")
    assert result.exit_code == 1
    assert "Error: a nats: outbox needs nats-py, which is not installed: pip install 'tagyard[jetstream]'\n" in result.stderr
