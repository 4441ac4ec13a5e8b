"""The manifests for pods with a volume each, and what the page says of them."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import kubernetes_validate
import yaml

from config import OutboxSettings, ServerSettings
from tests.docker.manifests import (
    BASE,
    KUBECTL,
    OLDEST,
    OVERLAY,
    PAGE,
    Manifest,
    built,
    container,
    named,
    pod,
    ports,
    resolved,
    shown,
)

BY_NAME = named(resolved(BASE))
STATEFUL = BY_NAME["StatefulSet", "tagyard"]


def test_what_services_select_and_name_is_there() -> None:
    labels = STATEFUL["spec"]["template"]["metadata"]["labels"]
    for name, port in (("tagyard", "http"), ("tagyard-pods", "admin")):
        spec = BY_NAME["Service", name]["spec"]
        assert spec["selector"] == labels
        assert [(each["targetPort"], each["port"]) for each in spec["ports"]] == [(port, ports(STATEFUL)[port])]
    assert STATEFUL["spec"]["serviceName"] == "tagyard-pods"
    (spread,) = pod(STATEFUL)["topologySpreadConstraints"]
    for manifest in (STATEFUL["spec"], BY_NAME["PodDisruptionBudget", "tagyard"]["spec"]):
        assert manifest["selector"] == spread["labelSelector"] == {"matchLabels": labels}


def test_the_volume_holds_more_than_the_outbox_may_and_outlives_its_pod() -> None:
    (claim,) = STATEFUL["spec"]["volumeClaimTemplates"]
    storage = re.fullmatch(r"(\d+)Gi", claim["spec"]["resources"]["requests"]["storage"])
    assert storage is not None
    assert int(storage[1]) << 30 > OutboxSettings().max_size * 1.1
    assert claim["metadata"]["name"] in {mount["name"] for mount in container(STATEFUL)["volumeMounts"]}
    assert set(STATEFUL["spec"]["persistentVolumeClaimRetentionPolicy"].values()) == {"Retain"}


def test_a_pod_that_never_accepts_is_in_the_way_of_none() -> None:
    """Kubernetes replaces such a pod by itself only so, and starts the others beside it."""
    assert STATEFUL["spec"]["podManagementPolicy"] == "Parallel"
    assert "updateStrategy" not in STATEFUL["spec"]  # RollingUpdate, one after the other


def test_where_the_secret_is_missing_it_is_the_pod_that_says_so() -> None:
    assert container(STATEFUL)["envFrom"] == [{"secretRef": {"name": "tagyard", "optional": True}}]


@KUBECTL
def test_the_folder_that_the_page_shows_is_built_on_base(tmp_path: Path) -> None:
    shutil.copytree(BASE, tmp_path / "docker" / "kubernetes" / "base")
    own = tmp_path / "own"
    own.mkdir()
    (own / "kustomization.yaml").write_text(shown("docker/kubernetes/base\n") + shown("count: 2"))
    (own / "container.yaml").write_text("of our own")
    manifests = named(built(own))
    assert {each["metadata"]["namespace"] for each in manifests.values()} == {"tagging"}
    assert manifests["ConfigMap", "tagyard"]["data"] == {"container.yaml": "of our own"}
    spec = manifests["StatefulSet", "tagyard"]["spec"]
    assert [each["image"] for each in spec["template"]["spec"]["containers"]] == ["registry.example.com/own/tagyard:0.1.0"]
    volume = spec["volumeClaimTemplates"][0]["spec"]
    assert (volume["storageClassName"], volume["resources"]["requests"]["storage"], spec["replicas"]) == ("fast", "40Gi", 2)
    for manifest in manifests.values():
        kubernetes_validate.validate(manifest, OLDEST, strict=True)


def test_the_ingress_that_the_page_shows_leads_to_the_visitors_port() -> None:
    ingress: Manifest = yaml.safe_load(shown("kind: Ingress"))
    kubernetes_validate.validate(ingress, OLDEST, strict=True)
    backend = ingress["spec"]["rules"][0]["http"]["paths"][0]["backend"]["service"]
    assert backend == {"name": "tagyard", "port": {"name": BY_NAME["Service", "tagyard"]["spec"]["ports"][0]["name"]}}


def test_the_pages_figures_are_those_of_the_manifests_and_the_server() -> None:
    one = container(STATEFUL)
    startup, liveness = one["startupProbe"], one["livenessProbe"]
    assert f"Kubernetes\n{OLDEST} or newer" in PAGE
    assert f"for up to {startup['periodSeconds'] * startup['failureThreshold'] // 60} minutes" in PAGE
    assert f"`/healthy` every {one['readinessProbe']['periodSeconds']} s" in PAGE
    assert f"`/alive` every {liveness['periodSeconds']} s | after a minute" in PAGE
    assert f"sleeps for {one['lifecycle']['preStop']['exec']['command'][1]} s" in PAGE
    assert f"`server.shutdown_grace` ({ServerSettings().shutdown_grace:g} s)" in PAGE
    assert f"After {pod(STATEFUL)['terminationGracePeriodSeconds']} s in all" in PAGE
    assert f"({OutboxSettings().max_size >> 30} GiB; the claim asks for 20)" in PAGE
    assert f"`outbox.max_age` ({OutboxSettings().max_age / 3600:g} h)" in PAGE


def test_what_its_commands_are_about_is_there() -> None:
    everything = {*BY_NAME, *named(resolved(OVERLAY))}
    kinds = {"statefulset": "StatefulSet", "deployment": "Deployment", "job": "Job"}
    asked = re.findall(r"\b(statefulset|deployment|job)/([\w-]+)", PAGE)
    assert {kind for kind, _ in asked} == kinds.keys()
    assert {(kinds[kind], name) for kind, name in asked} <= everything
    ((label, value),) = re.findall(r"--selector (\S+)=(\S+)", PAGE)
    assert STATEFUL["spec"]["template"]["metadata"]["labels"] == {label: value}
