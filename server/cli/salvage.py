"""``tagyard outbox salvage``: what is left of a damaged file goes out after all."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import click

from server.cli.options import failing, quantity
from server.outbox import OutboxError, Salvaged
from server.outbox import salvage as bring_back
from server.system.terminal import out


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--json", "as_json", is_flag=True, help="The answer as JSON.")
def salvage(file: Path, as_json: bool) -> None:
    """Bring back what can be read of a damaged file.

    FILE was set aside by a start of Tagyard, which names it in its log and on /ready: outbox-0.db.damaged-1 in the folder of the
    outbox. Its rows get an outbox file of their own, which a running Tagyard takes up within half a minute, and otherwise the
    next start. FILE is kept, as FILE.salvaged. Some of the rows may have been delivered before, and are delivered again.
    """
    with failing(OutboxError):
        found = bring_back(file)
    if as_json:
        click.echo(json.dumps(_as_json(found), indent=2))
    else:
        for line in _told(found):
            out.print(line)


def _as_json(found: Salvaged) -> dict[str, object]:
    return {
        "file": found.file.name if found.file else None,
        "rows": found.rows,
        "unreadable_rows": found.unreadable_rows,
        "unreadable_pages": found.unreadable_pages,
        "stale_pages": found.stale,
        "doubtful_rows": found.doubtful,
        "kept_as": found.aside.name,
    }


def _told(found: Salvaged) -> Iterator[str]:
    if found.keys:
        yield "It holds no events, only which keys `deduplicate` has seen; what its senders repeat is delivered again."
    elif found.file is None:
        yield "No row came back."
    else:
        yield f"{quantity(found.rows, 'row')} came back, into {found.file.name}."
        yield "A running Tagyard takes them up within half a minute, otherwise the next start does."
    if found.unreadable_rows:
        yield f"{quantity(found.unreadable_rows, 'row')} could not be read."
    if found.unreadable_pages:
        yield f"{quantity(found.unreadable_pages, 'page')} could not be read; how many rows stood there is not known."
    if found.stale:
        yield f"Of {quantity(found.stale, 'page')} the latest version could not be read: rows may be missing, or go out twice."
    if found.rows:
        yield "What was on its way, or had just been delivered, may be delivered a second time."
    yield f"The damaged file is kept as {found.aside.name}; remove it when nobody needs it any more."
