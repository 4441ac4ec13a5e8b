"""``make bench-peers``: others that take the same load, beside Tagyard and the bare application in the same rounds.

nginx that answers by itself, nginx that passes each hit on and stores nothing, and mq-bridge, which writes each to a file,
flushes that before the reply, and sends it on. None of them decodes what it gets. They get the hit's parameters as a body,
since mq-bridge passes nothing else on.
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from bench.cases import CASES
from bench.figures import Figures, Row, gauge
from bench.hits import PAGE_VIEW
from bench.options import Options, options, tell
from bench.processes import cores, free_port, pinned, running
from bench.serving import Served, bare, prepared, tagyard
from bench.turns import Turns, take

_HIT: Final = replace(PAGE_VIEW, target="/g/collect", body=PAGE_VIEW.target.partition("?")[2].encode())
_NGINX: Final = """
daemon off; worker_processes 1; pid FOLDER/nginx.pid; error_log stderr crit;
events { worker_connections 512; }
http {
  access_log off; client_body_temp_path FOLDER/body; proxy_temp_path FOLDER/proxy;
  fastcgi_temp_path FOLDER/fastcgi; uwsgi_temp_path FOLDER/uwsgi; scgi_temp_path FOLDER/scgi;
  upstream vendor { server 127.0.0.1:VENDOR; keepalive 64; }
  server {
    listen 127.0.0.1:PORT; keepalive_requests 1000000000;
    location / { WHAT }
  }
}
"""
_PASSES_ON: Final = "proxy_pass http://vendor; proxy_http_version 1.1; proxy_set_header Connection '';"


@dataclass(frozen=True)
class Peer:
    """How it is started, by a folder of its own, its port and its destination's; where it is found, and how to get it."""

    says: str
    command: Callable[[Path, int, int], list[str]]
    here: Callable[[], object]
    get: str
    forwards: int = 1


def _nginx(what: str) -> Callable[[Path, int, int], list[str]]:
    def command(folder: Path, port: int, vendor: int) -> list[str]:
        file, text = folder / "nginx.conf", _NGINX
        for name, value in {"FOLDER": folder, "PORT": port, "VENDOR": vendor, "WHAT": what}.items():
            text = text.replace(name, str(value))
        file.write_text(text)
        return [_nginx_program() or "nginx", "-c", str(file), "-p", str(folder), "-e", "stderr"]

    return command


def _nginx_program() -> str | None:
    return shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin")


def _bridge(folder: Path, port: int, vendor: int) -> list[str]:
    return [sys.executable, "-m", "bench.bridge", str(port), str(vendor), str(folder)]


_APT: Final = "on Debian: apt-get install nginx"
PEERS: Final[Mapping[str, Peer]] = {
    "nginx_answers": Peer("nginx that answers by itself", _nginx("return 204;"), _nginx_program, _APT, forwards=0),
    "nginx_passes_on": Peer("nginx that passes each hit on", _nginx(_PASSES_ON), _nginx_program, _APT),
    "mq_bridge": Peer(
        "mq-bridge: stored, flushed, sent", _bridge, lambda: importlib.util.find_spec("mq_bridge"), "pip install mq-bridge"
    ),
}


def _rows() -> Iterator[Row]:
    says = {"bare": "the bare application", "usual": "Tagyard: decoded, shaped, stored, flushed, sent"}
    for name, each in {**says, **{name: peer.says for name, peer in PEERS.items()}}.items():
        yield Row(f"{each}: CPU time, µs", gauge(f"peers/{name}/cpu"))
        yield Row("… events a second", gauge(f"peers/{name}/rate"))


ROWS: Final = tuple(_rows())
"""What ``make bench-peers`` tells."""


def main() -> None:
    """Measures those that are here, and says which are missing."""
    asked = options("python -m bench.peers", __doc__)
    tell(ROWS, measure(asked), asked)


def measure(asked: Options) -> Figures:
    """Each that is here. The figures begin with ``peers/``: Tagyard's own are of these rounds too."""
    own, other = cores()
    with contextlib.ExitStack() as stack:
        turns = {
            "bare": Turns(replace(stack.enter_context(bare(own)), hit=_HIT)),
            "usual": Turns(stack.enter_context(tagyard(CASES["usual"], own, other))),
        }
        for name, peer in PEERS.items():
            if peer.here():
                turns[name] = Turns(stack.enter_context(_running(peer, own, other)))
            else:
                print(f"{peer.says} is not measured: {peer.get}")
        figures = take(turns, asked.rounds, asked.seconds, other)
        return {f"peers/{name}": figure for name, figure in figures.items()}


@contextlib.contextmanager
def _running(peer: Peer, own: str, other: str) -> Iterator[Served]:
    with prepared(CASES["usual"], other) as (folder, (vendor, destination)):
        port = free_port()
        with running(pinned(peer.command(folder, port, vendor), own), port) as process:
            yield Served(port, process.pid, _HIT, peer.forwards, vendor, destination)


if __name__ == "__main__":
    main()
