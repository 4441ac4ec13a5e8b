"""Requests of the user's own making on their way: batches, answers that are looked into, and tokens that nobody gives."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from core.component import Setup
from core.context import Context, Shared
from core.types import Outbound, OutboundRequest, Payload, Request, Response
from server.outbox.row import State
from server.tokens import NoToken
from tags.http_request import HttpRequest, HttpRequestSettings

Stage = Any

AUTH = {"type": "oauth2_client_credentials", "token_url": "https://id.example/token", "client_id": "me", "client_secret": "s"}
URL = "https://vendor.example/{{ event.shop }}"


def use(stage: Stage, **settings: Any) -> HttpRequest:
    read = {"url": URL, "body": {"id": "{{ event.id }}"}, "batch": {"most": 3, "linger": "1s"}, **settings}
    tag = HttpRequest(HttpRequestSettings.model_validate(read), Setup("ga4"))
    stage.tags["ga4"] = tag
    return tag


async def accept(stage: Stage, tag: HttpRequest, *ids: str, shop: str = "a") -> None:
    for id in ids:
        event = {"id": id, "shop": shop}
        context = Context(Request(id, stage.now, "GET", "/"), "web", event, 0, Shared())
        payload = tag.map(event, context)
        assert isinstance(payload, Payload)
        await stage.delivery.accept([("ga4", payload)])


def saying(said: Mapping[str, bytes]) -> Any:
    """Answers by the url's last letter."""

    async def answer(outbound: Outbound) -> Response:
        assert isinstance(outbound, OutboundRequest)
        return Response(200, (), said[outbound.url[-1]])

    return answer


def test_what_is_not_body_decides_who_travels_together(stage: Stage) -> None:
    tag = use(stage)

    async def scene(stage: Stage) -> None:
        for shop, ids in (("a", "123"), ("b", "45"), ("a", "6")):
            await accept(stage, tag, *ids, shop=shop)
        await stage.passes(1)
        assert sorted(json.loads(sent)[0]["id"] + str(len(json.loads(sent))) for sent in stage.sent) == ["13", "42", "61"]
        assert stage.stored() == []

    stage.play(scene)


def test_a_row_that_is_refused_is_parked_with_a_kilobyte_of_the_answer_and_without_secrets(stage: Stage) -> None:
    tag = use(stage, success={"row": "answer.ok[index]"})
    stage.masked = "s3cr3t"

    async def scene(stage: Stage) -> None:
        stage.answer = saying({"a": json.dumps({"ok": [True, False, True], "key": "s3cr3t", "text": "x" * 3000}).encode()})
        await accept(stage, tag, *"123")
        await stage.passes(1)
        [(state, why, answer)] = stage.stored("state, why, answer")
        assert (state, why) == (State.DEAD, "HTTP 200: no success, which is answer.ok[index]")
        assert answer.startswith('HTTP 200: {"ok": [true, false, true], "key": "***", "text": "xxx')
        assert len(answer) == 1024
        assert len(stage.sent) == 1

    stage.play(scene)


def test_an_answer_that_leaves_it_open_sends_nothing_twice(stage: Stage) -> None:
    tag = use(stage, success="answer.code == 0")

    async def scene(stage: Stage) -> None:
        stage.answer = saying({"a": b"<html>Welcome</html>", "b": b"{}"})
        await accept(stage, tag, *"123")
        await accept(stage, tag, *"45", shop="b")
        await stage.passes(1)
        assert len(stage.sent) == 2
        why = "HTTP 200: no success, which is answer.code == 0"
        open_a, open_b = f"{why} (the answer is no JSON)", f"{why} (answer.code is undefined)"
        assert stage.stored("state, why") == [(State.DEAD, open_a)] * 3 + [(State.DEAD, open_b)] * 2

    stage.play(scene)


@pytest.mark.parametrize("retry", [None, "answer.code == 4"])
def test_a_plain_no_is_looked_into_and_what_is_to_be_tried_again_waits(stage: Stage, retry: str | None) -> None:
    tag = use(stage, success={"when": "answer.code == 0", "retry": retry})

    async def scene(stage: Stage) -> None:
        stage.answer = saying({"a": b'{"code": 4}'})
        await accept(stage, tag, *"123")
        await stage.passes(0.5)
        assert {state for (state,) in stage.stored("state")} == {State.QUEUED if retry else State.DEAD}
        assert len(stage.sent) == (1 if retry else 5)
        stage.answer = saying({"a": b'{"code": 0}'})
        for _ in range(3):
            await stage.passes(10)
        assert len(stage.stored()) == (0 if retry else 3)

    stage.play(scene)


def test_a_redirect_parks_each_and_names_the_host_alone(stage: Stage) -> None:
    tag = use(stage)

    async def scene(stage: Stage) -> None:
        stage.answers(Response(301, (("location", "https://www.vendor.example/x?key=s3cr3t"),), b""))
        await accept(stage, tag, *"123")
        await stage.passes(1)
        why = "HTTP 301: the destination redirects to www.vendor.example/…, which is not followed"
        assert stage.stored("state, why") == [(State.DEAD, why)] * 3
        assert len(stage.sent) == 1
        assert "s3cr3t" not in str(stage.delivery.health())

    stage.play(scene)


@pytest.mark.parametrize("credential", [True, False])
def test_while_nobody_gives_a_token_nothing_is_lost_and_who_must_act_is_told(stage: Stage, credential: bool) -> None:
    tag = use(stage, auth=AUTH)

    async def scene(stage: Stage) -> None:
        stage.answers(NoToken("no token: HTTP 401: invalid_client", credential=credential), Response(200))
        await accept(stage, tag, *"123")
        await stage.passes(1)
        assert stage.stored("state, why") == [(State.QUEUED, "no token: HTTP 401: invalid_client")] * 3
        told = "refuses our credential: no token: HTTP 401: invalid_client" if credential else ""
        assert stage.delivery.health()["destinations"][0].get("refuses", "") == told
        for _ in range(3):
            await stage.passes(10)
        assert stage.stored() == []
        assert stage.delivery.health()["colour"] == "green"

    stage.play(scene)
