"""The pure way of an event: request, handle, row, pack, split, serialise. ``python -m bench.pure CASE...``

Reads lines from standard input, each a case and how many times to go that way, and answers each with ``done``.
"""

from __future__ import annotations

import gc
import sys
import tempfile
from collections.abc import Mapping
from itertools import count
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from bench.cases import CASES, Case
from bench.hits import Hit
from core.component import Tag
from core.types import OutboundRequest, Request
from server.http.message import serialise
from server.http.url import split
from server.loading.configuration import Configuration
from server.outbox.row import State, record

NOW: Final = 1_764_340_309_313_000


class Way:
    """The way of a case, with its configuration in force."""

    def __init__(self, case: Case) -> None:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "container.yaml"
            path.write_text(case.file(9))
            configuration = Configuration(path)
            loaded = configuration.load()
            assert loaded.settings is not None, loaded.problems
            assembled = configuration.assemble(loaded, loaded.settings)
        self._container = assembled.container
        self._tags: Mapping[str, Tag] = assembled.tags
        self._hit = case.hit
        self._headers = [(name.encode(), value.encode()) for name, value in case.hit.headers.items()]
        self._numbers = count()

    def go(self) -> int:
        """Once; how many deliveries left."""
        number, left = next(self._numbers), 0
        for name, payload in self._container.handle(self._request(self._hit, number)).deliveries():
            record(number, name, payload, State.LEASED, NOW)
            for outbound in self._tags[name].pack([payload], NOW):
                assert isinstance(outbound, OutboundRequest)
                destination, target = split(outbound.url, literal_host=True)
                serialise(outbound, destination.authority, target)
                left += 1
        return left

    def _request(self, hit: Hit, number: int) -> Request:
        url = urlsplit(hit.target)
        return Request(
            id="0123456789abcdef",
            received_at=NOW + number,
            method="POST",
            path=url.path,
            query_string=url.query,
            headers=tuple([(name.decode("latin-1"), value.decode("latin-1")) for name, value in self._headers]),
            body=hit.body,
            ip="203.0.113.7",
            entropy=bytes(32),
        )


def main(names: list[str]) -> None:
    """Answers until the input ends."""
    ways = {name: Way(CASES[name]) for name in names}
    gc.disable()  # when it runs would depend on what was made before
    for line in sys.stdin:
        name, times = line.split()
        for _ in range(int(times)):
            ways[name].go()
        print("done", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
