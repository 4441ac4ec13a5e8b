"""``tagyard csp``: what a site's Content-Security-Policy must allow for this server."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import click

from config import Settings
from server.cli.options import config_argument, env_file_option, load_or_exit
from server.loading.configuration import Configuration
from server.system.terminal import err

_STAND_IN = "data.example.com"
_GOOGLE = "https://www.googletagmanager.com"
_HOST = re.compile(r"([A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?", re.ASCII)


def _host(_: click.Context, __: click.Parameter, host: str | None) -> str | None:
    if host is not None and not _HOST.fullmatch(host):
        raise click.BadParameter("must be a host as in https://HOST/, such as data.example.com")
    return host


@click.command()
@config_argument
@click.option("--host", metavar="HOST", callback=_host, help="The server's public host, with its port if that is not 443.")
@env_file_option
def csp(config: Path, host: str | None, env_file: Path | None) -> None:
    """Print the Content-Security-Policy that pages need which send to the server of CONFIG.

    Add each source to the directive of that name in the site's own policy; a directive that a policy lacks needs
    nothing where its default-src allows the same.
    """
    settings = load_or_exit(Configuration(config, env_file), serve=False)
    if host is None and not settings.server.path_prefix:
        host = settings.server.public_host
    source = _source(settings, host)
    if host is None and _STAND_IN in source:
        err.print(f"{_STAND_IN} stands for this server's public host: say which with --host", markup=False)
    for directive in _directives(settings, source):
        click.echo(directive)


def _source(settings: Settings, host: str | None) -> str:
    """Where pages reach the server. Mounted below a path it is on the site's own host, unless another is named."""
    prefix, listen = settings.server.path_prefix, settings.server.listen
    if host is None and listen.host == "localhost":
        return f"http://{listen}{_folder(prefix)}"
    if host is None and prefix:
        return "'self'"
    return f"https://{host or _STAND_IN}{_folder(prefix)}"


def _folder(prefix: str) -> str:
    """A path with a slash at its end stands for everything below it."""
    return f"{prefix}/" if prefix else ""


def _directives(settings: Settings, source: str) -> Iterator[str]:
    """Pages send to ``source``, and need what the clients say. Where none says of scripts, those come from Google."""
    needed: dict[str, dict[str, None]] = {"script-src": {}, **{name: {source: None} for name in _SENDING}}
    for client in settings.clients.values():
        for name, sources in client.settings.page_sources(source).items():
            needed.setdefault(name, {}).update(dict.fromkeys(sources))
    needed["script-src"] = needed["script-src"] or {_GOOGLE: None}
    for name, each in needed.items():
        yield f"{name} {' '.join(each)};"


_SENDING = ("img-src", "connect-src", "frame-src")
