"""Somebody changes a copy of the configuration by keyboard: sees mistakes as he writes, tests it, compares it, takes it away."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Dialog, Locator, Page, expect

from tests.debug_page.shop import FILE, SECRETS, Shop
from tests.debug_page.traffic import GA4_ID, traffic

pytestmark = pytest.mark.process
PATIENCE = 40_000
"""Milliseconds: a busy machine starts a process slowly."""


@pytest.fixture(scope="module")
def sold(served: Shop) -> Shop:
    served.send(traffic(40))
    return served


@pytest.fixture
def draft(sold: Shop, page: Page) -> Iterator[Locator]:
    page.goto(sold.url("/configuration/edit"))
    yield page.get_by_test_id("draft")
    for secret in SECRETS.values():
        assert secret not in page.content()


def change(draft: Locator, old: str, new: str) -> None:
    """Selects a text and types another over it, as a person does."""
    draft.evaluate(
        """(area, old) => {
            area.focus();
            const at = area.value.indexOf(old);
            area.setSelectionRange(at, at + old.length);
        }""",
        old,
    )
    draft.page.keyboard.type(new)


def caret(draft: Locator) -> tuple[int, int]:
    """Line and column, from 1."""
    before = str(draft.evaluate("area => area.value.slice(0, area.selectionStart)"))
    return before.count("\n") + 1, len(before) - before.rfind("\n")


def line_of(text: str) -> int:
    return next(number for number, line in enumerate(FILE.read_text().splitlines(), 1) if text in line)


def test_a_mistake_is_told_at_its_line_as_one_types_and_gone_once_it_is_mended(draft: Locator) -> None:
    page, line = draft.page, line_of("site_id")
    change(draft, "site_id: 7", "site_idd: 7")
    problem = page.get_by_test_id("found-problem").filter(has_text="did you mean site_id?")
    expect(problem).to_be_visible(timeout=PATIENCE)
    expect(page.locator(".mark[data-severity=error]")).to_have_text(str(line))
    problem.get_by_role("button").focus()
    page.keyboard.press("Enter")
    expect(draft).to_be_focused()
    assert caret(draft) == (line, 12)
    change(draft, "site_idd: 7", "site_id: 7")
    expect(problem).to_have_count(0, timeout=PATIENCE)
    expect(page.locator(".mark[data-severity=error]")).to_have_count(0)


def test_the_tests_are_run_by_keyboard_and_say_what_was_found_instead(draft: Locator) -> None:
    page = draft.page
    draft.focus()
    page.keyboard.press("Control+Enter")
    expect(page.get_by_test_id("headline")).to_have_text("1 test passed", timeout=PATIENCE)
    change(draft, "{query: {en: page_view, ep", "{query: {en: purchase, ep")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_test_id("headline")).to_have_text("1 of 1 test failed", timeout=PATIENCE)
    failed = page.get_by_test_id("test")
    expect(failed).to_contain_text("purchase")
    failed.locator(".failure .to-line").click()
    assert caret(draft)[0] == line_of("{en: page_view, ep")


def test_what_would_leave_differently_is_told_tag_by_tag(draft: Locator) -> None:
    page = draft.page
    change(draft, "site_id: 7", "site_id: 8")
    page.get_by_test_id("diff").click()
    changed = page.get_by_test_id("diff-matomo")
    expect(changed).to_contain_text("query idsite", timeout=PATIENCE)
    expect(changed).to_contain_text("7 → 8")
    expect(page.get_by_test_id("headline")).to_contain_text("requests are treated differently")
    changed.get_by_role("link").first.click()
    expect(page).to_have_url(re.compile("/requests/0/"))


def test_a_draft_is_taken_away_kept_over_a_reload_and_not_left_by_accident(draft: Locator, tmp_path: Path) -> None:
    page = draft.page
    change(draft, "# A shop", "# Our shop")
    expect(page.get_by_test_id("file-name")).to_have_attribute("data-changed", "", timeout=PATIENCE)
    asked: list[str] = []

    def heard(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.accept()

    page.on("dialog", heard)
    page.reload()
    assert asked == ["beforeunload"]
    expect(page.get_by_test_id("restored")).to_be_visible()
    expect(draft).to_have_value(FILE.read_text().replace("# A shop", "# Our shop"))
    with page.expect_download() as taken:
        page.get_by_role("button", name="Download").click()
    taken.value.save_as(tmp_path / taken.value.suggested_filename)
    assert (tmp_path / "container.yaml").read_text() == FILE.read_text().replace("# A shop", "# Our shop")
    page.goto("about:blank")
    assert asked == ["beforeunload"]


def test_tab_indents_and_escape_leaves_the_text(draft: Locator) -> None:
    page = draft.page
    change(draft, "clients:", "clients:")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.type("# in")
    page.keyboard.press("Enter")
    page.keyboard.type("# as deep")
    expect(draft).to_have_value(FILE.read_text().replace("clients:", "clients:\n  # in\n  # as deep", 1))
    page.keyboard.press("Escape")
    page.keyboard.press("Tab")
    expect(draft).not_to_be_focused()


def test_a_long_draft_stays_smooth_on_a_phone(draft: Locator) -> None:
    page = draft.page
    page.set_viewport_size({"width": 390, "height": 844})
    draft.evaluate("area => { area.value += '# a line\\n'.repeat(2000); area.dispatchEvent(new Event('input')); }")
    page.evaluate("new PerformanceObserver(list => (window.long ??= []).push(...list.getEntries())).observe({type: 'longtask'})")
    draft.focus()
    page.keyboard.press("Control+End")
    page.keyboard.type("# the last line")
    last = str(draft.evaluate("area => area.value.split('\\n').length"))
    assert page.locator(".numbers pre").inner_text().endswith(f"\n{last}")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    shift = draft.evaluate(
        "area => area.scrollTop + new DOMMatrix(getComputedStyle(document.querySelector('.numbers')).transform).f"
    )
    assert abs(shift) < 1
    assert page.evaluate("Math.max(0, ...(window.long ?? []).map(each => each.duration))") < 500


def test_without_scripts_the_form_does_the_same(sold: Shop, browser: Browser) -> None:
    with browser.new_context(java_script_enabled=False) as context:
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        page.goto(sold.url("/configuration/edit"))
        page.get_by_test_id("draft").fill(FILE.read_text().replace("tags: [all]", "tagz: [all]"))
        page.get_by_test_id("run-tests").click()
        expect(page.get_by_test_id("found-problem").first).to_contain_text("did you mean tags?")
        page.get_by_test_id("draft").fill(FILE.read_text())
        page.get_by_test_id("run-tests").click()
        expect(page.get_by_test_id("headline")).to_have_text("1 test passed")


def test_a_link_to_a_line_opens_its_file_and_sections_unfold(sold: Shop, page: Page) -> None:
    page.goto(sold.url(f"/configuration#container.yaml-{line_of('site_id')}"))
    line = page.locator(".is-target")
    expect(line).to_contain_text("matomo:")
    expect(line).to_be_in_viewport()
    page.get_by_test_id("section-clients").locator("summary").first.focus()
    page.keyboard.press("Enter")
    page.get_by_test_id("clients-web").locator("summary").focus()
    page.keyboard.press("Enter")
    ids = page.get_by_role("row").filter(has_text="measurement_ids")
    expect(ids).to_contain_text(GA4_ID)
    expect(ids).to_contain_text("from [${GA4_ID}]")
    ids.get_by_role("link").click()
    expect(page.locator(".is-target")).to_contain_text("web:")
    for secret in SECRETS.values():
        assert secret not in page.content()
