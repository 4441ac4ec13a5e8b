"""No request takes more than 50 ms of the event loop, whatever it holds: neither when it comes nor when it is sent again."""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
import structlog

from tests.budget.hits import HEADS, MANY, TEXTS, URLS
from tests.budget.making import Shape
from tests.budget.payloads import OLD_HITS, PAYLOADS
from tests.budget.serving import ENVIRONMENT, Sent, Server, Taken

BUDGET: Final = 0.050
"""Seconds of the processor, on a machine that takes REFERENCE for the work of ``_reference``."""
REFERENCE: Final = 0.0075
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
        assert taken.worst <= BUDGET or _again(server, sent) <= BUDGET * _slowness(), (len(sent.body), taken.seconds)


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


def _again(server: Server, sent: Sent) -> float:
    """The least of three: what else the processor does is not this request's."""
    return min(server.time(sent).worst for _ in range(3))


def _slowness() -> float:
    """How much slower this machine is, as it is now, than the one that the budget is for."""
    return max(1.0, min(_reference() for _ in range(3)) / REFERENCE)


def _reference() -> float:
    """Seconds for work of the kind that a request makes: texts, objects, patterns."""
    began = time.thread_time()
    pattern = re.compile("[^a-z]+")
    for at in range(2000):
        parts = {f"name{at}{n}": pattern.sub("-", f"value {n} of {at}") for n in range(5)}
        "&".join([f"{name}={text.replace('-', '%20')}" for name, text in parts.items()])
    return time.thread_time() - began
