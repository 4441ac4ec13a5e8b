"""The cookies of a reply, as tags of the same request see them."""

from __future__ import annotations

import pytest

from core.container import Container, Run
from core.remembered import Remembered
from core.trace import trace
from core.triggers import TriggerSettings, compile_trigger
from core.types import Claim, Headers, Reply, Request
from tests.core.tiny import Fixed, Keep, plan

NEW = Remembered((("_fbp", "fb.1.2.3"), ("_scid", "x")), ("_ttp",))


@pytest.mark.parametrize(
    ("headers", "seen"),
    [
        ((), (("cookie", "_fbp=fb.1.2.3; _scid=x"),)),
        (
            (("host", "a"), ("cookie", "_ga=1; _fbp=old;; _fbpx=2"), ("x", "y"), ("cookie", "_fbp; _scid=old; b=c=d")),
            (("cookie", "_fbp=fb.1.2.3; _scid=x; _ga=1; _fbpx=2; b=c=d"), ("host", "a"), ("x", "y")),
        ),
    ],
)
def test_new_cookies_take_the_place_of_those_that_the_browser_sent(headers: Headers, seen: Headers) -> None:
    assert NEW.beside(headers) == seen
    assert Remembered(renewed=("_ttp",)).beside(headers) is headers


@pytest.mark.parametrize(
    ("remembered", "words"),
    [
        (NEW, "_fbp and _scid new, _ttp renewed"),
        (Remembered(renewed=("_ttp",)), "_ttp renewed"),
        (Remembered(why_not="consent ad_storage is denied", outcome="consent"), "nothing: consent ad_storage is denied"),
    ],
)
def test_it_is_told_in_words(remembered: Remembered, words: str) -> None:
    assert remembered.words == words


def claimed(remembered: Remembered | None) -> tuple[Run, Keep, Container, Request]:
    request = Request("r1", 0, "GET", "/", headers=(("cookie", "_fbp=old; a=b"),))
    client, kept = Fixed(), Keep()
    client.claims = Claim([{"event_name": "a"}], Reply(204), remembered=remembered)
    known = TriggerSettings.model_validate({"when": "request.cookies._fbp == 'fb.1.2.3'"})
    plans = [plan("ads", kept, triggers="known")]
    container = Container([("web", client)], plans, {"known": compile_trigger(known)}, trigger_settings={"known": known})
    return container.handle(request), kept, container, request


def test_triggers_and_the_trace_see_what_the_reply_sets() -> None:
    run, _, container, request = claimed(NEW)
    assert run.remembered is NEW
    assert [verdict.why for verdict in run.events[0].verdicts] == ["trigger known"]
    [tag] = trace(container, request).events[0].tags
    assert [(each.name, each.matched) for each in tag.triggers] == [("known", True)]
    assert request.cookies["_fbp"] == "old"


def test_without_any_the_request_is_the_one_that_came() -> None:
    run, _, container, request = claimed(None)
    assert run.remembered is None
    assert [verdict.why for verdict in run.events[0].verdicts] == ["no trigger matched (known)"]
    assert run.seen(request) is request
    [tag] = trace(container, request).events[0].tags
    assert [each.matched for each in tag.triggers] == [False]
