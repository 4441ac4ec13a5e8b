"""Runs the image as a container runtime would: PID 1 of its own, its user and no other rights, a root that cannot be written."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any

from tests.ports import free_port
from tests.server.process.harness import HIT

_START = """
set -eu
mount --make-rprivate /
mount --bind "$ROOT" "$ROOT"
mount -t tmpfs -o mode=755 tmpfs "$ROOT/dev"
for device in null zero random urandom; do touch "$ROOT/dev/$device"; mount --bind "/dev/$device" "$ROOT/dev/$device"; done
mount -o remount,ro,bind "$ROOT/dev"
mount -t proc -o nosuid,nodev,noexec proc "$ROOT/proc"
mount --bind "$CONFIG" "$ROOT/config"
mount -o remount,ro,bind "$ROOT/config"
mount --bind "$DATA" "$ROOT/data"
mount -o remount,ro,bind "$ROOT"
exec setpriv --no-new-privs --inh-caps=-all chroot --userspec="$AS" "$ROOT" /usr/bin/env -i "$@"
"""
"""Puts the mounts together, in a mount and PID namespace that ends with the container, and becomes its first process."""


@dataclass
class Container:
    """One container of an image. ``config`` and ``data`` are folders of the host; ``data`` outlives it, as a volume does."""

    root: Path
    image: dict[str, Any]
    config: Path
    data: Path
    env: dict[str, str] = field(default_factory=dict)
    port: int = field(default_factory=free_port)
    admin: int = field(default_factory=free_port)
    started_in: float = 0.0

    def __post_init__(self) -> None:
        self.config.mkdir(exist_ok=True)
        if not self.data.exists():
            of_image = (self.root / "data").stat()
            self.data.mkdir()
            os.chown(self.data, of_image.st_uid, of_image.st_gid)
            self.data.chmod(of_image.st_mode)

    def __enter__(self) -> Container:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.kill()

    @property
    def environment(self) -> dict[str, str]:
        return {**dict(pair.split("=", 1) for pair in self.image["Env"]), **self.env}

    @property
    def log(self) -> Path:
        return self.config.with_suffix(".log")

    def spawn(self, *arguments: str) -> None:
        """Starts its first process with the image's entry point."""
        variables = [f"{name}={value}" for name, value in self.environment.items()]
        command = [*variables, *self.image["Entrypoint"], *arguments]
        given = {"ROOT": self.root, "CONFIG": self.config, "DATA": self.data, "AS": self.image["User"]}
        env = {**os.environ, **{name: str(value) for name, value in given.items()}}
        unshare = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "/bin/sh", "-c", _START, "sh"]
        with self.log.open("wb") as log:
            self.process = subprocess.Popen([*unshare, *command], env=env, stdout=log, stderr=log)

    def start(self, *arguments: str, seconds: float = 60) -> None:
        """Starts it and waits until it is healthy by its public port."""
        began = time.monotonic()
        self.spawn(*arguments)
        while time.monotonic() < began + seconds and self.process.poll() is None:
            if self.healthy_from_outside():
                self.started_in = time.monotonic() - began
                return
            time.sleep(0.02)
        raise AssertionError(f"the container did not start:\n{self.log.read_text()}")

    def healthy_from_outside(self) -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/healthy", timeout=60) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False

    def ended(self, *arguments: str, seconds: float = 60) -> tuple[int, str]:
        """Runs it where it ends by itself: its exit code, and what it said."""
        self.spawn(*arguments)
        return self.process.wait(seconds), self.log.read_text()

    @property
    def pid(self) -> int:
        """Its first process, as the host numbers it."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        return int(children[0])

    def exec(self, *command: str) -> subprocess.CompletedProcess[str]:
        """Another process in it, as ``docker exec`` starts one."""
        user, group = self.image["User"].split(":")
        enter = ["nsenter", "--target", str(self.pid), "--mount", "--pid", "--root", "--setuid", user, "--setgid", group]
        variables = [f"{name}={value}" for name, value in self.environment.items()]
        return subprocess.run(
            [*enter, "/usr/bin/env", "-i", *variables, *command],
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    def check_health(self) -> subprocess.CompletedProcess[str]:
        """The image's own health check."""
        kind, *command = self.image["Healthcheck"]["Test"]
        assert kind == "CMD"
        return self.exec(*command)

    def stop(self, seconds: float) -> int:
        """The image's stop signal to its first process; the exit code."""
        os.kill(self.pid, signal.Signals[self.image["StopSignal"]])
        return self.process.wait(seconds)

    def kill(self) -> None:
        """SIGKILL: all of it is gone at once."""
        with contextlib.suppress(IndexError, FileNotFoundError, ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)
        self.process.wait(60)


def hit(port: int, id: str, tid: str = "G-TEST00001") -> int:
    """Sends one hit; the status of the answer."""
    target = HIT.format(id=id).replace("G-TEST00001", tid)
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{target}", b"", timeout=60) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code
