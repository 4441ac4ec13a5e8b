"""The page that marks one browser."""

from __future__ import annotations

import json
from typing import Any

import pytest

from server.admin.pages.browser import merged, public_address
from server.inspection.browsers import SeenBrowser
from server.visitors.marks import preview_of
from tests.server.admin.conftest import NOW, Port, Worker

SECONDS = NOW // 1_000_000
PREVIEW = "ZW52LTd8S3FMdWxMMUE2"


def seen(browser: str = "0123456789ab", until: int = SECONDS + 60, requests: int = 1, last: int = 5, watched: bool = True) -> Any:
    return SeenBrowser(browser=browser, until=until, requests=requests, last=last, watched=watched)


def worker(*browsers: Any, addresses: tuple[str, ...] = ("https://data.example.com",)) -> Worker:
    return Worker(browsers={"browsers": browsers, "addresses": addresses}, mark={"mark": "the-mark"}, watch={})


def made(port: Port, path: str, **fields: str) -> Any:
    """The page that a form of ours leads to."""
    status, _, body = port.post(path, fields)
    return {"status": status, **json.loads(body)}


def test_a_link_is_made_for_the_address_and_every_worker_watches_for_it(port: Port) -> None:
    first, second = worker(), worker()
    port.workers = [first, None, second]
    page = made(port, "/browser", address="data.example.com/metrics/", hours="24")
    (asked,) = first.asked_to("mark")
    assert asked["until"] == SECONDS + 24 * 3600
    assert page["data"]["link"] == {
        "url": "https://data.example.com/metrics/tagyard-debug/the-mark",
        "browser": asked["browser"],
        "until": asked["until"],
        "hours": 24,
    }
    assert first.asked_to("watch") == second.asked_to("watch") == [asked]


@pytest.mark.parametrize("address", ["", "javascript:alert(1)", "ftp://a.example", "https://", "https://a b", "https://u:p@a.b"])
def test_an_address_that_no_browser_opens_is_said_to_be_none(port: Port, address: str) -> None:
    only = worker()
    port.workers = [only]
    page = made(port, "/browser", address=address)
    assert (page["status"], page["data"]["link"], page["data"]["address"]) == (400, None, address)
    assert "no address" in page["data"]["wrong"]
    assert only.asked_to("mark") == only.asked_to("watch") == []


def test_where_no_worker_answers_there_is_no_link(port: Port) -> None:
    port.workers = [None]
    page = made(port, "/browser", address="data.example.com")
    assert (page["status"], page["data"]["link"]) == (503, None)


def test_a_previews_value_is_watched_for_and_shown_alone(port: Port) -> None:
    only = worker()
    port.workers = [only]
    status, head, _ = port.post("/browser/preview", {"value": f" {PREVIEW} "})
    assert (status, dict(head)["location"]) == (303, f"/?browser={preview_of(PREVIEW)}")
    assert [each["browser"] for each in only.asked_to("watch")] == [preview_of(PREVIEW)]


def test_what_is_no_previews_value_is_not_given_back(port: Port) -> None:
    port.workers = [worker()]
    page = made(port, "/browser/preview", value="not base64 at all")
    assert page["status"] == 400
    assert "not base64" not in str(page)


def test_what_workers_know_of_a_browser_is_told_once(port: Port) -> None:
    port.workers = [worker(seen(requests=2, last=5)), worker(seen(requests=3, last=9), seen("a" * 12, last=0))]
    page = port.page("/browser")
    told = [(each["browser"], each["requests"], each["last"]) for each in page["data"]["browsers"]]
    assert told == [("a" * 12, 1, 0), ("0123456789ab", 5, 9)]
    assert page["data"]["address"] == "https://data.example.com"


def test_a_worker_that_was_started_again_hears_what_to_watch(port: Port) -> None:
    old, new = worker(seen(), seen("b" * 12, until=SECONDS - 1)), worker()
    port.workers = [old, new]
    port.page("/browser")
    assert new.asked_to("watch") == [{"browser": "0123456789ab", "until": SECONDS + 60}]


def test_nobody_is_told_what_all_know(port: Port) -> None:
    both = [worker(seen()), worker(seen())]
    port.workers = both
    port.page("/browser")
    assert [each.asked_to("watch") for each in both] == [[], []]


@pytest.mark.parametrize(
    ("typed", "address"),
    [
        ("data.example.com", "https://data.example.com"),
        ("HTTP://Data.Example.com:8080/", "http://data.example.com:8080"),
        ("https://a.example/x/?y=z#t", "https://a.example/x"),
        ("https://a.example/<b>", "https://a.example/%3Cb%3E"),
        ("https://[::1]:8080", "https://[::1]:8080"),
        ("https://[", None),
        (f"https://a.example/{'x' * 201}", None),
    ],
)
def test_an_address_as_people_type_it(typed: str, address: str | None) -> None:
    assert public_address(typed) == address


def test_those_that_have_not_come_yet_stand_first() -> None:
    order = [each["browser"] for each in merged([seen("a", last=1), seen("b", last=0), seen("c", last=7)])]
    assert order == ["b", "c", "a"]
