"""The pages on which a delivery is sent once more."""

from __future__ import annotations

import pytest

from tests.server.admin.conftest import Port, Worker

ASKED = {"tag": "ga4", "event": 2, "why_not": "", "token": "t"}
SENT = {"row": "1-17", "tag": "orders & more", "event": 2}
GONE = {"error": "This request is no longer remembered, or never was: nothing of it can be sent."}


def test_a_request_shows_its_deliveries_and_one_of_them_with_the_question(port: Port) -> None:
    _, worker = port.workers = (Worker(), Worker(deliveries={"deliveries": []}, delivery=ASKED))
    assert port.page("/requests/1/abc/send")["template"] == "deliveries_of.html"
    page = port.page("/requests/1/abc/send?tag=ga4&event=2")
    assert (page["template"], page["data"]) == ("send.html", ASKED)
    assert port.page("/requests/1/abc/sent?tag=ga4&event=2")["template"] == "sent.html"
    assert worker.asked_to("delivery") == [{"tag": "ga4", "event": 2, "id": "abc"}] * 2


@pytest.mark.parametrize("event", ["0", "-1", "x", "%D9%A1", "9" * 5000, "1.5"])
def test_an_event_that_is_no_number_is_none(port: Port, event: str) -> None:
    (worker,) = port.workers = (Worker(delivery={"error": "There is no such delivery."}),)
    page = port.page(f"/requests/0/abc/send?tag=ga4&event={event}")
    assert (page["status"], page["data"]["words"]) == (404, "There is no such delivery.")
    assert worker.asked_to("delivery")[0]["event"] == 0


def test_it_is_sent_by_a_form_and_then_told_by_a_page_that_can_be_looked_at_again(port: Port) -> None:
    (worker,) = port.workers = (Worker(send_again=SENT),)
    status, headers, _ = port.post("/requests/0/abc/send", {"token": "t"})
    assert (status, headers["location"]) == (303, "/requests/0/abc/sent?tag=orders+%26+more&event=2")
    assert worker.asked_to("send_again") == [{"token": "t", "id": "abc"}]


def test_what_was_not_sent_is_said(port: Port) -> None:
    port.workers = (Worker(send_again=GONE, deliveries=GONE), None)
    status, _, body = port.post("/requests/0/abc/send", {})
    assert (status, GONE["error"] in body.decode()) == (409, True)
    assert port.post("/requests/1/abc/send", {"token": "t"})[0] == 409
    assert port.page("/requests/0/abc/send")["status"] == port.page("/requests/1/abc/send")["status"] == 404
