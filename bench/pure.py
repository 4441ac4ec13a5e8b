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

from bench.cases import CASES, Case
from bench.hits import VISIT
from core.component import Tag
from core.types import NOWHERE, OutboundRequest, Request
from server.connections.head import texts
from server.http.message import serialise
from server.http.url import split
from server.loading.configuration import Configuration
from server.outbox.row import State, record

NOW: Final = 1_764_340_309_313_000
_NOISE: Final = bytes(32)


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
        self._fields = [text.encode() for header in case.hit.headers.items() for text in header]
        self._path, _, query = case.hit.target.partition("?")
        self._query = query.encode()
        self._strangers = case.strangers
        self._numbers = count()

    def go(self) -> int:
        """Once; how many deliveries left."""
        number, left = next(self._numbers), 0
        for name, payload in self._container.handle(self._request(number)).deliveries():
            record(number, name, payload, State.LEASED, NOW)
            for outbound in self._tags[name].pack([payload], NOW):
                assert isinstance(outbound, OutboundRequest)
                destination, target = split(outbound.url, literal_host=True)
                serialise(outbound, destination.authority, target)
                left += 1
        return left

    def _request(self, number: int) -> Request:
        """As the server makes it of what the parser gives, without the clock and the randomness."""
        return Request(
            "0123456789abcdef",
            NOW + number,
            "POST",
            self._path,
            self._written(number).decode("latin-1"),
            texts(self._fields),
            self._hit.body,
            "203.0.113.7",
            NOWHERE,
            _NOISE,
        )

    def _written(self, number: int) -> bytes:
        return self._query.replace(VISIT.encode(), b"%d" % (int(VISIT) + number)) if self._strangers else self._query


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
