"""compose.cluster.yaml: three servers, the outbox that they share, and what stands before them."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner
from pydantic import TypeAdapter

from config import OutboxSettings, Settings, SourceFile, load
from core.fields import Duration
from core.registry import installed
from server.cli.main import main
from server.outbox.jetstream import Kept, Names, connect, examined
from tests.docker.compose import DOCKER, copy, parse, services, where_from
from tests.ports import free_port
from tests.server.outbox.servers import Nats, serving
from tests.server.outbox.streams import SERVER

CLUSTER = "compose.cluster.yaml"
CONTAINER = DOCKER / "cluster" / "container.yaml"
NATS_FILE = DOCKER / "nats" / "nats.conf"
SECRETS = {
    "TAGYARD_ADMIN_TOKEN": "n123456789abcdef",
    "TAGYARD_COOKIE_SECRET": "nfedcba9876543210fedcba9876543210",
    "NATS_PASSWORD": "n0e1234567890",
}
TAGYARDS = ("tagyard-1", "tagyard-2", "tagyard-3")
SERVERS = ("nats-1", "nats-2", "nats-3")


def secrets(folder: Path) -> Path:
    """docker/ of a copy, with the secrets beside the subdomain."""
    docker = copy(folder)
    with (docker / ".env").open("a") as file:
        file.writelines(f"{name}={value}\n" for name, value in SECRETS.items())
    return docker


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return secrets(tmp_path_factory.mktemp("cluster"))


@pytest.fixture(scope="module")
def started(folder: Path) -> Mapping[str, Any]:
    """The services, as Compose understands them."""
    return services(folder / CLUSTER)


def settings() -> Settings:
    source = SourceFile(CONTAINER.name, CONTAINER.read_bytes())
    loaded = load([source], registry=installed(), environ=SECRETS, read=lambda _: b"", serve=True)
    assert [str(problem) for problem in loaded.problems] == []
    assert loaded.settings is not None
    return loaded.settings


def test_it_starts_three_of_each_what_makes_the_streams_and_one_in_front(started: Mapping[str, Any]) -> None:
    assert set(started) == {*TAGYARDS, *SERVERS, "streams", "caddy"}


def test_every_service_runs_with_no_rights_that_it_does_not_need(started: Mapping[str, Any]) -> None:
    for name, service in started.items():
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]
        assert set(service.get("cap_add", [])) == ({"NET_BIND_SERVICE"} if name == "caddy" else set())
        assert service["security_opt"] == ["no-new-privileges:true"]
        assert not service.get("privileged")
        assert set(service["logging"]["options"]) == {"max-size", "max-file"}
        assert service["restart"] == ("no" if name == "streams" else "unless-stopped")


def test_each_waits_for_what_it_needs(started: Mapping[str, Any]) -> None:
    def waits_for(name: str) -> Mapping[str, str]:
        return {other: how["condition"] for other, how in started[name]["depends_on"].items()}

    assert waits_for("streams") == dict.fromkeys(SERVERS, "service_healthy")
    for name in TAGYARDS:
        assert waits_for(name) == {"streams": "service_completed_successfully"}
    assert waits_for("caddy") == dict.fromkeys(TAGYARDS, "service_healthy")
    for name in SERVERS:
        assert not started[name].get("depends_on")  # a server is well when it has found the others
        assert started[name]["healthcheck"]["test"][-1] == "http://127.0.0.1:8222/healthz"


def test_the_streams_are_made_by_a_command_that_there_is(started: Mapping[str, Any]) -> None:
    assert started["streams"]["entrypoint"] == ["tagyard", "outbox", "init"]
    assert CliRunner().invoke(main, [*started["streams"]["entrypoint"][1:], "--help"]).exit_code == 0
    assert f"TAGYARD_CONFIG=/config/{CONTAINER.name} " in (DOCKER / "Dockerfile").read_text()
    assert started["streams"]["image"] == started["tagyard-1"]["image"]


def test_only_caddy_is_reached_from_outside(started: Mapping[str, Any]) -> None:
    with_ports = {name: service["ports"] for name, service in started.items() if service.get("ports")}
    assert with_ports.keys() == {"caddy", "tagyard-1"}
    assert {int(port["published"]) for port in with_ports["caddy"]} == {80, 443}
    assert (DOCKER / CLUSTER).read_text().count('"127.0.0.1:8081:8081"') == len(with_ports["tagyard-1"]) == 1


def test_what_is_mounted_exists_and_no_tagyard_keeps_anything(started: Mapping[str, Any]) -> None:
    for service in started.values():
        for volume in map(_with_rights, service.get("volumes", [])):
            source, read_only = where_from(volume)
            assert not source.startswith("/") or (Path(source).exists() and read_only), volume
    stores = {where_from(_with_rights(volume))[0] for name in SERVERS for volume in started[name]["volumes"]}
    assert len([store for store in stores if not store.startswith("/")]) == len(SERVERS)
    for name in TAGYARDS:
        assert started[name]["tmpfs"] == ["/data:uid=10001,gid=10001,mode=0700"]
        assert len(started[name]["volumes"]) == 1


def _with_rights(volume: str | dict[str, Any]) -> str | dict[str, Any]:
    return f"{volume}:rw" if isinstance(volume, str) and volume.count(":") == 1 else volume


def test_secrets_reach_whom_they_are_for(started: Mapping[str, Any]) -> None:
    for name in TAGYARDS:
        assert SECRETS.items() <= started[name]["environment"].items()
    for name in SERVERS:
        assert started[name]["environment"] == {"NATS_NAME": name, "NATS_PASSWORD": SECRETS["NATS_PASSWORD"]}
    assert not any(value in json.dumps(started["caddy"]) for value in SECRETS.values())


def test_without_a_password_it_says_what_to_do(tmp_path: Path) -> None:
    done = parse(copy(tmp_path) / CLUSTER)
    assert done.returncode != 0
    assert "write a password of the nats-servers into docker/.env" in done.stderr


def test_a_stop_has_longer_than_the_servers_grace(started: Mapping[str, Any]) -> None:
    for name in TAGYARDS:
        stop = TypeAdapter[float](Duration).validate_python(started[name]["stop_grace_period"])
        assert stop > settings().server.shutdown_grace + 5


def test_the_configuration_is_strictly_right_and_names_the_servers_that_are_started() -> None:
    checked = CliRunner().invoke(main, ["check", "--strict", str(CONTAINER)], env=SECRETS)
    assert checked.exit_code == 0, checked.output
    outbox = settings().outbox
    assert outbox.servers == [f"nats://{name}:4222" for name in SERVERS]
    assert outbox.nats.monitoring == [f"http://{name}:8222" for name in SERVERS]
    assert settings().server.listen.port == 8080
    assert str(settings().server.admin.port) == "8081"


def adapted(file: Path, **env: str) -> Any:
    """The Caddyfile as Caddy understands it."""
    command = ["caddy", "adapt", "--config", str(file), "--adapter", "caddyfile"]
    environ = {"PATH": "/usr/local/bin:/usr/bin:/bin", "TAGYARD_HOST": "data.example.com", **env}
    done = subprocess.run(command, env=environ, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)["apps"]["http"]["servers"]


def proxy(servers: Any) -> dict[str, Any]:
    """The part of it that hands hits on."""
    (*_, last) = servers["srv0"]["routes"][0]["handle"][0]["routes"]
    (found,) = last["handle"]
    assert found["handler"] == "reverse_proxy"
    return dict(found)


def test_caddy_does_what_the_recipe_does_and_sends_hits_to_whoever_accepts(started: Mapping[str, Any]) -> None:
    own = adapted(DOCKER / "cluster" / "Caddyfile", TAGYARD_UPSTREAMS=started["caddy"]["environment"]["TAGYARD_UPSTREAMS"])
    recipe = adapted(DOCKER / "Caddyfile", TAGYARD_UPSTREAM="tagyard:8080")
    balanced, single = proxy(own), proxy(recipe)
    assert [each["dial"] for each in balanced["upstreams"]] == [f"{name}:8080" for name in TAGYARDS]
    checks = balanced.pop("health_checks")
    assert checks["active"] == {"uri": "/healthy", "interval": 2_000_000_000, "timeout": 2_000_000_000}
    assert balanced["load_balancing"].pop("selection_policy") == {"policy": "least_conn"}
    for each in (balanced, single):
        del each["upstreams"]
    assert balanced == single
    for servers in (own, recipe):
        servers["srv0"]["routes"][0]["handle"][0]["routes"].pop()
    assert own == recipe


@dataclass
class FromCompose(Nats):
    """A server by the file that Compose mounts, with ports and folders of this machine in place of a container's."""

    others: Mapping[str, int] | None = None

    def write(self) -> Path:
        file = super().write()
        text = NATS_FILE.read_text()
        assert self.others is not None
        changes = {"0.0.0.0:4222": f"127.0.0.1:{self.port}", "0.0.0.0:8222": f"127.0.0.1:{self.http}"}
        changes |= {"0.0.0.0:6222": f"127.0.0.1:{self.others[self.name]}", '"/data"': f'"{self.folder}/streams"'}
        changes |= {f"{name}:6222": f"127.0.0.1:{port}" for name, port in self.others.items()}
        for before, after in {**changes, "$NATS_NAME": self.name, "$NATS_PASSWORD": SECRETS["NATS_PASSWORD"]}.items():
            assert before in text, before
            text = text.replace(before, after)
        file.write_text(text)
        return file


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[OutboxSettings]:
    """Three servers by that file, and the outbox of the configuration at where they are."""
    routes = {name: free_port() for name in SERVERS}
    servers = [FromCompose(tmp_path / name, name=name, others=routes) for name in SERVERS]
    with serving(*servers):
        outbox = settings().outbox
        url = "nats://" + ",".join(f"127.0.0.1:{server.port}" for server in servers) + f"/{outbox.stream}"
        nats = outbox.nats.model_copy(update={"monitoring": [server.monitoring for server in servers]})
        yield outbox.model_copy(update={"url": url, "nats": nats})


@pytest.mark.process
def test_the_servers_find_each_other_and_what_the_one_shot_makes_in_them_is_durable(
    cluster: OutboxSettings, tmp_path: Path
) -> None:
    raw = yaml.safe_load(CONTAINER.read_text())
    raw["outbox"] = {"url": cluster.url, "nats": {**raw["outbox"]["nats"], "monitoring": list(cluster.nats.monitoring)}}
    file = tmp_path / "container.yaml"
    file.write_text(json.dumps(raw))
    for said in ("made", "there, as it should be"):  # it runs at each `up`
        made = CliRunner().invoke(main, ["outbox", "init", "--config", str(file)], env={**os.environ, **SECRETS})
        assert made.exit_code == 0, made.output
        assert made.output.count(said) == 3

    async def worth() -> str:
        link = await connect(cluster)
        try:
            return (await examined(link, Names(cluster.stream), cluster.nats, Kept(cluster.max_age))).level
        finally:
            await link.close()

    assert asyncio.run(worth()) == "durable"


def test_what_the_file_leaves_to_the_environment_is_what_compose_gives(tmp_path: Path, started: Mapping[str, Any]) -> None:
    file = tmp_path / "nats.conf"
    file.write_text(NATS_FILE.read_text())
    given = started["nats-1"]["environment"]
    checked = subprocess.run([SERVER, "-t", "-c", file], env=given, capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stderr
    missing = subprocess.run([SERVER, "-t", "-c", file], env={}, capture_output=True, text=True, check=False)
    assert missing.returncode != 0
