"""Each outbound message goes to the one sender of its kind."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest

from core.grant import ClientCredentials
from core.types import Line, Outbound, OutboundRequest, Response
from server.http import Answered, HttpSender, TransportError, UnderWay
from server.senders.files import Files
from server.senders.sender import Sender
from tests.core.tiny import Keep


class Http:
    """Remembers what it was asked to send, and whether the host stood in the file."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, bool]] = []
        self.closed = False
        self.fault: Exception = TransportError("nobody is there")

    def begin(self, request: OutboundRequest, answered: Answered, *, literal_host: bool) -> UnderWay:
        self.sent.append((request.url, literal_host))
        return asyncio.get_running_loop().call_soon(answered, Response(204))

    async def send(self, request: OutboundRequest, *, literal_host: bool) -> Response:  # noqa: ARG002
        raise self.fault

    async def close(self) -> None:
        self.closed = True


class Written(Keep):
    literal_origins = frozenset({"https://x.example", "http://10.0.0.5:8080"})


def sender(tags: dict[str, Any]) -> tuple[Sender, Http]:
    http = Http()
    made = Sender(cast(HttpSender, http), Files(Path(), "host-0", lambda: 0))
    made.use(tags)
    return made, http


async def answer(made: Sender, outbound: Outbound) -> Response | Exception:
    heard: asyncio.Future[Response | Exception] = asyncio.get_running_loop().create_future()
    made.send(outbound, heard.set_result)
    return await heard


def get(url: str) -> OutboundRequest:
    return OutboundRequest("GET", url, (), b"", (0,))


@pytest.mark.parametrize(
    ("url", "literal"),
    [
        ("https://x.example/a?b=c", True),
        ("http://10.0.0.5:8080/", True),
        ("http://10.0.0.5/", False),
        ("http://x.example/", False),
        ("https://x.example.evil/", False),
        ("https://evil.net/https://x.example", False),
    ],
)
def test_only_origins_that_the_file_spells_out_may_be_private(url: str, literal: bool) -> None:
    made, http = sender({"log": Keep(), "webhook": Written()})
    assert asyncio.run(answer(made, get(url))) == Response(204)
    assert http.sent == [(url, literal)]


def test_a_new_configuration_brings_its_own_origins() -> None:
    made, http = sender({"webhook": Written()})
    made.use({"log": Keep()})
    asyncio.run(answer(made, get("https://x.example/")))
    made.use({})
    asyncio.run(answer(made, get("https://x.example/")))
    assert http.sent == [("https://x.example/", False)] * 2


def test_a_line_is_written_and_no_socket_opened(tmp_path: Path) -> None:
    made, http = sender({})
    assert asyncio.run(answer(made, Line(str(tmp_path / "log"), "x", (0,)))) == Response(200)
    assert (tmp_path / "log").read_text() == "x\n"
    refused = asyncio.run(answer(made, Line(str(tmp_path / "gone" / "log"), "x", (0,))))
    assert isinstance(refused, TransportError)
    assert not http.sent


def test_closing_closes_the_connections() -> None:
    made, http = sender({})
    asyncio.run(made.close())
    assert http.closed


def test_whatever_goes_wrong_with_a_token_is_heard_of() -> None:
    made, http = sender({})
    http.fault = OverflowError("a fault of ours")
    request = replace(get("https://x.example/"), grant=ClientCredentials("https://tokens.example/", "id", "s3cret"))
    assert asyncio.run(asyncio.wait_for(answer(made, request), 60)) is http.fault
