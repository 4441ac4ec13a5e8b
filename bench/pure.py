"""The pure way of one real hit, so and so often: request, handle, row, pack, split, serialise. ``python -m bench.pure TIMES``."""

from __future__ import annotations

import gc
import json
import sys
import tempfile
from pathlib import Path
from urllib.parse import urlsplit

from bench.usual import CONFIG, HITS
from core.container import Container
from core.types import OutboundRequest, Request
from server.http.message import serialise
from server.http.url import split
from server.loading.configuration import Configuration
from server.outbox.row import State, record

NOW = 1_764_340_309_313_000


def main(times: int) -> None:
    """Runs the hit through the configuration of ``make bench``."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "container.yaml"
        path.write_text(CONFIG % (0, 9))
        configuration = Configuration(path)
        loaded = configuration.load()
        assert loaded.settings is not None, loaded.problems
        assembled = configuration.assemble(loaded, loaded.settings)
    hit = json.loads(HITS.read_text().splitlines()[0])
    url = urlsplit(hit["url"])
    headers = [(name.encode(), value.encode()) for name, value in hit["headers"].items()]
    gc.disable()  # when it runs would depend on what was made before
    for number in range(times):
        texts = tuple([(name.decode("latin-1"), value.decode("latin-1")) for name, value in headers])
        request = Request(
            id="0123456789abcdef",
            received_at=NOW + number,
            method="POST",
            path=url.path,
            query_string=url.query,
            headers=texts,
            body=b"",
            ip="203.0.113.7",
            entropy=bytes(32),
        )
        _one(assembled.container, assembled.tags, request, number)


def _one(container: Container, tags: object, request: Request, number: int) -> None:
    assert isinstance(tags, dict)
    for name, payload in container.handle(request).deliveries():
        record(number, name, payload, State.LEASED, NOW)
        for outbound in tags[name].pack([payload], NOW):
            assert isinstance(outbound, OutboundRequest)
            destination, target = split(outbound.url, literal_host=True)
            serialise(outbound, destination.authority, target)


if __name__ == "__main__":
    main(int(sys.argv[1]))
