"""What counts as delivered of a request of the user's own making: by status, by answer, and event by event."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from core.component import Setup
from core.context import Shared
from core.types import Delivered, OutboundRequest, Outcome, Rejected, Response, Retry
from tags.http_request import HttpRequest, HttpRequestSettings

URL = "https://example.com/hook"
ROWS = [{"id": "a"}, {"id": "b"}, {"id": "c"}]
OK = Delivered()


def tag(success: Any, **settings: Any) -> HttpRequest:
    read = HttpRequestSettings.model_validate({"url": URL, "success": success, **settings})
    return HttpRequest(read, Setup("webhook", shared=Shared(environment={"GOOD": "0"})))


def judged(success: Any, answer: Any, status: int = 200, rows: int = 1, headers: Any = (), wrap: Any = None) -> list[Outcome]:
    """An outcome for each row of a request, or the one for all."""
    batch = {"batch": {"wrap": wrap} if wrap else {}} if rows > 1 else {}
    body = json.dumps({"data": ROWS[:rows]} if wrap else ROWS[:rows]).encode()
    written = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
    request = OutboundRequest("POST", URL, (), body, tuple(range(rows)))
    found = tag(success, **batch).judge(request, Response(status, headers, written))
    return list(found) if isinstance(found, Sequence) else [found]


def refusal(success: Any, **settings: Any) -> str:
    with pytest.raises(ValidationError) as caught:
        tag(success, **settings)
    return "; ".join(str(error["msg"]) for error in caught.value.errors(include_input=False))


def no(why: str, unclear: bool = False) -> list[Outcome]:
    return [Rejected(f"HTTP 200: no success, which is {why}", of_all=unclear)]


class TestWhen:
    @pytest.mark.parametrize("success", ["answer.code == 0", {"when": "answer.code == 0"}, {"when": ["answer.code == 0"]}])
    def test_a_text_is_short_for_it(self, success: Any) -> None:
        assert judged(success, {"code": 0}) == [OK]
        assert judged(success, {"code": 7}) == no("answer.code == 0")

    @pytest.mark.parametrize(
        ("condition", "answer"),
        [
            ("answer.ok", {"ok": True}),
            ("answer[0].ok", [{"ok": 1}]),
            ("answer == 5", b"5"),
            ("answer.error is not defined", {}),
            ("status == 200 and headers['X-State'] == 'fine'", b"no JSON"),
            ("answer.code == env.GOOD", {"code": 0}),
            ("answer.errors is empty", {"errors": []}),
        ],
    )
    def test_what_holds(self, condition: str, answer: Any) -> None:
        assert judged(condition, answer, headers=(("x-state", "fine"),)) == [OK]

    @pytest.mark.parametrize(
        ("condition", "answer", "why"),
        [
            ("answer.code == 0", {}, "answer.code is undefined"),
            ("answer.code == 0", [], "answer.code is undefined"),
            ("answer.code == 0", {"code": None}, "answer.code is undefined"),
            ("answer.ok", {"code": 0}, "answer.ok is undefined"),
            ("answer.n > 3", {"n": "many"}, "answer.n is a text that is no number and 3 is a number"),
            ("answer.code == 0", b"<html>", "the answer is no JSON"),
            ("answer.code == 0", b'{"code": 0', "the answer is no JSON"),
            ("answer.code == 0", b'{"code": 0, "x": NaN}', "the answer is no JSON"),
            ("answer.code == 0", b" ", "the answer is empty"),
            ("answer[0]", b"[" * 500 + b"]" * 500, "the answer is nested too deep"),
            ("answer.error is not defined and answer.ok", b"", "the answer is empty"),
            ("headers['x-state'] == 'fine'", {}, "headers['x-state'] is undefined"),
        ],
    )
    def test_what_is_not_there_is_no_success_and_is_named(self, condition: str, answer: Any, why: str) -> None:
        assert judged(condition, answer) == no(f"{condition} ({why})", unclear=True)

    def test_the_condition_that_failed_is_told(self) -> None:
        assert judged({"when": ["status == 200", "answer.code == 0"]}, {"code": 1}) == no("answer.code == 0")

    def test_a_redirect_a_throttle_and_a_refusal_are_what_they_are_without_it(self) -> None:
        found = judged("answer.ok", b"", 302, headers=(("location", "https://other.example/?token=s3cr3t"),))
        told = "HTTP 302: the destination redirects to other.example/…, which is not followed"
        assert found == [Rejected(told, of_all=True)]
        assert judged("answer.ok", {"ok": True}, 503) == [Retry("HTTP 503")]
        assert judged("answer.ok", {"ok": True}, 422) == [Rejected("HTTP 422")]
        assert judged({"status": 404, "when": "answer.ok"}, {"ok": True}, 200) == [Rejected("HTTP 200 is not among success")]
        assert judged({"status": 404, "when": "answer.ok"}, {"ok": True}, 404) == [OK]

    @given(
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.text(), lambda of: st.lists(of) | st.dictionaries(st.text(), of)
        )
    )
    def test_no_answer_is_too_much_for_it(self, answer: Any) -> None:
        for condition in (
            "answer.a.b[0] > 1",
            "answer.code == 0",
            "answer is containing 'x'",
            "answer[status].x is matching 'y'",
        ):
            [outcome] = judged({"when": condition, "retry": "answer.again"}, answer)
            assert isinstance(outcome, Delivered | Rejected | Retry)


class TestRetry:
    def test_true_tries_all_again_that_is_no_success(self) -> None:
        assert judged({"when": "answer.ok", "retry": True}, {"ok": False}) == [Retry("HTTP 200: no success, which is answer.ok")]
        assert judged({"when": "answer.ok", "retry": True}, b"") != no("answer.ok (the answer is empty)", unclear=True)

    def test_a_condition_chooses(self) -> None:
        success = {"when": "answer.code == 0", "retry": "answer.code in [4, 17]"}
        assert judged(success, {"code": 17}) == [Retry("HTTP 200: no success, which is answer.code == 0")]
        assert judged(success, {"code": 18}) == no("answer.code == 0")

    def test_of_a_status_too_that_is_none_of_success(self) -> None:
        success = {"retry": "answer.code == 17"}
        assert judged(success, {"code": 17}, 400) == [Retry("HTTP 400")]
        assert judged(success, {"code": 18}, 400) == [Rejected("HTTP 400")]
        assert judged(success, b"", 500) == [Retry("HTTP 500")]
        assert judged(success, b"", 200) == [OK]


class TestRow:
    def test_each_event_is_judged_by_itself(self) -> None:
        answer = {"code": 0, "results": [{"ok": True}, {"ok": False}]}
        why = "HTTP 200: no success, which is answer.results[index].ok"
        refused, untold = Rejected(why), Rejected(f"{why} (answer.results[index].ok is undefined)")
        success = {"when": "answer.code == 0", "row": "answer.results[index].ok"}
        assert judged(success, answer, rows=3) == [OK, refused, untold]
        assert judged(success, {**answer, "code": 1}, rows=3) == no("answer.code == 0")
        assert judged({"row": "answer.results[index].ok"}, b"", rows=2) == [
            Rejected(f"{why} (the answer is empty)"),
            Rejected(f"{why} (the answer is empty)"),
        ]

    @pytest.mark.parametrize("wrap", [None, {"data": "{{ rows }}"}])
    def test_by_what_was_sent(self, wrap: Any) -> None:
        success = {"row": "row.id not in answer.failed"}
        why = Rejected("HTTP 200: no success, which is row.id not in answer.failed")
        assert judged(success, {"failed": ["b"]}, rows=3, wrap=wrap) == [OK, why, OK]

    def test_and_tried_again_by_itself(self) -> None:
        success = {"row": "answer[index] == 200", "retry": "answer[index] in [429, 503]"}
        why = "HTTP 200: no success, which is answer[index] == 200"
        assert judged(success, [200, 429, 400], rows=3) == [OK, Retry(why), Rejected(why)]

    def test_it_is_about_one_of_several(self) -> None:
        assert "success.row is about one of several events" in refusal({"row": "answer.ok"})


class TestSettings:
    @pytest.mark.parametrize(
        ("success", "told"),
        [
            ("event.value > 1", "there is no event any more when an answer comes"),
            ("var.x", "there is no var any more when an answer comes"),
            ("anser.code == 0", "unknown name 'anser', did you mean answer?"),
            ("answer.code ==", "unexpected the end"),
            ("answer.results[index].ok", "this is about the request as a whole: index means something in `row`"),
            ({"when": "row.id"}, "this is about the request as a whole: row means something in `row`"),
            ({"retry": "item.x"}, "there is no item any more"),
            (["200", "answer.ok"], "a condition is written under `when`"),
            ({"status": []}, "at least 1 item"),
            ({"whenn": "answer.ok"}, "Extra inputs"),
        ],
    )
    def test_what_is_refused(self, success: Any, told: str) -> None:
        assert told in refusal(success)


def test_of_many_rows_that_fail_the_first_hundred_are_explained() -> None:
    request = OutboundRequest("POST", URL, (), json.dumps([{}] * 300).encode(), tuple(range(300)))
    judge = tag({"row": "answer.results[index].ok"}, batch={"most": 1000}).judge
    found = judge(request, Response(200, (), b'{"results": []}'))
    assert isinstance(found, Sequence)
    short = "HTTP 200: no success, which is answer.results[index].ok"
    assert list(found) == [Rejected(f"{short} (answer.results[index].ok is undefined)")] * 100 + [Rejected(short)] * 200
