"""``tagyard healthy``: the health check of a container, without curl and without knowing the port."""

from __future__ import annotations

from pathlib import Path

import click

from server.cli.options import data_option, env_file_option, failing, known_config, named_folder
from server.control.health import NotHealthy, health


@click.command()
@known_config
@data_option
@env_file_option
def healthy(config: Path, data: Path | None, env_file: Path | None) -> None:
    """Ask the server on this machine whether it accepts; exit code 1 where it does not.

    The server is found by its outbox's folder and says itself where it listens, whatever CONFIG has become since its start.
    """
    folder = data or named_folder(config, env_file)
    with failing(NotHealthy):
        click.echo(health(folder))
