"""No request takes more than 50 ms of the event loop, whatever it holds: neither when it comes nor when it is sent again."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
import structlog

from tests.budget.hits import HEADS, MANY, TEXTS, URLS
from tests.budget.machine import slowness
from tests.budget.making import Shape
from tests.budget.payloads import OLD_HITS, PAYLOADS
from tests.budget.serving import ENVIRONMENT, Sent, Server, Taken

BUDGET: Final = 0.050
"""Seconds of the processor, on the machine that limits are meant for."""
LARGEST: Final = (1 << 20) - 4096
"""Bytes: just below what a body may have by default."""
SMALLEST: Final = 2048
STEPS: Final = 6

KINDS: Final = {"text": TEXTS, "url": URLS, "many": MANY, "head": HEADS, "payload": PAYLOADS, "old": OLD_HITS}
SHAPES: Final = {f"{kind}: {name}": shape for kind, shapes in KINDS.items() for name, shape in shapes.items()}


@pytest.fixture(scope="module", params=["everything", "untouched"])
def server(request: pytest.FixtureRequest) -> Iterator[Server]:
    with pytest.MonkeyPatch.context() as patched:
        for name, value in ENVIRONMENT.items():
            patched.setenv(name, value)
        structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
        yield Server(Path(__file__).with_name(f"{request.param}.yaml"))
        structlog.reset_defaults()


@pytest.mark.parametrize("shape", SHAPES.values(), ids=list(SHAPES))
def test_no_request_holds_up_the_others(server: Server, shape: Shape) -> None:
    for sent, taken in _up_to_the_largest(server, shape):
        assert taken.worst <= BUDGET or _keeps_it(server, sent), (len(sent.body), taken.seconds)


def _up_to_the_largest(server: Server, shape: Shape) -> Iterator[tuple[Sent, Taken]]:
    """The largest there may be, and where that is refused, the largest that is not: it is the worst of its shape."""
    least, most = SMALLEST, LARGEST
    sent = shape(most)
    taken = server.time(sent)
    yield sent, taken
    for _ in range(STEPS if taken.status == 413 else 0):
        size = round((least * most) ** 0.5)
        sent = shape(size)
        taken = server.time(sent)
        yield sent, taken
        least, most = (least, size) if taken.status == 413 else (size, most)


def _keeps_it(server: Server, sent: Sent) -> bool:
    """Whether it does at best, of ten times: what else the processor does is not this request's."""
    return any(server.time(sent).worst <= BUDGET * slowness() for _ in range(10))
