"""What became of requests for Google's scripts, in words."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.types import Request
from server.inspection.script_answer import script_answer
from tests.server.inspection.conftest import NOW, Desk

FILE = """
clients:
  web: {type: ga4, measurement_ids: [G-ABC1234567]}
  scripts: {type: google_scripts, ids: [G-ABC1234567, GTM-ABC123]}
tags: {ga4: {}}
"""
FORWARDING = FILE.replace("GTM-ABC123]", "AW-987654321], google_paths: forward")
GTAG = "/gtag/js?id=G-ABC1234567"


def answered(folder: Path, target: str, status: int | None = None, age: int | None = None, text: str = FILE) -> tuple[str, str]:
    """What was asked for and what was answered."""
    desk = Desk(folder, text)
    path, _, query = target.partition("?")
    record = desk.met(desk.request(query, method="GET", path=path), status=status)
    record.file_age = age
    told = script_answer(record)
    return told["what"], told["answer"]


FILES = {
    (GTAG, 200, 0): ("script G-ABC1234567", "fetched just now"),
    (GTAG, 200, 12): ("script G-ABC1234567", "held for 12 s"),
    (GTAG, 200, 840): ("script G-ABC1234567", "held for 14 min"),
    (GTAG, 304, 9000): ("script G-ABC1234567", "held for 2 h, and the browser has it already"),
    (GTAG, 302, None): ("script G-ABC1234567", "redirected to Google, of which too much was being fetched"),
    (GTAG, 502, None): ("script G-ABC1234567", "could not be had from Google (502)"),
    ("/gtm.js?id=GTM-ABC123", 404, None): ("script GTM-ABC123", "Google has no published version of GTM-ABC123"),
    ("/gtm.js?id=GTM-ABC123&gtm_preview=env-2&gtm_auth=x", 200, None): (
        "script GTM-ABC123",
        "fetched for a preview, and kept nowhere",
    ),
    ("/ns.html?id=GTM-ABC123", 200, 3): ("frame GTM-ABC123", "held for 3 s"),
    ("/gtag/js?id=AW-987654321", None, None): ("AW-987654321", "not listed: redirected to Google"),
    ("/debug/bootstrap?id=G-ABC1234567", None, None): ("G-ABC1234567", "redirected to Google"),
    ("/gtag/js", None, None): ("", "exactly one id is needed"),
    ("/gtag/js?id=<script>", None, None): ("", "the id is none of Google's form"),
}


@pytest.mark.parametrize("asked", FILES, ids=lambda asked: f"{asked[0]} {asked[1]} {asked[2]}")
def test_what_was_asked_and_what_was_answered(tmp_path: Path, asked: tuple[str, int | None, int | None]) -> None:
    assert answered(tmp_path, *asked) == FILES[asked]


HIT = "/pagead/viewthroughconversion/987654321/?random=1"
REPORT = "/a?v=3&t=t&pid=1&rv=1&is_td=1&id=G-ABC1234567"


def test_a_hit_of_google_s_tags_is_refused_or_passed_on(tmp_path: Path) -> None:
    what, answer = answered(tmp_path, HIT)
    assert (what, answer.rpartition(", ")[2]) == ("remarketing", "which goes on to Google only with google_paths: forward")
    assert answered(tmp_path, REPORT)[1] == "a script's report about itself: answered, and passed on to nobody"
    assert answered(tmp_path, HIT, 204, text=FORWARDING) == ("hit remarketing", "passed on to Google (204)")
    assert answered(tmp_path, REPORT, 502, text=FORWARDING) == ("hit telemetry", "passed on to Google (502)")


@pytest.mark.parametrize(
    ("headers", "page"),
    [
        ((("referer", "https://shop.example/shoes?email=jo@example.com"),), "https://shop.example"),
        ((("origin", "https://shop.example"), ("referer", "https://other.example/")), "https://shop.example"),
        ((("referer", "https://me:secret@shop.example/"),), "https://shop.example"),
        ((("referer", "https://[broken"),), ""),
        ((("origin", "null"),), ""),
        ((), ""),
    ],
)
def test_whose_page_asked_is_told_by_its_origin_alone(tmp_path: Path, headers: tuple[tuple[str, str], ...], page: str) -> None:
    desk = Desk(tmp_path, FILE)
    path, _, query = GTAG.partition("?")
    record = desk.met(Request("r", NOW, "GET", path, query, headers))
    assert script_answer(record)["page"] == page


def test_a_line_of_the_live_page_says_so_and_is_found_by_it(tmp_path: Path) -> None:
    desk = Desk(tmp_path, FILE)
    headers = (("referer", "https://shop.example/shoes"),)
    desk.met(desk.request("id=AW-987654321", method="GET", path="/gtag/js", headers=headers))
    desk.met(desk.request("id=G-ABC1234567", method="GET", path="/gtag/js")).file_age = 5
    desk.hit()
    told = desk.ask("requests", filters={"view": "scripts"})["requests"]
    assert sorted(each["reasons"] for each in told) == [
        ["AW-987654321: not listed: redirected to Google", "for https://shop.example"],
        ["script G-ABC1234567: held for 5 s"],
    ]
    assert len(desk.ask("requests", filters={"view": "scripts", "q": "not listed"})["requests"]) == 1
    assert len(desk.ask("requests", filters={"view": ""})["requests"]) == 1, "All leaves them out"
