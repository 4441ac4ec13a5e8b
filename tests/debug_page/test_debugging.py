"""Somebody debugs a container: sees hits come, learns why a tag did not fire and what a vendor said, mends it, keeps a test."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, expect

from tests.debug_page.desk import SECRETS, Desk, desk
from tests.server.process.destination import ok, status
from tests.server.process.harness import ROOT
from tests.waiting import until

pytestmark = pytest.mark.process


@pytest.fixture(scope="module", params=[1, 2], ids=["one worker", "two workers"])
def world(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    with desk(tmp_path_factory.mktemp("debug"), workers=request.param) as made:
        yield made


@pytest.fixture
def at(world: Desk) -> Desk:
    """The desk with an open live page and a vendor who takes everything."""
    world.vendor.behaviour = ok
    world.page.goto(world.url("/"))
    expect(world.page.get_by_test_id("connection")).to_have_text("live")
    return world


def row(at: Desk, event: str) -> Locator:
    """The line of the live page with this event."""
    return at.page.get_by_test_id("request-row").filter(has_text=event).first


def test_a_hit_appears_as_it_comes_and_says_why_a_tag_did_not_fire(at: Desk) -> None:
    at.hit(en="purchase", **{"epn.value": "5", "ep.email": "ann@shop.example"})
    expect(row(at, "purchase")).to_have_attribute("data-state", "delivered")
    row(at, "purchase").get_by_role("link").first.click()
    hook = at.page.get_by_test_id("tag-hook")
    expect(hook).to_contain_text("no trigger matched (large) event.value > 100: event.value is 5")
    hook.get_by_role("link").click()
    expect(hook).to_contain_text("does not hold")
    expect(hook).to_contain_text("consent.ad_storage == 'granted'")
    at.page.get_by_test_id("tag-ga4").get_by_role("link").click()
    expect(at.page.get_by_test_id("tag-ga4").get_by_test_id("change")).to_contain_text("email")


def test_personal_data_is_shown_after_a_click_that_is_logged(at: Desk) -> None:
    at.hit(en="to_reveal", **{"ep.email": "bea@shop.example"})
    row(at, "to_reveal").get_by_role("link").first.click()
    at.page.get_by_role("link", name="Event data").click()
    expect(at.page.get_by_test_id("event-data")).to_contain_text("•••")
    assert "bea@shop.example" not in at.page.content()
    before = at.server.log.read_text().count("personal data of a request was shown")
    at.page.get_by_test_id("reveal").click()
    expect(at.page.get_by_test_id("event-data")).to_contain_text("bea@shop.example")
    shown = at.server.logged("personal data of a request was shown", before + 1)
    assert shown.count("personal data of a request was shown") == before + 1


def test_the_request_that_failed_is_shown_as_it_was_sent_with_the_answer_it_got(at: Desk) -> None:
    at.vendor.behaviour = status("500 Internal Server Error")
    at.hit(en="purchase", gcs="G111", **{"epn.value": "500", "ep.transaction_id": "T-500"})
    failed = at.page.get_by_test_id("request-row").filter(has_text="HTTP 500").first
    expect(failed.locator("[data-mark=failed]").first).to_contain_text("failed, is tried again: HTTP 500")
    failed.get_by_role("link").first.click()
    expect(at.page.get_by_test_id("tag-hook").get_by_test_id("answer")).to_contain_text("HTTP 500")
    at.page.get_by_test_id("tag-hook").get_by_role("link").click()
    outgoing = at.page.get_by_test_id("outgoing").filter(has_text="/orders")
    expect(outgoing.get_by_test_id("attempt").first).to_contain_text("500")
    expect(outgoing).to_contain_text("T-500")
    expect(outgoing.get_by_role("row", name="key ***")).to_be_visible()
    for secret in SECRETS.values():
        assert secret not in at.page.content()


def test_a_dead_letter_is_tried_again_from_the_page_and_arrives(at: Desk) -> None:
    at.vendor.behaviour = status("400 Bad Request")
    at.hit(en="to_bury", **{"ep.hit": "once-dead"})
    expect(row(at, "to_bury")).to_have_attribute("data-state", "dead")
    at.vendor.behaviour = ok
    at.page.goto(at.url("/deliveries"))
    letter = at.page.get_by_test_id("dead-row").filter(has_text="to_bury")
    expect(letter).to_contain_text("HTTP 400")
    letter.get_by_role("checkbox").check()
    before = at.vendor.hits["once-dead"]
    at.page.get_by_test_id("retry").first.click()
    expect(at.page.locator("body")).to_contain_text("will be tried again now")
    until(lambda: at.vendor.hits["once-dead"] > before)


def test_what_was_seen_is_kept_as_a_test_that_passes(at: Desk) -> None:
    at.hit(en="to_keep", **{"ep.transaction_id": "T-1", "ep.email": "cle@shop.example"})
    row(at, "to_keep").get_by_role("link").first.click()
    at.page.get_by_role("link", name="Keep as test").click()
    kept = at.page.get_by_test_id("kept-test").text_content() or ""
    assert "cle@shop.example" not in kept
    copy = at.server.config.with_name("kept.yaml")
    copy.write_text(f"{at.server.config.read_text()}\ntests:\n{kept}")
    run = _tagyard("test", str(copy))
    assert (run.returncode, "1 test passed" in run.stdout) == (0, True), run.stdout + run.stderr
    copy.write_text(copy.read_text().replace("T-1", "T-2", 1))
    assert _tagyard("test", str(copy)).returncode == 1


def test_a_pasted_hit_is_explained_and_nothing_is_sent(at: Desk) -> None:
    before = len(at.vendor.requests)
    at.page.goto(at.url("/try"))
    at.page.locator("textarea[name=text]").fill("/g/collect?v=2&tid=G-TEST00001&cid=1.2&en=tried_event")
    at.page.get_by_test_id("try").click()
    expect(at.page.get_by_test_id("tag-ga4")).to_contain_text("fired")
    at.page.get_by_test_id("tag-ga4").get_by_role("button").first.click()
    expect(at.page.get_by_test_id("outgoing")).to_contain_text("tried_event")
    assert not [url for url, _ in at.vendor.requests[before:] if "tried_event" in url]


def test_a_filter_lets_only_what_was_asked_for_through(at: Desk) -> None:
    at.page.goto(at.url("/?event=wanted_event"))
    expect(at.page.get_by_test_id("connection")).to_have_text("live")
    at.hit(en="other_event")
    at.hit(en="wanted_event")
    expect(row(at, "wanted_event")).to_be_visible()
    assert row(at, "other_event").count() == 0


def _tagyard(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tagyard", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
