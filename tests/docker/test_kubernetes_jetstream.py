"""The overlay for an outbox in JetStream: what kustomize makes of it, held against schemas, base, image and server."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml
from click.testing import CliRunner

from config import OutboxSettings
from server.cli.main import main
from server.scripts.disk import MOST_BYTES
from tests.docker.manifests import (
    BASE,
    KUBECTL,
    KUBERNETES,
    OVERLAY,
    PAGE,
    SECRETS,
    VERSIONS,
    Manifest,
    built,
    container,
    hold_to_the_schemas,
    named,
    pod,
    resolved,
    settings,
    shown,
)

CONTAINER = OVERLAY / "container.yaml"
BY_NAME = named(resolved(OVERLAY))

DEPLOYMENT = BY_NAME["Deployment", "tagyard"]
JOB = BY_NAME["Job", "tagyard-streams"]
POLICY = BY_NAME["NetworkPolicy", "tagyard"]["spec"]
ITS_OWN = {"volumes", "containers"}
"""What a pod of the overlay has otherwise than one of the base."""


def test_the_base_s_pods_with_volumes_are_gone_and_the_rest_of_it_stays() -> None:
    base = named(resolved(BASE))
    assert {kind for kind, _ in BY_NAME} >= {kind for kind, _ in base} - {"StatefulSet"}
    assert "StatefulSet" not in {kind for kind, _ in BY_NAME}
    for key in (("Service", "tagyard"), ("Service", "tagyard-pods"), ("PodDisruptionBudget", "tagyard")):
        assert BY_NAME[key] == base[key]


def test_a_pod_is_the_base_s_but_for_its_volumes_and_what_it_asks_for() -> None:
    stateful = named(resolved(BASE))["StatefulSet", "tagyard"]
    ours, theirs = pod(DEPLOYMENT), pod(stateful)
    assert {name: ours[name] for name in ours.keys() - ITS_OWN} == {name: theirs[name] for name in theirs.keys() - ITS_OWN}
    own = {"envFrom", "resources", "volumeMounts"}
    mine, base = container(DEPLOYMENT), container(stateful)
    assert {name: mine[name] for name in mine.keys() - own} == {name: base[name] for name in base.keys() - own}
    assert mine["resources"]["limits"] == base["resources"]["limits"]
    assert DEPLOYMENT["spec"]["selector"] == stateful["spec"]["selector"]
    labels = DEPLOYMENT["spec"]["template"]["metadata"]["labels"]
    assert labels == stateful["spec"]["template"]["metadata"]["labels"]
    assert labels.items() <= BY_NAME["Service", "tagyard"]["spec"]["selector"].items()


@pytest.mark.parametrize("manifest", [DEPLOYMENT, JOB], ids=lambda each: str(each["kind"]))
def test_what_is_mounted_is_where_the_file_looks_for_it(manifest: Manifest) -> None:
    volumes: dict[str, Any] = {volume["name"]: volume for volume in pod(manifest)["volumes"]}
    at = {
        mount["mountPath"]: (volumes[mount["name"]], mount.get("readOnly", False))
        for mount in container(manifest)["volumeMounts"]
    }
    assert at.keys() == {"/config", "/nats", "/data"}
    assert at["/config"] == ({"name": "configuration", "configMap": {"name": "tagyard"}}, True)
    secret, read_only = at["/nats"]
    assert secret["secret"] == {"secretName": "tagyard-nats", "defaultMode": 0o440, "optional": True}  # or there is a password
    assert read_only
    credentials = settings(OVERLAY).outbox.nats.credentials
    assert credentials is not None
    assert str(Path(credentials).parent) == "/nats"
    assert f"--from-file={Path(credentials).name}=" in PAGE
    assert "emptyDir" in at["/data"][0]


def test_copies_of_scripts_never_have_a_pod_sent_away() -> None:
    (data,) = [volume for volume in pod(DEPLOYMENT)["volumes"] if volume["name"] == "data"]
    assert int(data["emptyDir"]["sizeLimit"].removesuffix("Mi")) << 20 >= 2 * MOST_BYTES


def test_pods_come_before_others_go_and_none_is_counted_twice() -> None:
    assert DEPLOYMENT["spec"]["strategy"]["rollingUpdate"] == {"maxUnavailable": 0, "maxSurge": 1}
    assert "replicas" not in DEPLOYMENT["spec"]
    scaler = BY_NAME["HorizontalPodAutoscaler", "tagyard"]["spec"]
    target = scaler["scaleTargetRef"]
    assert (target["apiVersion"], target["kind"], target["name"]) == ("apps/v1", "Deployment", "tagyard")
    assert scaler["minReplicas"] == 3 < scaler["maxReplicas"]
    (metric,) = scaler["metrics"]
    assert metric["resource"] == {"name": "cpu", "target": {"type": "AverageValue", "averageValue": "500m"}}
    assert container(DEPLOYMENT)["resources"]["requests"]["cpu"] == metric["resource"]["target"]["averageValue"]
    assert BY_NAME["PodDisruptionBudget", "tagyard"]["spec"]["maxUnavailable"] < scaler["minReplicas"]


def ports(rules: list[Manifest]) -> set[object]:
    return {port["port"] for rule in rules for port in rule["ports"]}


def test_the_network_lets_in_and_out_what_is_needed_and_nothing_else() -> None:
    assert POLICY["podSelector"]["matchLabels"] == DEPLOYMENT["spec"]["template"]["metadata"]["labels"]
    assert POLICY["policyTypes"] == ["Ingress", "Egress"]
    assert ports(POLICY["ingress"]) == {port["name"] for port in container(DEPLOYMENT)["ports"]} == {"http", "admin"}
    assert all(rule["from"] for rule in POLICY["ingress"])
    nats, told = settings(OVERLAY).outbox, settings(OVERLAY).outbox.nats.monitoring
    servers = {urlsplit(server).port for server in nats.servers} | {urlsplit(address).port for address in told}
    assert ports(POLICY["egress"]) == {53, 443, *servers} == {53, 443, 4222, 8222}
    (to_servers,) = [rule for rule in POLICY["egress"] if "to" in rule]
    assert ports([to_servers]) == servers


def test_the_job_reaches_names_and_servers_alone() -> None:
    own = BY_NAME["NetworkPolicy", "tagyard-streams"]["spec"]
    assert own["podSelector"]["matchLabels"] == JOB["spec"]["template"]["metadata"]["labels"]
    assert "ingress" not in own
    assert ports(own["egress"]) == {53, 4222}
    selected = {json.dumps(BY_NAME["Service", name]["spec"]["selector"]) for name in ("tagyard", "tagyard-pods")}
    assert json.dumps(JOB["spec"]["template"]["metadata"]["labels"]) not in selected


def test_the_job_runs_a_command_that_there_is_and_leaves_room_for_the_next() -> None:
    assert container(JOB)["command"] == ["tagyard"]
    assert main.commands["outbox"].commands["init"].name == "init"  # type: ignore[attr-defined]
    assert container(JOB)["args"] == ["outbox", "init"]
    assert container(JOB)["image"] == container(DEPLOYMENT)["image"]
    assert JOB["spec"]["ttlSecondsAfterFinished"] <= 600
    assert pod(JOB)["restartPolicy"] == "Never"


def test_every_pod_has_the_same_secret_and_the_same_outbox() -> None:
    for manifest in (DEPLOYMENT, JOB):
        assert container(manifest)["envFrom"] == [{"secretRef": {"name": "tagyard"}}]
    assert 'secret: "${TAGYARD_COOKIE_SECRET}"' in CONTAINER.read_text()
    assert settings(OVERLAY).outbox.shared
    assert settings(OVERLAY).outbox.url == "nats://nats:4222/TAGYARD"


def test_without_the_pods_common_secret_the_check_says_so(tmp_path: Path) -> None:
    file = tmp_path / CONTAINER.name
    file.write_text(CONTAINER.read_text().replace(', secret: "${TAGYARD_COOKIE_SECRET}"', ""))
    checked = CliRunner().invoke(main, ["check", "--strict", str(file)], env=SECRETS)
    assert checked.exit_code == 1
    assert "secret" in checked.output


@KUBECTL
def test_the_folder_that_the_page_shows_is_built_on_the_overlay(tmp_path: Path) -> None:
    shutil.copytree(KUBERNETES, tmp_path / "docker" / "kubernetes")
    own = tmp_path / "own"
    own.mkdir()
    (own / "kustomization.yaml").write_text(shown("overlays/jetstream\n"))
    (own / CONTAINER.name).write_text("of our own")
    manifests = named(built(own))
    assert manifests["ConfigMap", "tagyard"]["data"] == {CONTAINER.name: "of our own"}
    assert manifests["HorizontalPodAutoscaler", "tagyard"]["spec"]["maxReplicas"] == 30
    for key in (("Deployment", "tagyard"), ("Job", "tagyard-streams")):
        assert container(manifests[key])["image"] == "registry.example.com/own/tagyard:0.1.0"
    for version in VERSIONS:
        for manifest in manifests.values():
            hold_to_the_schemas(manifest, version)


def test_the_servers_that_the_page_has_made_are_those_that_the_file_names() -> None:
    values = yaml.safe_load(shown("jetstream:\n"))
    chart = values["config"]
    spread = values["podTemplate"]["topologySpreadConstraints"]
    assert spread == {"kubernetes.io/hostname": {"maxSkew": 1, "whenUnsatisfiable": "DoNotSchedule"}}
    assert chart["cluster"]["replicas"] == len(settings(OVERLAY).outbox.nats.monitoring)
    assert chart["jetstream"]["merge"] == {"sync_interval": "always"}
    size = chart["jetstream"]["fileStore"]["pvc"]["size"]
    assert int(size.removesuffix("Gi")) << 30 > OutboxSettings().max_size * 1.1
