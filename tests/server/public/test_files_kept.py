"""How old somebody else's file was, as it was answered, stays with the request."""

from __future__ import annotations

from core.types import Reply, Request, Upstream
from server.public.app import App
from server.visitors.visitor import Visitors
from tests.server.public.bench import MAX_BODY, UPSTREAM, Bench, origins_of


def age_of(headers: tuple[tuple[str, str], ...]) -> int | None:
    """What is remembered of a file that came with these headers."""
    made = Bench()

    async def file(upstream: Upstream, request: Request) -> Reply:  # noqa: ARG001  whoever keeps files is asked so
        return Reply(200, headers, b"")

    container = made.app.container
    made.app = App(files=file, observer=made.observer)
    made.app.use(container, made.intake, origins_of(()), Visitors(), max_body=MAX_BODY)
    made.client.reply = UPSTREAM
    made.request().now()
    (record,) = made.observer.recorder.since(0)
    return record.file_age


def test_the_age_of_a_file_is_remembered_and_what_is_no_file_has_none() -> None:
    assert age_of((("etag", '"1"'), ("age", "12"))) == 12
    assert age_of((("location", "https://www.googletagmanager.com/"),)) is None
