"""The documentation's site: everything is in it, every link in it leads somewhere, and it asks nobody else for anything."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import yaml
from playwright.sync_api import Request

from docs.site.markdown import ABOUT, file_of, indented, outside, page_of, repository, rewritten
from tests.chromium import chromium
from tests.documentation import ROOT
from tests.site import MADE_BY_SCRIPTS, SitePage, build, pages

pytestmark = pytest.mark.process

NAV = (ROOT / "mkdocs.yml").read_text(encoding="utf-8").partition("\nnav:\n")[2]


def test_every_page_has_its_place_in_the_navigation() -> None:
    there = {str(page.relative_to(ROOT / "docs")) for page in (ROOT / "docs").rglob("*.md") if "examples" not in page.parts}
    there |= {page for path, page in ABOUT.items() if (ROOT / path).exists()}
    placed = re.findall(r"- (?:[^\n]+: )?([\w/-]+\.md)$", NAV, re.MULTILINE)
    assert sorted(placed) == sorted(there)


@pytest.mark.parametrize(
    ("path", "page"),
    [
        ("docs/index.md", "index.md"),
        ("docs/vendors/meta.md", "vendors/meta.md"),
        ("CHANGELOG.md", "about/changelog.md"),
        ("config/examples/full.yaml", "files/config/examples/full.yaml.md"),
        ("docker/proxies/cloudflare.md", "files/docker/proxies/cloudflare.md"),
        ("docs/examples/brook/README.md", "files/docs/examples/brook/README.md"),
    ],
)
def test_a_file_of_the_repository_has_a_page(path: str, page: str) -> None:
    assert page_of(path) == page
    assert file_of(page) == path


@pytest.mark.parametrize(
    ("path", "text", "shown"),
    [
        ("docs/a.md", "[b](b.md#c)", "[b](b.md#c)"),
        ("docs/a.md", "[`b`](#c)", "[`b`](#c)"),
        ("docs/a.md", "[b](https://example.com/docker)", "[b](https://example.com/docker)"),
        ("docs/a.md", "[all](../config/examples/full.yaml)", "[all](files/config/examples/full.yaml.md)"),
        ("docs/vendors/a.md", "[new](../../CHANGELOG.md)", "[new](../about/changelog.md)"),
        ("CHANGELOG.md", "[a](docs/websites.md#b)", "[a](../websites.md#b)"),
        ("README.md", "[![a](docs/pictures/live.webp)](docs/debug-page.md)", "[![a](../pictures/live.webp)](../debug-page.md)"),
        ("README.md", "[![a: b](https://example.com/b.svg)](LICENSE)", "[a: b](../files/LICENSE.md)"),
        ("docs/a.md", "[the folder](../docker)", "[the folder](https://example.com/us/tagyard/tree/HEAD/docker)"),
        ("docs/a.md", "`[a](../docker)`", "`[a](../docker)`"),
        ("docs/a.md", "```md\n[a](../docker)\n```", "```md\n[a](../docker)\n```"),
    ],
)
def test_a_link_leads_to_the_page_of_its_file(path: str, text: str, shown: str) -> None:
    assert rewritten(path, text, "https://example.com/us/tagyard") == shown


def test_a_folder_is_plain_text_until_the_repository_has_an_address() -> None:
    assert rewritten("docs/a.md", "in [the folder `docker`](../docker).", None) == "in the folder `docker`."


def test_files_are_found_that_pages_lead_to() -> None:
    text = "[a](../config/examples/full.yaml), [b](websites.md), [c](../docker), [d](https://example.com/x), `[e](../Makefile)`"
    assert list(outside("docs/a.md", text)) == ["config/examples/full.yaml"]


@pytest.mark.parametrize(
    ("github", "mkdocs"),
    [
        ("- a\n  b\n- c\n", "- a\n    b\n- c\n"),
        ("1. a\n\n   ```sh\n   b\n     c\n   ```\n2. d\n", "1. a\n\n    ```sh\n    b\n      c\n    ```\n\n2. d\n"),
        ("- a\n  - b\n    c\n\nd\n", "- a\n    - b\n        c\n\nd\n"),
        ("```\n- a\n  b\n```\n", "```\n- a\n  b\n```\n"),
        ("a\n1970. b\n", "a\n1970. b\n"),
    ],
)
def test_what_belongs_to_an_entry_of_a_list_stands_where_mkdocs_looks_for_it(github: str, mkdocs: str) -> None:
    assert indented(github) == mkdocs


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built once."""
    folder = tmp_path_factory.mktemp("site").resolve()
    build(folder)
    return folder


@pytest.fixture(scope="module")
def read(site: Path) -> Mapping[Path, SitePage]:
    """Every page of it."""
    return {page.path: page for page in pages(site)}


def test_every_link_of_the_site_leads_somewhere(site: Path, read: Mapping[Path, SitePage]) -> None:
    dead = []
    for page in read.values():
        for link in page.links:
            if not urlsplit(link.address).scheme:
                target, place = page.leads_to(link)
                there = read[target].names if target in read else set()
                known = not place or place.startswith(MADE_BY_SCRIPTS) or place in there
                if not target.is_file() or not known:
                    dead.append(f"{page.path.relative_to(site)}: {link.address}")
    assert len(read) > 100
    assert dead == []


def test_no_code_of_a_table_is_copied_with_a_backslash() -> None:
    escaped = re.compile(r"`[^`\n]*\\\|[^`\n]*`")
    pages_of_docs = (ROOT / "docs").rglob("*.md")
    assert [str(page) for page in pages_of_docs if escaped.search(page.read_text(encoding="utf-8"))] == []


def test_no_page_loads_anything_from_elsewhere(read: Mapping[Path, SitePage]) -> None:
    for page in read.values():
        assert [link for link in page.links if link.tag != "a" and urlsplit(link.address).netloc] == []


def test_nothing_of_the_repository_is_in_it_that_no_page_leads_to(site: Path, read: Mapping[Path, SitePage]) -> None:
    led_to = {page.leads_to(link)[0] for page in read.values() for link in page.links if not urlsplit(link.address).scheme}
    own = (site / "assets", site / "search", site / "sitemap.xml", site / "sitemap.xml.gz", site / "404.html")
    files = [path for path in site.rglob("*") if path.is_file() and not any(path.is_relative_to(each) for each in own)]
    assert [str(path.relative_to(site)) for path in files if path not in led_to] == []
    assert (site / "alerts.yaml").exists()
    assert (site / "grafana" / "tagyard.json").exists()


@pytest.mark.parametrize(
    ("word", "place"),
    [
        ("deduplicate", "reference/deduplicate.html"),
        ("FPID", "reference/clients/ga4.html"),
        ("hashed_for", "expressions.html"),
        ("TagyardNotScraped", "metrics.html"),
        ("--wait-for-folder", "commands.html"),
    ],
)
def test_the_search_finds_words(site: Path, word: str, place: str) -> None:
    entries = json.loads((site / "search" / "search_index.json").read_text(encoding="utf-8"))["docs"]
    found = {entry["location"].partition("#")[0] for entry in entries if word in entry["text"] or word in entry["title"]}
    assert place in found
    assert not any(each.startswith("files/") for each in found)


def test_it_is_searched_where_it_is_opened_as_a_file_and_asks_nobody_for_anything(site: Path) -> None:
    asked: list[str] = []

    def note(request: Request) -> None:
        asked.append(urlsplit(request.url).scheme)

    with chromium() as browser:
        page = browser.new_page()
        page.on("request", note)
        page.goto((site / "index.html").as_uri())
        page.get_by_role("textbox", name="Search").click()
        page.get_by_text("Type to start searching").wait_for()
        page.keyboard.type("deduplicate")
        page.locator(".md-search-result__item a[href*='reference/deduplicate.html']").first.wait_for(state="attached")
        page.keyboard.press("Control+A")
        page.keyboard.type("dedupe")  # which stands in brackets
        page.locator(".md-search-result__item a[href*='recipes.html']").first.wait_for(state="attached")
    assert set(asked) <= {"file", "data", "about"}


WIDEST = (
    "guarantees",
    "metrics",
    "privacy",
    "reference/server",
    "reference/tags/meta",
    "reference/tags/snapchat",
    "reference/tests",
    "troubleshooting",
)
CUT = """() => [...document.querySelectorAll(".md-typeset__scrollwrap")]
    .filter(around => around.scrollWidth > around.clientWidth).map(around => around.innerText.slice(0, 40))"""


def test_no_table_is_cut_off_on_a_screen_of_1280_pixels(site: Path) -> None:
    with chromium() as browser:
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        for name in WIDEST:
            page.goto((site / f"{name}.html").as_uri())
            page.locator(".md-typeset__scrollwrap").first.wait_for()
            assert page.evaluate(CUT) == [], name


def test_the_workflow_publishes_what_make_site_builds() -> None:
    workflow = yaml.safe_load((ROOT / ".github" / "workflows" / "docs.yml").read_text(encoding="utf-8"))
    steps = workflow["jobs"]["build"]["steps"]
    assert [step["run"] for step in steps if "run" in step] == ["make site"]
    assert f"\nsite_dir: {steps[-1]['with']['path']}\n" in (ROOT / "mkdocs.yml").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("urls", "address"),
    [
        ("", None),
        ("[project.urls]\nHomepage = 'https://example.com'\n", None),
        ("[project.urls]\nRepository = 'https://example.com/us/tagyard/'\n", "https://example.com/us/tagyard"),
    ],
)
def test_the_address_of_the_repository_is_what_its_owner_has_filled_in(urls: str, address: str | None) -> None:
    assert repository(f"[project]\nname = 'tagyard'\n{urls}") == address
