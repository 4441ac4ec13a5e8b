"""The manifests of docker/kubernetes, as kustomize puts them together: by itself where it is there, and field by field."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

import kubernetes_validate
import pytest
import yaml

from config import Settings, SourceFile, load
from core.registry import installed
from tests.server.process.harness import ROOT

Manifest: TypeAlias = dict[str, Any]

KUBERNETES = ROOT / "docker" / "kubernetes"
BASE = KUBERNETES / "base"
OVERLAY = KUBERNETES / "overlays" / "jetstream"
DOCKERFILE = (ROOT / "docker" / "Dockerfile").read_text()
PAGE = (ROOT / "docs" / "kubernetes.md").read_text(encoding="utf-8")
SECRETS = {"TAGYARD_ADMIN_TOKEN": "0123456789abcdef", "TAGYARD_COOKIE_SECRET": "fedcba9876543210fedcba9876543210"}

OLDEST = "1.27"
"""The first release whose StatefulSets keep or remove their volumes as the manifest says, without a feature gate."""

VERSIONS = (OLDEST, kubernetes_validate.latest_version())
KUBECTL = pytest.mark.skipif(shutil.which("kubectl") is None, reason="this machine has no kubectl")

_FIELDS = {"apiVersion", "kind", "resources", "images", "configMapGenerator", "patches"}


def kustomization(folder: Path) -> Manifest:
    """What says how the folder's manifests are put together."""
    found: Manifest = yaml.safe_load((folder / "kustomization.yaml").read_text())
    assert found.keys() <= _FIELDS
    return found


def resolved(folder: Path) -> list[Manifest]:
    """What kustomize makes of the fields that are used; of patches those that take a manifest out."""
    how = kustomization(folder)
    found = [each for name in how["resources"] for each in _resource(folder / name)]
    gone = [yaml.safe_load(each["patch"]) for each in how.get("patches", [])]
    assert all(each.pop("$patch") == "delete" for each in gone)
    left = [_with_images(each, how["images"]) for each in found if _name(each) not in map(_name, gone)]
    assert len(left) == len(found) - len(gone)
    for generator in how["configMapGenerator"]:
        left = _with_config_map(left, folder, generator)
    return left


def _resource(path: Path) -> list[Manifest]:
    return resolved(path) if path.is_dir() else list(yaml.safe_load_all(path.read_text()))


def _name(manifest: Manifest) -> tuple[str, str]:
    return manifest["kind"], manifest["metadata"]["name"]


def _with_images(manifest: Manifest, images: Sequence[Manifest]) -> Manifest:
    named = {each["name"]: f"{each['newName']}:{each['newTag']}" for each in images}
    for container in manifest.get("spec", {}).get("template", {}).get("spec", {}).get("containers", []):
        container["image"] = named.get(container["image"], container["image"])
    return manifest


def _with_config_map(manifests: Sequence[Manifest], folder: Path, generator: Manifest) -> list[Manifest]:
    assert generator["options"] == {"disableNameSuffixHash": True}
    data = {name: (folder / name).read_text() for name in generator["files"]}
    made = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": generator["name"]}, "data": data}
    others = [each for each in manifests if _name(each) != _name(made)]
    assert (generator.get("behavior", "create") == "replace") == (len(others) < len(manifests))
    return [*others, made]


def named(manifests: Sequence[Manifest]) -> Mapping[tuple[str, str], Manifest]:
    """Each by its kind and name."""
    return {_name(each): each for each in manifests}


def built(folder: Path) -> list[Manifest]:
    """What kustomize itself makes of a folder."""
    made = subprocess.run(["kubectl", "kustomize", str(folder)], capture_output=True, text=True, check=True, timeout=60)
    return list(yaml.safe_load_all(made.stdout))


def pod(manifest: Manifest) -> Manifest:
    """What the manifest says of each of its pods."""
    spec: Manifest = manifest["spec"]["template"]["spec"]
    return spec


def container(manifest: Manifest) -> Manifest:
    """The one container of such a pod."""
    (one,) = pod(manifest)["containers"]
    assert isinstance(one, dict)
    return one


def ports(manifest: Manifest) -> dict[str, int]:
    """Those of its container, by name."""
    return {port["name"]: port["containerPort"] for port in container(manifest)["ports"]}


def shown(what: str) -> str:
    """The one block of the page that has these words."""
    (found,) = [block for block in re.findall(r"^ *```\w*\n(.*?)^ *```$", PAGE, re.DOTALL | re.MULTILINE) if what in block]
    return str(found)


def settings(folder: Path) -> Settings:
    """What the configuration of the folder says, which loads without a word."""
    source = SourceFile("container.yaml", (folder / "container.yaml").read_bytes())
    loaded = load([source], registry=installed(), environ=SECRETS, read=lambda _: b"", serve=True)
    assert [str(problem) for problem in loaded.problems] == []
    assert loaded.settings is not None
    return loaded.settings


def hold_to_the_schemas(manifest: Manifest, version: str) -> None:
    """As Kubernetes itself would, with no field that it does not know; and that it would notice one."""
    kubernetes_validate.validate(manifest, version, strict=True)
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate({**manifest, "specification": {}}, version, strict=True)
