"""Who runs which code block of the documentation. A block that no line here fits fails a test."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fnmatch import fnmatch
from typing import Final

from tests.documentation import Block, all_blocks


@dataclass(frozen=True)
class Runner:
    """A test, as ``file::function`` below ``tests``, and the blocks that it runs: of a language, on pages, with such a text."""

    language: str
    test: str
    page: str = "*"
    holds: str = ""

    def fits(self, block: Block) -> bool:
        """Whether the block is one of these."""
        return self.language == block.language and fnmatch(block.where, self.page) and bool(re.search(self.holds, block.text))


@dataclass(frozen=True)
class NotRun(Runner):
    """Blocks that no test can run. ``test`` is the reason."""


SHELL: Final = "test_shell_blocks.py::test_every_program_is_tried_by_a_test"
EVENT_DATA: Final = "test_event_data.py::test_a_request_becomes_the_events_that_are_shown"
EXPRESSIONS: Final = "test_expressions_page.py::test_an_example_gives_what_the_page_says"
TESTING: Final = "docs/testing.md"
VENDORS: Final = "docs/vendors/*"
KUBERNETES: Final = "docs/kubernetes.md"
JETSTREAM: Final = "docs/jetstream.md"
COMPONENTS: Final = "docs/components.md"
SNIPPETS: Final = "tagyard/test_example.py::test_a_snippet_is_a_piece_of_the_package"

RUNNERS: Final = (
    Runner("python", SNIPPETS, COMPONENTS),
    Runner("toml", SNIPPETS, COMPONENTS),
    Runner("yaml", "tagyard/test_example.py::test_the_configuration_of_the_page_loads", COMPONENTS),
    Runner("text", "tagyard/test_contract.py::test_a_fault_is_told_as_the_page_shows", COMPONENTS),
    Runner("dockerfile", "tagyard/test_example.py::test_an_image_brings_it_as_it_is_installed_here", COMPONENTS),
    Runner("sh", SHELL),
    Runner("console", "test_documentation.py::test_its_commands_print_what_it_shows"),
    Runner("yaml", "test_documentation.py::test_what_it_adds_to_compose_fits_it", holds=r"^services:"),
    Runner(
        "yaml", "docker/test_kubernetes.py::test_the_folder_that_the_page_shows_is_built_on_base", KUBERNETES, "kubernetes/base"
    ),
    Runner("yaml", "docker/test_kubernetes.py::test_the_folder_that_the_page_shows_is_built_on_base", KUBERNETES, "^replicas:"),
    Runner(
        "yaml",
        "docker/test_kubernetes.py::test_the_ingress_that_the_page_shows_leads_to_the_visitors_port",
        KUBERNETES,
        "Ingress",
    ),
    Runner(
        "yaml",
        "docker/test_kubernetes_jetstream.py::test_the_folder_that_the_page_shows_is_built_on_the_overlay",
        KUBERNETES,
        "overlays/jetstream",
    ),
    Runner(
        "yaml",
        "docker/test_kubernetes_jetstream.py::test_the_servers_that_the_page_has_made_are_those_that_the_file_names",
        KUBERNETES,
        r"jetstream:\n",
    ),
    Runner("yaml", "test_snippets.py::test_probes_of_kubernetes_ask_for_what_there_is", holds="^livenessProbe:"),
    Runner("yaml", "test_snippets.py::test_prometheus_is_told_where_the_metrics_are", holds="^scrape_configs:"),
    Runner("yaml", "test_from_sgtm.py::test_the_file_is_the_one_that_is_written", "docs/from-sgtm.md", "meta_purchase"),
    Runner("yaml", "test_testing_page.py::test_a_workflow_checks_tests_and_compares", TESTING, "pip install"),
    Runner("yaml", "test_vendors.py::test_the_yaml_of_a_page_loads_without_a_word", VENDORS),
    Runner("yaml", "test_documentation.py::test_its_configurations_load_without_a_word"),
    Runner("text", "test_served_commands.py::test_the_start_and_a_hit_are_told_as_the_page_shows", "docs/index.md"),
    Runner("text", "test_from_sgtm.py::test_the_report_is_the_one_that_is_printed", "docs/from-sgtm.md", r"^\$ tagyard import"),
    Runner("text", "test_snippets.py::test_files_of_events_are_named_as_the_page_says", "docs/vendors/file.md"),
    Runner("text", "test_jetstream.py::test_its_file_of_a_server_is_one", JETSTREAM, "^server_name:"),
    Runner(
        "text",
        "server/outbox/test_streams_permissions.py::test_a_user_who_may_do_what_the_page_lists_needs_nothing_else_and_nothing_less",
        JETSTREAM,
        "permissions",
    ),
    Runner("text", "test_security_page.py::test_what_is_said_of_the_debug_page_is_so", "docs/security.md", "default-src"),
    Runner("text", "test_testing_page.py::test_it_tells_what_a_change_breaks_and_what_it_changes", TESTING),
    Runner("text", EXPRESSIONS, "docs/expressions.md"),
    Runner("json", EXPRESSIONS, "docs/expressions.md"),
    Runner("http", EXPRESSIONS, "docs/expressions.md"),
    Runner("http", EVENT_DATA, "docs/event-data.md"),
    Runner("json", EVENT_DATA, "docs/event-data.md"),
    Runner("nginx", "docker/test_proxies.py::test_what_the_pages_quote_is_in_the_recipes"),
    Runner("caddy", "docker/test_proxies.py::test_what_the_pages_quote_is_in_the_recipes"),
    Runner(
        "dockerfile",
        "test_scaling.py::test_an_image_that_begins_as_root_gives_the_disk_to_the_images_user_and_goes_on_as_him",
        holds="ENTRYPOINT",
    ),
    Runner("dockerfile", "test_snippets.py::test_an_image_of_ones_own_has_its_file_where_it_is_looked_for"),
    Runner("html", "test_page_snippets.py::test_it_runs_in_a_browser_and_tells_gtag"),
    NotRun("text", "a picture of the way of a hit", holds="^browser ─+▶"),
    Runner("sql", "test_snippets.py::test_of_lines_that_are_there_twice_one_is_read", "docs/vendors/file.md"),
    NotRun("php", "a filter of WordPress with Site Kit, neither of which a test installs", "docs/websites.md"),
    NotRun("sql", "a statement for BigQuery, which nobody can run on a machine of his own", "docs/vendors/bigquery.md"),
)
"""In this order: of a block's runners the first one counts."""


def runner_of(block: Block) -> Runner | None:
    """Who runs it; None where nobody does."""
    return next((runner for runner in RUNNERS if runner.fits(block)), None)


def run_by(function: str) -> list[Block]:
    """The blocks that a test of this name is to run."""
    return [block for block in all_blocks() if (runner := runner_of(block)) and runner.test.endswith(f"::{function}")]
