"""``tagyard healthy``: the health check of a container, without curl and without knowing the port."""

from __future__ import annotations

import http.client
from pathlib import Path

import click

from server.cli.options import data_option, env_file_option, failing, known_config, load_or_exit, outbox_folder
from server.control.sockets import NobodyThere, ask_now, sockets_in
from server.loading.configuration import Configuration

PATIENCE = 4.0
"""Seconds that the answer may take."""

_LOCAL = {"0.0.0.0": "127.0.0.1", "::": "::1"}
"""Where a server that listens on every address is asked."""


class NotHealthy(Exception):
    """The server does not accept; the text says why."""


@click.command()
@known_config
@data_option
@env_file_option
def healthy(config: Path, data: Path | None, env_file: Path | None) -> None:
    """Ask the server on this machine whether it accepts; exit code 1 where it does not.

    The server is found by its outbox's folder and says itself where it listens, whatever CONFIG has become since its start.
    """
    if data is None:
        configuration = Configuration(config, env_file)
        data = outbox_folder(configuration, load_or_exit(configuration, serve=False))
    with failing(NotHealthy):
        click.echo(_health(*_address(data)))


def _address(folder: Path) -> tuple[str, int]:
    """Where the server of this folder listens. Raises NotHealthy."""
    for path in sockets_in(folder):
        try:
            host, port = ask_now(path, {"do": "health"})["at"]
        except NobodyThere:
            continue
        return _LOCAL.get(host, host), port
    raise NotHealthy(f"no running server uses the folder {folder}")


def _health(host: str, port: int) -> str:
    """What /healthy says, where that is good. Raises NotHealthy."""
    connection = http.client.HTTPConnection(host, port, timeout=PATIENCE)
    try:
        connection.request("GET", "/healthy")
        answer = connection.getresponse()
        said = answer.read(100).decode(errors="replace").strip()
    except (OSError, http.client.HTTPException) as error:
        raise NotHealthy(f"{host}:{port} does not answer: {error}") from None
    finally:
        connection.close()
    if answer.status != 200:
        raise NotHealthy(f"{host}:{port} answers {answer.status}: {said}")
    return said
