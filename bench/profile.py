"""``make profile``: a flame graph of the server under the load of ``make bench``, by py-spy. ``CASE=name`` for another case."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path
from typing import Final

from bench.cases import CASES
from bench.load import full
from bench.options import options
from bench.processes import cores
from bench.serving import tagyard

SECONDS: Final = 10
PAGE: Final = Path("build/profile.svg")


def main() -> None:
    """Writes ``build/profile.svg``."""
    name = options("python -m bench.profile", __doc__).case or "usual"
    program = Path(sys.executable).with_name("py-spy")
    if not program.exists():
        raise SystemExit("py-spy is missing; pip install py-spy")
    own, other = cores()
    PAGE.parent.mkdir(exist_ok=True)
    with tagyard(CASES[name], own, other) as served:
        load = threading.Thread(target=full, args=(served.port, served.hit, SECONDS + 3, other))
        load.start()
        spy = [
            str(program),
            "record",
            "--pid",
            str(served.process),
            "--duration",
            str(SECONDS),
            "--output",
            str(PAGE),
            "--subprocesses",
        ]
        done = subprocess.run([*spy, "--rate", "200", "--threads"], capture_output=True, text=True)
        load.join()
    if done.returncode:
        raise SystemExit(f"py-spy could not look at the server; it may need root, or kernel.yama.ptrace_scope=0\n{done.stderr}")
    print(f"{PAGE}: open it in a browser")


if __name__ == "__main__":
    main()
