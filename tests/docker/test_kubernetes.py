"""The manifests: what kustomize makes of them, held against Kubernetes' own schemas, the image and the server."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import kubernetes_validate
import pytest
import yaml
from click.testing import CliRunner

from config import OutboxSettings, ServerSettings, SourceFile, load
from core.registry import installed
from server.cli.main import main
from server.public.probes import ALIVE, HEALTH, probe_of_health
from tests.docker.manifests import (
    DOCKERFILE,
    KUBECTL,
    KUBERNETES,
    OLDEST,
    PAGE,
    SECRETS,
    VERSIONS,
    Manifest,
    built,
    hold_to_the_schemas,
    kustomization,
    named,
    resolved,
)

BASE = KUBERNETES / "base"
CONTAINER = BASE / "container.yaml"
KUSTOMIZATION = kustomization(BASE)
MANIFESTS = resolved(BASE)


def of(kind: str, name: str = "tagyard") -> Manifest:
    (found,) = [each for each in MANIFESTS if (each["kind"], each["metadata"]["name"]) == (kind, name)]
    return found


def pod() -> Manifest:
    spec: Manifest = of("StatefulSet")["spec"]["template"]["spec"]
    return spec


def container() -> Manifest:
    (one,) = pod()["containers"]
    assert isinstance(one, dict)
    return one


@pytest.mark.parametrize("manifest", MANIFESTS, ids=lambda each: f"{each['kind']} {each['metadata']['name']}")
@pytest.mark.parametrize("version", VERSIONS)
def test_each_is_what_kubernetes_takes_without_an_unknown_field(manifest: Manifest, version: str) -> None:
    hold_to_the_schemas(manifest, version)


@KUBECTL
def test_kustomize_itself_makes_the_same_of_them() -> None:
    assert named(built(BASE)) == named(MANIFESTS)


def test_every_manifest_of_the_folder_is_used() -> None:
    used = {*KUSTOMIZATION["resources"], *KUSTOMIZATION["configMapGenerator"][0]["files"], "kustomization.yaml"}
    assert {path.name for path in BASE.iterdir()} == used


def test_the_pod_keeps_what_the_restricted_standard_asks_for() -> None:
    assert pod()["securityContext"] == {
        "runAsNonRoot": True,
        "runAsUser": 10001,
        "runAsGroup": 10001,
        "fsGroup": 10001,
        "fsGroupChangePolicy": "OnRootMismatch",
        "seccompProfile": {"type": "RuntimeDefault"},
    }
    assert container()["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert not {"hostNetwork", "hostPID", "hostIPC", "initContainers"} & pod().keys()
    assert pod()["automountServiceAccountToken"] is False


def test_user_ports_and_folders_are_the_images() -> None:
    rights = pod()["securityContext"]
    assert f"\nUSER {rights['runAsUser']}:{rights['runAsGroup']}\n" in DOCKERFILE
    ports = {port["name"]: port["containerPort"] for port in container()["ports"]}
    assert re.findall(r"^EXPOSE (\d+)$", DOCKERFILE, re.MULTILINE) == [str(ports["http"])]
    assert ports["http"] == ServerSettings().listen.port
    mounts = {mount["name"]: mount["mountPath"] for mount in container()["volumeMounts"]}
    assert f"TAGYARD_CONFIG={mounts['configuration']}/{CONTAINER.name} " in DOCKERFILE
    assert f"TAGYARD_DATA={mounts['data']}\n" in DOCKERFILE
    assert f"TMPDIR={mounts['data']} " in DOCKERFILE


def test_what_services_select_and_name_is_there() -> None:
    ports = {port["name"]: port["containerPort"] for port in container()["ports"]}
    labels = of("StatefulSet")["spec"]["template"]["metadata"]["labels"]
    for name, port in (("tagyard", "http"), ("tagyard-pods", "admin")):
        spec = of("Service", name)["spec"]
        assert spec["selector"] == labels
        assert [(each["targetPort"], each["port"]) for each in spec["ports"]] == [(port, ports[port])]
    assert of("StatefulSet")["spec"]["serviceName"] == "tagyard-pods"
    for kind in ("StatefulSet", "PodDisruptionBudget"):
        assert of(kind)["spec"]["selector"] == {"matchLabels": labels}


def test_a_single_pod_never_keeps_a_node_from_being_emptied() -> None:
    spec = of("PodDisruptionBudget")["spec"]
    assert spec["maxUnavailable"] >= of("StatefulSet")["spec"]["replicas"] == 1
    assert "minAvailable" not in spec


@pytest.mark.parametrize(
    ("probe", "kind"), [("startupProbe", ALIVE), ("readinessProbe", HEALTH), ("livenessProbe", ALIVE)], ids=lambda each: str(each)
)
def test_each_probe_asks_for_what_it_is_there_to_know(probe: str, kind: str) -> None:
    asked = container()[probe]["httpGet"]
    assert (asked["port"], probe_of_health("GET", asked["path"], ())) == ("http", kind)


def test_the_times_fit_the_server() -> None:
    (parameter,) = [each for each in main.commands["serve"].params if each.name == "patience"]
    startup, liveness = container()["startupProbe"], container()["livenessProbe"]
    assert isinstance(parameter.default, int | float)
    assert startup["periodSeconds"] * startup["failureThreshold"] > parameter.default + 60
    assert liveness["periodSeconds"] * liveness["failureThreshold"] >= 60
    command, pause = container()["lifecycle"]["preStop"]["exec"]["command"]
    assert command == "sleep"
    grace = served().shutdown_grace
    assert pod()["terminationGracePeriodSeconds"] >= int(pause) + grace + 10
    assert grace == ServerSettings().shutdown_grace


def test_the_volume_holds_more_than_the_outbox_may_and_outlives_its_pod() -> None:
    (claim,) = of("StatefulSet")["spec"]["volumeClaimTemplates"]
    storage = re.fullmatch(r"(\d+)Gi", claim["spec"]["resources"]["requests"]["storage"])
    assert storage is not None
    assert int(storage[1]) << 30 > OutboxSettings().max_size * 1.1
    assert claim["metadata"]["name"] in {mount["name"] for mount in container()["volumeMounts"]}
    assert set(of("StatefulSet")["spec"]["persistentVolumeClaimRetentionPolicy"].values()) == {"Retain"}


def served() -> ServerSettings:
    """The server section of the configuration, which loads without a word."""
    loaded = load(
        [SourceFile(CONTAINER.name, CONTAINER.read_bytes())],
        registry=installed(),
        environ=SECRETS,
        read=lambda _: b"",
        serve=True,
    )
    assert [str(problem) for problem in loaded.problems] == []
    assert loaded.settings is not None
    return loaded.settings.server


def test_the_configuration_is_strictly_right_and_listens_where_the_pod_says() -> None:
    assert of("ConfigMap")["data"] == {CONTAINER.name: CONTAINER.read_text()}
    checked = CliRunner().invoke(main, ["check", "--strict", str(CONTAINER)], env=SECRETS)
    assert checked.exit_code == 0, checked.output
    ports = {port["name"]: port["containerPort"] for port in container()["ports"]}
    assert {"http": served().listen.port, "admin": served().admin.port} == ports
    assert served().listen.host == served().admin.host == "0.0.0.0"


def test_a_change_of_the_configuration_is_read_by_the_pods_that_run() -> None:
    assert container()["args"] == ["--watch"]
    assert "--watch" in {option for parameter in main.commands["serve"].params for option in parameter.opts}
    volumes = {volume["name"]: volume for volume in pod()["volumes"]}
    assert volumes["configuration"]["configMap"]["name"] == of("ConfigMap")["metadata"]["name"]
    mounts = [mount for mount in container()["volumeMounts"] if mount["name"] == "configuration"]
    assert ["subPath" in mount for mount in mounts] == [False]  # one that is mounted by its path is never brought up to date


def test_secrets_come_by_reference_and_stand_nowhere() -> None:
    assert container()["envFrom"] == [{"secretRef": {"name": "tagyard", "optional": True}}]
    assert [each["kind"] for each in MANIFESTS].count("Secret") == 0
    assert set(re.findall(r"\$\{(\w+)\}", CONTAINER.read_text())) <= {*SECRETS, "GA4_API_SECRET"}
    assert all(value not in json.dumps(MANIFESTS) for value in SECRETS.values())


def shown(what: str) -> str:
    """The one block of the page that has these words."""
    (found,) = [block for block in re.findall(r"^ *```\w*\n(.*?)^ *```$", PAGE, re.DOTALL | re.MULTILINE) if what in block]
    return str(found)


@KUBECTL
def test_the_folder_that_the_page_shows_is_built_on_base(tmp_path: Path) -> None:
    shutil.copytree(BASE, tmp_path / "docker" / "kubernetes" / "base")
    own = tmp_path / "own"
    own.mkdir()
    (own / "kustomization.yaml").write_text(shown("docker/kubernetes/base\n") + shown("count: 2"))
    (own / CONTAINER.name).write_text("of our own")
    manifests = named(built(own))
    assert {each["metadata"]["namespace"] for each in manifests.values()} == {"tagging"}
    assert manifests["ConfigMap", "tagyard"]["data"] == {CONTAINER.name: "of our own"}
    spec = manifests["StatefulSet", "tagyard"]["spec"]
    assert [each["image"] for each in spec["template"]["spec"]["containers"]] == ["registry.example.com/own/tagyard:0.1.0"]
    volume = spec["volumeClaimTemplates"][0]["spec"]
    assert (volume["storageClassName"], volume["resources"]["requests"]["storage"], spec["replicas"]) == ("fast", "40Gi", 2)
    for manifest in manifests.values():
        kubernetes_validate.validate(manifest, OLDEST, strict=True)


def test_the_ingress_that_the_page_shows_leads_to_the_visitors_port() -> None:
    ingress = yaml.safe_load(shown("kind: Ingress"))
    kubernetes_validate.validate(ingress, OLDEST, strict=True)
    backend = ingress["spec"]["rules"][0]["http"]["paths"][0]["backend"]["service"]
    assert backend == {"name": "tagyard", "port": {"name": of("Service")["spec"]["ports"][0]["name"]}}


def test_the_pages_figures_are_those_of_the_manifests_and_the_server() -> None:
    startup, liveness = container()["startupProbe"], container()["livenessProbe"]
    assert f"Kubernetes\n{OLDEST} or newer" in PAGE
    assert f"for up to {startup['periodSeconds'] * startup['failureThreshold'] // 60} minutes" in PAGE
    assert f"`/healthy` every {container()['readinessProbe']['periodSeconds']} s" in PAGE
    assert f"`/alive` every {liveness['periodSeconds']} s | after a minute" in PAGE
    assert f"sleeps for {container()['lifecycle']['preStop']['exec']['command'][1]} s" in PAGE
    assert f"`server.shutdown_grace` ({ServerSettings().shutdown_grace:g} s)" in PAGE
    assert f"After {pod()['terminationGracePeriodSeconds']} s in all" in PAGE
    assert f"({OutboxSettings().max_size >> 30} GiB; the claim asks for 20)" in PAGE
    assert f"`outbox.max_age` ({OutboxSettings().max_age / 3600:g} h)" in PAGE
