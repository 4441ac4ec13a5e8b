"""``tagyard serve``: run it."""

from __future__ import annotations

import signal
import socket
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import FrameType
from typing import IO, NoReturn, cast

import click
import structlog

from config import Settings
from core.product import COMPILED, VERSION
from core.secret import MASK, PLACEHOLDER, Secret
from server.admin import OPEN, Access
from server.cli.options import config_argument, data_option, env_file_option, failing, load_or_exit, outbox_folder
from server.connections.listener import CannotListen, bind
from server.loading.configuration import Configuration
from server.loading.folders import make_folders
from server.loading.geo_database import database_of
from server.loading.watch import watch
from server.observe import TracingMissing, check_tracing
from server.outbox import OutboxError, check_installed, claim_folder, warn_of_folder
from server.process.cookie_secret import kept_secret, new_secret
from server.process.plan import Plan
from server.process.stopping import Ended
from server.process.supervisor import run_workers
from server.process.worker import run_worker
from server.system.checkout import revision
from server.system.descriptors import raise_limit
from server.system.files import FileError, digest, sources
from server.system.logs import configure_logs
from server.system.streams import shown_late, unblock_log, unblocked
from server.system.terminal import err, out

log = structlog.get_logger("tagyard")

_EVERY = ("0.0.0.0", "::")
_CANNOT_START = (CannotListen, OutboxError, FileError)


@click.command()
@config_argument
@click.option("--host", help="Listen on this address instead of the file's.")
@click.option("--port", type=click.IntRange(0, 65535), help="Listen on this port instead of the file's.")
@click.option("--admin-port", type=click.IntRange(0, 65535), help="The admin port, instead of the file's.")
@click.option("--workers", type=click.IntRange(1, 64), default=1, show_default=True, help="Processes; one per core at most.")
@data_option
@env_file_option
@click.option(
    "--wait-for-folder",
    "patience",
    type=click.FloatRange(0),
    metavar="SECONDS",
    default=30,
    show_default=True,
    help="How long to wait for another Tagyard to let go of the outbox's folder.",
)
@click.option("--watch", "watching", is_flag=True, help="Read CONFIG again whenever one of its files changes.")
@click.option("--dry-run", is_flag=True, help="Show a line for every request; send nothing, store nothing.")
@click.option("--verbose", is_flag=True, help="With --dry-run: show every request that would leave, too.")
def serve(
    config: Path,
    host: str | None,
    port: int | None,
    admin_port: int | None,
    workers: int,
    data: Path | None,
    env_file: Path | None,
    patience: float,
    watching: bool,
    dry_run: bool,
    verbose: bool,
) -> None:
    """Run the container that CONFIG describes.

    CONFIG is a file or a folder; by default $TAGYARD_CONFIG, then container.yaml. --data is by default $TAGYARD_DATA.

    SIGHUP reads CONFIG again, and with --watch so does every change of a file: of CONFIG, of the env file, or of a file
    that they name. A broken file is reported and the old configuration stays.

    SIGTERM and SIGINT stop after the requests in flight; what is not delivered by then stays in the outbox and goes out
    after the next start.

    Where another Tagyard still uses the outbox's folder, as one does that is being replaced, nothing listens until it is gone.
    """
    configuration = Configuration(config.absolute(), env_file)  # through links: a ConfigMap's lead elsewhere after a change
    settings = load_or_exit(configuration, serve=not dry_run)
    at = (host or settings.server.listen.host, settings.server.listen.port if port is None else port)
    admin_at = (settings.server.admin.host, settings.server.admin.port if admin_port is None else admin_port)
    _check(configuration, settings, dry_run, verbose)
    _prepare(configuration, settings, watching)
    wanted = data or outbox_folder(configuration, settings)
    with failing(*_CANNOT_START), _folder(wanted, patience, dry_run) as folder:
        plan = _plan(configuration, settings, folder, workers, dry_run)
        listening, admin = bind(*at), bind(*admin_at)
        plan = replace(plan, debug_page=_address(*admin.getsockname()[:2]), verbose=verbose)
        _greet(plan, listening.getsockname(), admin.getsockname())
        code = _run(plan, listening, admin)
    raise SystemExit(code)


def _run(plan: Plan, listening: socket.socket, admin: socket.socket) -> int:
    """Serves, and says in the log how that ended, also where it could not begin. The exit code."""
    ended = Ended(1, "it failed", 0.0)
    try:
        ended = run_worker(plan, listening, admin) if plan.workers == 1 else run_workers(plan, listening, admin)
    except _CANNOT_START as error:
        ended = Ended(1, str(error), 0.0)
        raise
    finally:
        log.info("stopped", **ended.told())
    return ended.code


def _check(configuration: Configuration, settings: Settings, dry_run: bool, verbose: bool) -> None:
    """Ends the command where something that the configuration names beside itself is missing, or options make no sense."""
    if verbose and not dry_run:
        raise click.UsageError("--verbose goes with --dry-run")
    with failing(FileError, TracingMissing, OutboxError):
        database_of(configuration.path, settings)
        check_tracing(settings.server.traces)
        check_installed(settings.outbox)
        if not dry_run:
            make_folders(configuration.path, settings)


def _prepare(configuration: Configuration, settings: Settings, watching: bool) -> None:
    """What the process is to be like before anything of it runs."""
    unblock_log()
    configure_logs(settings.server.log.format, settings.server.log.level)
    raise_limit()
    signal.signal(signal.SIGHUP, signal.SIG_IGN)  # until somebody can obey it
    if watching:
        watch(configuration)


def _plan(configuration: Configuration, settings: Settings, folder: Path, workers: int, dry_run: bool) -> Plan:
    return Plan(
        configuration,
        folder,
        own_secret=new_secret() if dry_run else kept_secret(folder),
        workers=1 if dry_run else workers,
        dry_run=dry_run,
        access=_access(settings.server.admin_token),
        server=settings.server,
        outbox=settings.outbox,
    )


def _access(token: Secret | None) -> Access:
    """A dry run may lack the token; what stands in its place is known to everybody, so it opens nothing."""
    if token is None:
        return OPEN
    return Access(new_secret() if token.reveal() in (MASK, PLACEHOLDER) else token.reveal())


@contextmanager
def _folder(folder: Path, patience: float, dry_run: bool) -> Iterator[Path]:
    """The data folder, taken for this process; for a dry run one that is gone afterwards."""
    if dry_run:
        if sys.stdout is sys.__stdout__:
            out.file = cast(IO[str], unblocked(1, shown_late))
        with tempfile.TemporaryDirectory(prefix="tagyard-") as temporary:
            yield Path(temporary)
    else:
        with _leaving_at_once():
            claim_folder(folder, patience)
        warn_of_folder(folder.resolve())
        yield folder.resolve()


@contextmanager
def _leaving_at_once() -> Iterator[None]:
    """SIGTERM and SIGINT end the process, with code 0. The first process of a container would not hear SIGTERM otherwise."""
    before = {number: signal.signal(number, _leave) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    except SystemExit:
        log.info("stopped before it served")
        raise
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _leave(_: int, __: FrameType | None) -> NoReturn:
    raise SystemExit(0)


def _greet(plan: Plan, at: tuple[str, int], admin: tuple[str, int]) -> None:
    kept = plan.outbox.url if plan.outbox.shared else str(plan.folder)
    outbox = "none: this is a dry run, nothing is sent or stored" if plan.dry_run else kept
    err.print(f"[bold]Tagyard[/] serves {plan.configuration.path}")
    err.print(f"  listening  {_url(*at[:2])}")
    err.print(f"  debug page {_url(*admin[:2])}{'  (asks for the admin token)' if plan.access.token else ''}")
    err.print(f"  outbox     {outbox}")
    log.info(
        "started",
        version=VERSION,
        commit=revision(),
        compiled=COMPILED,
        configuration=digest(sources(plan.configuration.path)),
        workers=plan.workers,
        listen=f"{at[0]}:{at[1]}",
        admin=f"{admin[0]}:{admin[1]}",
        outbox=outbox,
    )


def _url(host: str, port: int) -> str:
    return f"{_address(host, port)}{'  (on every address)' if host in _EVERY else ''}"


def _address(host: str, port: int) -> str:
    """Where it is reached from this machine."""
    if host in _EVERY:
        return f"http://localhost:{port}/"
    return f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"
