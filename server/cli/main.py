"""The ``tagyard`` command itself; each subcommand has a module of its own."""

from __future__ import annotations

import click

from core.product import EDITION
from server.cli.check import check
from server.cli.csp import csp
from server.cli.diff import diff
from server.cli.explain import explain
from server.cli.healthy import healthy
from server.cli.importing import import_
from server.cli.init import init
from server.cli.outbox import outbox
from server.cli.reload import reload
from server.cli.schema import schema
from server.cli.scripts import scripts
from server.cli.serve import serve
from server.cli.show import show
from server.cli.test import test
from server.cli.trying import try_tag
from server.cli.validate import validate
from server.system.logs import log_beside_answers


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(EDITION, prog_name="tagyard", message="%(prog)s %(version)s")
def main() -> None:
    """A server-side tagging container that you run yourself."""
    log_beside_answers()


for command in (
    init,
    import_,
    serve,
    healthy,
    check,
    show,
    explain,
    try_tag,
    test,
    diff,
    validate,
    csp,
    reload,
    outbox,
    scripts,
    schema,
):
    main.add_command(command)
