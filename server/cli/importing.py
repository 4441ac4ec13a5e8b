"""``tagyard import``: a server container of Google Tag Manager becomes a container.yaml and a report."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

import click

from server.cli.options import failing
from server.tag_manager.product import Imported, OwnFaultError, imported
from server.tag_manager.reading import LARGEST, ExportError, read
from server.tag_manager.report import as_json, as_text

_EXPORT: Final = click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=str)
_STANDARD: Final = "-"
_SECRETS: Final = ".env.example"
_THERE: Final = "{file} is already there and stays as it is"


@click.command("import")
@click.argument("export", type=_EXPORT, metavar="EXPORT.json")
@click.option("--output", type=click.Path(path_type=str), default="container.yaml", help="Where the YAML goes; - prints it.")
@click.option("--json", "as_object", is_flag=True, help="The report as JSON.")
@click.option("--strict", is_flag=True, help="Exit code 1 where anything was approximated or skipped.")
def import_(export: str, output: str, as_object: bool, strict: bool) -> None:
    """Turn the export of a Google Tag Manager server container into YAML.

    EXPORT.json comes from Tag Manager: Admin, Export Container; - reads standard input. The report has a line for each of
    its entities. Secrets are left out of the YAML, and .env.example beside it has their names. No file is overwritten.
    """
    if output != _STANDARD and Path(output).exists():
        raise click.ClickException(_THERE.format(file=output))
    with failing(OSError):
        made = _imported(export)
        _write(made, output)
    _tell(made, output, as_object)
    raise SystemExit(1 if strict and not made.report.complete else 0)


def _imported(export: str) -> Imported:
    name = "standard input" if export == _STANDARD else export
    with click.open_file(export, "rb") as opened:
        data: bytes = opened.read(LARGEST + 1)
    try:
        return imported(read(data))
    except (ExportError, OwnFaultError) as error:
        raise click.ClickException(f"{name} {error}") from None


def _write(made: Imported, output: str) -> None:
    if output == _STANDARD:
        click.echo(made.text, nl=False)
        return
    file = Path(output)
    if not _create(file, made.text):
        raise click.ClickException(_THERE.format(file=output))
    secrets = file.parent / _SECRETS
    if made.environment and not _create(secrets, made.environment):
        click.echo(f"{_THERE.format(file=secrets)}: the report has the names", err=True)


def _create(file: Path, text: str) -> bool:
    """Whether the file was written; one that is there is left alone."""
    try:
        with file.open("x", encoding="utf-8", newline="\n") as opened:
            opened.write(text)
    except FileExistsError:
        return False
    return True


def _tell(made: Imported, output: str, as_object: bool) -> None:
    """The report, beside the file where that goes to standard output."""
    for warning in made.report.export.warnings:
        click.echo(f"warning: {warning}", err=True)
    lines = [json.dumps(as_json(made.report), indent=2, ensure_ascii=False)] if as_object else as_text(made.report, output)
    for line in lines:
        click.echo(line, err=output == _STANDARD)
