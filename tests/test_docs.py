"""The reference page and the tables of metrics say what the code does."""

from __future__ import annotations

import pytest

from docs import metric_tables, refusal_table
from docs.render import PAGE, render


def test_the_reference_is_what_the_components_say() -> None:
    assert PAGE.read_text(encoding="utf-8") == render(), "run `make docs`"


def test_the_tables_of_metrics_are_what_is_declared() -> None:
    page = metric_tables.PAGE.read_text(encoding="utf-8")
    assert page == metric_tables.render(page), "run `make docs`"


def test_a_section_of_metrics_without_its_table_is_told() -> None:
    page = metric_tables.PAGE.read_text(encoding="utf-8")
    with pytest.raises(ValueError, match="no table below the heading 'Outbox'"):
        metric_tables.render(page.replace("## Outbox\n", "## Outboxes\n"))


def test_the_table_of_refused_requests_says_what_the_debug_page_says() -> None:
    page = refusal_table.PAGE.read_text(encoding="utf-8")
    assert page == refusal_table.render(page), "run `make docs`"
    with pytest.raises(ValueError, match="has no table"):
        refusal_table.render("# Troubleshooting\n")
