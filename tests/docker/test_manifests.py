"""What the manifests of docker/kubernetes have in common, held against Kubernetes' own schemas, the image and the server."""

from __future__ import annotations

import json
import re
from pathlib import Path, PurePosixPath

import pytest
from click.testing import CliRunner

from config import ServerSettings
from server.cli.main import main
from server.public.probes import ALIVE, HEALTH, probe_of_health
from tests.docker.manifests import (
    BASE,
    DOCKERFILE,
    KUBECTL,
    OVERLAY,
    SECRETS,
    VERSIONS,
    Manifest,
    built,
    container,
    hold_to_the_schemas,
    kustomization,
    named,
    pod,
    ports,
    resolved,
    settings,
)

IN_BASE, IN_OVERLAY = (named(resolved(folder)) for folder in (BASE, OVERLAY))
SERVING = [IN_BASE["StatefulSet", "tagyard"], IN_OVERLAY["Deployment", "tagyard"]]
JOB = IN_OVERLAY["Job", "tagyard-streams"]
FOLDERS = pytest.mark.parametrize("folder", [BASE, OVERLAY], ids=lambda each: str(each.name))
SERVERS = pytest.mark.parametrize("manifest", SERVING, ids=lambda each: str(each["kind"]))
EVERY_POD = pytest.mark.parametrize("manifest", [*SERVING, JOB], ids=lambda each: str(each["kind"]))


@pytest.mark.parametrize(
    "manifest",
    [*IN_BASE.values(), *(each for name, each in IN_OVERLAY.items() if each != IN_BASE.get(name))],
    ids=lambda each: f"{each['kind']} {each['metadata']['name']}",
)
@pytest.mark.parametrize("version", VERSIONS)
def test_each_is_what_kubernetes_takes_without_an_unknown_field(manifest: Manifest, version: str) -> None:
    hold_to_the_schemas(manifest, version)


@KUBECTL
@FOLDERS
def test_kustomize_itself_makes_the_same_of_them(folder: Path) -> None:
    assert named(built(folder)) == named(resolved(folder))


@FOLDERS
def test_every_manifest_of_the_folder_is_used(folder: Path) -> None:
    how = kustomization(folder)
    used = {*how["resources"], *how["configMapGenerator"][0]["files"], "kustomization.yaml"} - {"../../base"}
    assert {path.name for path in folder.iterdir()} == used


@EVERY_POD
def test_every_pod_keeps_what_the_restricted_standard_asks_for(manifest: Manifest) -> None:
    rights = {**pod(manifest)["securityContext"]}
    rights.pop("fsGroupChangePolicy", None)
    assert rights == {
        "runAsNonRoot": True,
        "runAsUser": 10001,
        "runAsGroup": 10001,
        "fsGroup": 10001,
        "seccompProfile": {"type": "RuntimeDefault"},
    }
    assert f"\nUSER {rights['runAsUser']}:{rights['runAsGroup']}\n" in DOCKERFILE
    assert container(manifest)["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert not {"hostNetwork", "hostPID", "hostIPC", "initContainers"} & pod(manifest).keys()
    assert not any("hostPath" in volume for volume in pod(manifest)["volumes"])
    assert pod(manifest)["automountServiceAccountToken"] is False


@EVERY_POD
def test_what_is_mounted_is_where_the_image_looks_for_it(manifest: Manifest) -> None:
    at = {mount["mountPath"]: (mount["name"], mount.get("readOnly", False)) for mount in container(manifest)["volumeMounts"]}
    assert at["/config"] == ("configuration", True)
    assert f"TAGYARD_CONFIG=/config/{BASE.joinpath('container.yaml').name} TAGYARD_DATA=/data\n" in DOCKERFILE
    _, read_only = at["/data"]
    assert not read_only
    assert "TMPDIR=/data \\\n" in DOCKERFILE


@SERVERS
def test_the_data_folder_is_one_that_tagyard_makes_within_what_is_mounted(manifest: Manifest) -> None:
    """An ``emptyDir``, and what some drivers make, anybody may write; as it is, it would be refused."""
    (data,) = [each["value"] for each in container(manifest)["env"] if each["name"] == "TAGYARD_DATA"]
    assert PurePosixPath(data).parent == PurePosixPath("/data")


@SERVERS
@pytest.mark.parametrize(
    ("probe", "kind"), [("startupProbe", ALIVE), ("readinessProbe", HEALTH), ("livenessProbe", ALIVE)], ids=lambda each: str(each)
)
def test_each_probe_asks_for_what_it_is_there_to_know(manifest: Manifest, probe: str, kind: str) -> None:
    asked = container(manifest)[probe]["httpGet"]
    assert (asked["port"], probe_of_health("GET", asked["path"], ())) == ("http", kind)


@SERVERS
def test_the_times_fit_the_server(manifest: Manifest) -> None:
    (parameter,) = [each for each in main.commands["serve"].params if each.name == "patience"]
    startup, liveness = container(manifest)["startupProbe"], container(manifest)["livenessProbe"]
    assert isinstance(parameter.default, int | float)
    assert startup["periodSeconds"] * startup["failureThreshold"] > parameter.default + 60
    assert liveness["periodSeconds"] * liveness["failureThreshold"] >= 60
    command, pause = container(manifest)["lifecycle"]["preStop"]["exec"]["command"]
    assert command == "sleep"
    assert pod(manifest)["terminationGracePeriodSeconds"] >= int(pause) + ServerSettings().shutdown_grace + 10


@FOLDERS
def test_the_configuration_is_strictly_right_and_listens_where_the_pod_says(folder: Path) -> None:
    (manifest,) = [each for each in SERVING if each in resolved(folder)]
    file = folder / "container.yaml"
    assert named(resolved(folder))["ConfigMap", "tagyard"]["data"] == {file.name: file.read_text()}
    checked = CliRunner().invoke(main, ["check", "--strict", str(file)], env=SECRETS)
    assert checked.exit_code == 0, checked.output
    served = settings(folder).server
    assert {"http": served.listen.port, "admin": served.admin.port} == ports(manifest)
    assert re.findall(r"^EXPOSE (\d+)$", DOCKERFILE, re.MULTILINE) == [str(ports(manifest)["http"])]
    assert served.listen.host == served.admin.host == "0.0.0.0"
    assert served.shutdown_grace == ServerSettings().shutdown_grace


@SERVERS
def test_a_change_of_the_configuration_is_read_by_the_pods_that_run(manifest: Manifest) -> None:
    assert container(manifest)["args"] == ["--watch"]
    assert "--watch" in {option for parameter in main.commands["serve"].params for option in parameter.opts}
    volumes = {volume["name"]: volume for volume in pod(manifest)["volumes"]}
    assert volumes["configuration"]["configMap"]["name"] == "tagyard"
    mounts = [mount for mount in container(manifest)["volumeMounts"] if mount["name"] == "configuration"]
    assert ["subPath" in mount for mount in mounts] == [False]  # one that is mounted by its path is never brought up to date


@EVERY_POD
def test_secrets_come_by_reference(manifest: Manifest) -> None:
    (source,) = container(manifest)["envFrom"]
    assert source["secretRef"]["name"] == "tagyard"


@FOLDERS
def test_secrets_stand_nowhere(folder: Path) -> None:
    manifests = resolved(folder)
    assert "Secret" not in {each["kind"] for each in manifests}
    assert set(re.findall(r"\$\{(\w+)\}", (folder / "container.yaml").read_text())) == {*SECRETS, "GA4_API_SECRET"}
    assert all(value not in json.dumps(manifests) for value in SECRETS.values())


def test_no_pod_that_takes_no_hits_keeps_a_node_from_being_emptied() -> None:
    spec = IN_BASE["PodDisruptionBudget", "tagyard"]["spec"]
    assert spec["maxUnavailable"] == SERVING[0]["spec"]["replicas"] == 1
    assert spec["unhealthyPodEvictionPolicy"] == "AlwaysAllow"
    assert "minAvailable" not in spec
