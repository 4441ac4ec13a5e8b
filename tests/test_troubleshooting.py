"""docs/troubleshooting.md and docs/faq.md: words and figures that the program prints are on the pages as it prints them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

import pytest
from click.testing import CliRunner

from config import OutboxSettings
from core.types import HeldBack
from server.cli.main import main
from server.inspection.advice import ADVICE
from tests.documentation import ROOT, blocks, text_of

PAGE: Final = ROOT / "docs" / "troubleshooting.md"
TEXT: Final = text_of(PAGE)
ROWS: Final = dict(re.findall(r"^\| `(\w+)` \| (.*?) \|", TEXT.partition("| Word |")[2].partition("\n\n")[0], re.MULTILINE))
HIT: Final = "/g/collect?v=2&tid=G-ABC1234567"
REQUESTS: Final = (
    ("--url", f"{HIT}&cid=1.2&en=purchase&epn.value=50&gcs=G101"),
    ("--url", f"{HIT}&en=page_view"),
    ("--url", f"{HIT}&cid=1.2&en=page_view&gcs=G111&gcu=1&sst.gcut=1.3.4"),
    ("--event", '{"event_name": "page_view", "client_id": "1.2"}'),
)


def test_it_has_every_word_for_why_a_tag_did_not_send() -> None:
    assert ROWS.keys() == set(HeldBack)


def test_the_reasons_are_told_in_the_words_of_the_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (file,) = (block.text for block in blocks("yaml") if block.page == PAGE and "at_rest" in block.text)
    Path("container.yaml").write_text(file)
    told = "".join(CliRunner().invoke(main, ["explain", "--ip", "203.0.113.7", *request]).stdout for request in REQUESTS)
    said = [text for words in ROWS.values() for text in re.findall(r"`([^`]+)`", words) if text not in ("failed",)]
    assert [text for text in said if f"held back: {text}" not in told] == ["duplicate of the one that came at …"]


def test_every_finding_has_its_row() -> None:
    (table,) = re.findall(r"^## Findings, by code\n(.*)", TEXT, re.MULTILINE | re.DOTALL)
    folders = ("clients", "server/public", "wire")
    code = "".join(file.read_text() for folder in folders for file in sorted((ROOT / folder).rglob("*.py")))
    known = set(re.findall(r'"([A-Z]+[A-Z0-9]*(?:_[A-Z0-9]+)+)"', code)) | {"NOT_UTF8"}
    listed = set(re.findall(r"`([A-Z0-9_]+)`", "\n".join(re.findall(r"^\| (.*?) \|", table, re.MULTILINE))))
    assert listed == known - {"ENFORCE_RECOMMENDATIONS"}, "which is no finding, but asks for some"


QUOTED: Final = re.findall(r'"([^"]{12,})"', "\n".join(re.findall(r"^### (.*)", TEXT, re.MULTILINE)))
OF_OTHERS: Final = {"Request Header Or Cookie Too Large"}
"""What nginx says."""


@pytest.mark.parametrize("words", sorted({*QUOTED} - OF_OTHERS))
def test_what_a_heading_quotes_is_what_the_program_says(words: str) -> None:
    """Word by word but for names of the reader's own, which stand in the source as a place to fill."""
    code = "".join(file.read_text() for folder in ("clients", "core", "server", "wire") for file in (ROOT / folder).rglob("*.py"))
    said = re.sub(r"GTM-\w+|/metrics|500| of Google's tag gateway| open$", "@", words)
    assert all(piece.strip(" ,") in code for piece in re.split("@|, but ", said)), said


def test_every_status_by_which_something_is_refused_leads_somewhere() -> None:
    (row,) = re.findall(r"^\| (.*) \| \[Refused, by status\]", TEXT, re.MULTILINE)
    assert {str(advice.status) for advice in ADVICE.values() if advice.status} <= set(re.findall(r"\d+", row))


def test_the_questions_are_answered_with_the_figures_of_the_code() -> None:
    faq = text_of(ROOT / "docs" / "faq.md")
    assert f"({OutboxSettings().max_size >> 30} GiB)" in faq
    (least,) = re.findall(r'requires-python = ">=([\d.]+)"', (ROOT / "pyproject.toml").read_text())
    assert f"**Which Python?** {least} or newer" in faq
