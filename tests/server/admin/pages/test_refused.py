"""What the view of refused requests is made of, of the answers of all workers."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import pytest

from server.admin.pages.refused import SHOWN, refused_data
from server.inspection.turned_away import refused_line
from server.observe import RefusedRequest
from tests.server.admin.conftest import Port, Worker


def answer(worker: int, ats: list[int], counts: dict[str, int], *, older: bool = False) -> Any:
    kept = [RefusedRequest(at, at, "full", 503, None, None, b"GET / HTTP/1.1", b"", 14) for at in ats]
    lines = [refused_line(each, worker, ()) for each in kept]
    return {"requests": lines, "older": older, "counts": counts}


def test_workers_are_told_of_as_one() -> None:
    data = refused_data([answer(0, [5, 1], {"full": 2}), answer(1, [3], {"full": 1, "tls": 9})], "", 2)
    assert [(each["worker"], each["at"]) for each in data["requests"]] == [(0, 5), (1, 3), (0, 1)]
    assert [(each["reason"], each["count"]) for each in data["reasons"]] == [("tls", 9), ("full", 3)]
    assert (data["total"], data["older"], data["chosen_title"]) == (12, "", "")
    assert data["reasons"][0]["address"] == "/?view=refused&reason=tls"


def test_what_does_not_fit_is_behind_a_link() -> None:
    data = refused_data([answer(worker, list(range(100, 60, -1)), {}) for worker in (0, 1)], "full", 2)
    assert len(data["requests"]) == SHOWN
    assert data["older"] == "/?view=refused&reason=full&before=81"
    assert data["chosen_title"] == "outbox full"


def test_a_reason_that_a_page_does_not_know_is_shown_all_the_same() -> None:
    data = refused_data([answer(0, [], {"of_tomorrow": 1})], "", 1)
    assert (data["reasons"][0]["advice"].title, data["reasons"][0]["advice"].what) == ("of_tomorrow", "it was refused")


@pytest.mark.parametrize("before", ["9" * 5000, "²", "٣", "-1", "x"])
def test_what_is_no_moment_is_as_if_none_was_asked_for(port: Port, before: str) -> None:
    refused = Worker(refused=answer(0, [5], {"full": 1}))
    port.workers = [refused]
    assert port.page(f"/?{urlencode({'view': 'refused', 'before': before})}")["template"] == "refused.html"
    assert refused.asked_to("refused") == [{"reason": "", "before": None, "limit": SHOWN}]
