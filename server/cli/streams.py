"""``tagyard outbox init``: makes the streams that a shared outbox needs."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Final

import click
from pydantic import ValidationError

from config import OutboxSettings
from core.fields import Size
from core.secret import PLACEHOLDER
from server.cli.options import CONFIG, env_file_option, existing, failing, load_or_exit, read_as
from server.loading.configuration import Configuration
from server.outbox import OutboxError, check_installed
from server.system.files import folder_of
from server.system.terminal import out

_FILES: Final = "an outbox in files needs no init: `tagyard serve` makes them"
_size = read_as(Size)


@click.command()
@click.argument("url", required=False)
@click.option(
    "--config",
    help="Where URL is left out: the file whose `outbox` says it, its secrets and its size.",
    **CONFIG,
)
@click.option("--replicas", type=click.IntRange(1, 5), default=3, show_default=True, help="Servers that hold each message.")
@click.option("--max-size", metavar="SIZE", callback=_size, help="Of the rows that wait: 16 GiB. Default: `outbox.max_size`.")
@env_file_option
def init(url: str | None, config: Path, replicas: int, max_size: int | None, env_file: Path | None) -> None:
    """Make the streams of a nats: outbox.

    URL is nats://HOST:PORT, with more servers behind commas and the stream's name behind a slash, for servers that let everybody
    in; without it the file says how they are opened. Streams that are there as they should be stay. Where one is otherwise, it is
    said how, nothing is changed, and the exit code is 1.
    """
    settings, beside = (_given(url), Path()) if url else _configured(config, env_file)
    with failing(OutboxError):
        check_installed(settings)
        asyncio.run(_declare(settings, beside, replicas, settings.max_size if max_size is None else max_size))


def _given(url: str) -> OutboxSettings:
    """Raises UsageError."""
    try:
        settings = OutboxSettings(url=url)
    except ValidationError as error:
        raise click.UsageError(f"URL {error.errors()[0]['msg'].removeprefix('Value error, ')}") from None
    if not settings.shared:
        raise click.UsageError(_FILES)
    return settings


def _configured(config: Path, env_file: Path | None) -> tuple[OutboxSettings, Path]:
    """What the file says, and where its relative paths start; of its secrets the password alone has to be there."""
    configuration = Configuration(existing(config), env_file)
    settings = load_or_exit(configuration, serve=False).outbox
    if not settings.shared:
        raise click.ClickException(f"{config}: {_FILES}")
    if settings.nats.password is not None and settings.nats.password.reveal() == PLACEHOLDER:
        raise click.ClickException(f"{config}: outbox.nats.password: the environment does not have this secret")
    return settings, folder_of(configuration.path)


async def _declare(settings: OutboxSettings, beside: Path, replicas: int, max_size: int) -> None:
    """Raises OutboxError."""
    from server.outbox.jetstream import Names, connect, declared, wanted

    link = await connect(settings, beside)
    try:
        async for stream in declared(link, wanted(Names(settings.stream), replicas=replicas, max_bytes=max_size)):
            out.print(f"{stream.name}: {'made' if stream.made else 'there, as it should be'}", markup=False)
    finally:
        await link.close()
