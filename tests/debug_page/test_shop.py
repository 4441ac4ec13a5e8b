"""The shop that pages are shown with: its vendors answer as the real ones, and all that it does is seen on its pages."""

from __future__ import annotations

import pytest

from tests.debug_page.__main__ import told
from tests.debug_page.shop import Shop

pytestmark = pytest.mark.process


def test_only_the_warehouse_refuses_and_only_large_orders_wait(visited: Shop) -> None:
    worker = visited.server.ready()["workers"][0]
    assert worker["dead_letters"].keys() == {"orders"}
    assert [each["tag"] for each in worker["destinations"] if each["pending"]] == ["large"]


def test_an_order_that_comes_twice_is_a_duplicate_at_every_tag(visited: Shop) -> None:
    assert set(visited.server.ready()["workers"][0]["suppressed"].values()) == {1}


def test_it_says_where_it_is(visited: Shop) -> None:
    assert visited.page_of("purchase") in told(visited)
