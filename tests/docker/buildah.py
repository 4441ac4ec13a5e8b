"""Builds the image with buildah in a storage of its own below build/, on a base that debootstrap makes: no registry is asked."""

from __future__ import annotations

import configparser
import json
import os
import platform
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
WORK = ROOT / "build" / "image"
PROGRAMS = ("buildah", "debootstrap", "setpriv", "unshare", "nsenter")
PACKAGES = {
    "base": "python3,python3-venv,ca-certificates",
    "builder": "python3,python3-venv,ca-certificates,gcc,libc6-dev,python3-dev",
}
"""Of Debian, in the image that runs, and in the one that builds."""
COMMIT = "0123456789abcdef0123456789abcdef01234567"
"""Of which commit a build is told that it is."""
UNNEEDED = ("var/cache/apt/archives", "var/lib/apt/lists", "usr/share/doc", "usr/share/man", "usr/share/locale")

PIP_SETTINGS = {"index-url", "extra-index-url", "proxy", "cert", "trusted-host", "timeout", "retries"}
"""What of this machine's pip settings a build needs to reach the same packages; none of it stays in the image."""


def missing() -> str | None:
    """What keeps this machine from building images, in words."""
    if os.geteuid() != 0:
        return "this needs root: debootstrap makes the base image, and its root is mounted read-only"
    if platform.freedesktop_os_release().get("ID") != "debian":
        return "this needs Debian: the base image is made of its packages"
    absent = [name for name in PROGRAMS if shutil.which(name) is None]
    return f"this needs {', '.join(absent)}; on Debian: apt-get install buildah debootstrap" if absent else None


def run(*command: str | Path, text: bool = True) -> str:
    """What it prints; its complaints are the assertion's text if it fails."""
    done = subprocess.run([str(part) for part in command], capture_output=True, text=text, check=False, timeout=900)
    assert done.returncode == 0, f"{command}:\n{done.stdout}\n{done.stderr}"
    return str(done.stdout).strip()


def buildah(*arguments: str | Path) -> str:
    """One buildah command on the storage below build/."""
    place = ("--root", WORK / "storage", "--runroot", WORK / "run", "--storage-driver", "vfs")
    return run("buildah", *place, *arguments)


def debian(what: str) -> str:
    """The name of an image with Debian's Python and some PACKAGES, made once and kept."""
    release = platform.freedesktop_os_release()["VERSION_CODENAME"]
    name = f"localhost/tagyard-{what}:{release}"
    if not json.loads(buildah("images", "--json", "--filter", f"reference={name}")):
        tree = WORK / what
        shutil.rmtree(tree, ignore_errors=True)
        options = ("--variant=minbase", f"--include={PACKAGES[what]}")
        # What it mounts there goes with it, also where it is interrupted: nothing that clears the folder walks into /proc.
        run("nice", "unshare", "--mount", "debootstrap", *options, release, tree, _mirror(release))
        for folder in UNNEEDED:
            shutil.rmtree(tree / folder)
        packed = WORK / f"{what}.tar"
        run("tar", "-C", tree, "-cf", packed, ".")
        container = buildah("from", "scratch")
        buildah("add", "--quiet", container, packed, "/")
        buildah("commit", "--quiet", "--rm", container, name)
        shutil.rmtree(tree)
        packed.unlink()
    return name


def _mirror(release: str) -> str:
    """Where this machine's own packages come from."""
    places = run("apt-get", "indextargets", "--format", "$(REPO_URI)", "Created-By: Packages", f"Codename: {release}")
    return places.splitlines()[0]


def build(tag: str, epoch: int) -> str:
    """Builds the image from this tree, without anything kept from an earlier build; its name."""
    isolated = ("--isolation", "chroot", "--format", "docker", "--layers=false", "--timestamp", str(epoch))
    given = [f"BASE={debian('base')}", f"BUILDER={debian('builder')}", f"SOURCE_DATE_EPOCH={epoch}", f"REVISION={COMMIT}"]
    arguments = [part for pair in given for part in ("--build-arg", pair)]
    name = f"localhost/tagyard-test:{tag}"
    buildah("build", "--quiet", *isolated, *arguments, *_pip_settings(), "-f", ROOT / "docker" / "Dockerfile", "-t", name, ROOT)
    return name


def _pip_settings() -> Sequence[str]:
    """Mounts for the build: how pip reaches its packages on this machine."""
    listed = [line.partition("=") for line in run("python3", "-m", "pip", "config", "list").splitlines()]
    values = {key.rpartition(".")[2]: " ".join(value.strip("'").split("\\n")) for key, _, value in listed}
    known = {key: value for key, value in values.items() if key in PIP_SETTINGS and "file:" not in value}
    parser = configparser.RawConfigParser()
    parser["global"] = known
    with (WORK / "pip.conf").open("w", encoding="utf-8") as file:
        parser.write(file)
    mounted = [(WORK / "pip.conf", "/etc/pip.conf"), *[(known["cert"], known["cert"])] * ("cert" in known)]
    return [part for here, there in mounted for part in ("--volume", f"{here}:{there}:ro")]


def configured(image: str) -> dict[str, Any]:
    """The image's configuration as Docker knows it: User, Env, Entrypoint, Healthcheck, ..."""
    config: dict[str, Any] = json.loads(buildah("inspect", "--type", "image", image))["Docker"]["config"]
    return config


def size(root: Path) -> int:
    """Bytes of all files below this folder."""
    return sum(path.lstat().st_size for path in root.rglob("*"))


@contextmanager
def mounted(image: str) -> Iterator[Path]:
    """The image's files, in a folder that is gone afterwards."""
    container = buildah("from", image)
    try:
        yield Path(buildah("mount", container))
    finally:
        buildah("rm", container)


def clean() -> None:
    """Removes all that tests have built; what they build from stays."""
    buildah("rm", "--all")
    for image in json.loads(buildah("images", "--json")):
        if not any(f"tagyard-{what}:" in name for what in PACKAGES for name in image.get("names") or ()):
            buildah("rmi", "--force", image["id"])
