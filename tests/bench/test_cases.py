"""Every case is a configuration that loads, and a request that its deliveries follow from."""

from __future__ import annotations

import pytest

from bench.cases import CASES, COUNTED, LOADED, Case
from bench.growth import COUNTED as GROWING
from bench.hits import Hit, batch, page_view
from bench.pure import Way


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_as_many_deliveries_leave_as_it_says(case: Case) -> None:
    assert Way(case).go() == case.deliveries * case.hit.events


def test_only_cases_that_there_are_are_measured() -> None:
    assert {*COUNTED, *LOADED, *GROWING} <= CASES.keys()


@pytest.mark.parametrize("parameters", [10, 33, 60, 100])
def test_a_page_view_has_as_many_parameters_as_it_is_asked_for(parameters: int) -> None:
    assert len(page_view(parameters).target.partition("?")[2].split("&")) == parameters


@pytest.mark.parametrize("hit", [page_view(33), batch(20)], ids=["page view", "batch"])
def test_a_message_says_how_long_it_is(hit: Hit) -> None:
    head, _, body = hit.message.partition(b"\r\n\r\n")
    assert f"content-length: {len(body)}".encode() in head


def test_a_destination_that_is_down_is_another_one() -> None:
    file = CASES["backlog_1m"].file(1234, 5678)
    assert file.count("http://127.0.0.1:1234") == 1
    assert file.count("http://127.0.0.1:5678") == 1
