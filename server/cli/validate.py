"""``tagyard validate``: what is wrong with payloads of the Measurement Protocol, without a server and without a network."""

from __future__ import annotations

import json
import time
from codecs import BOM_UTF8
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import click

from core.types import Finding
from server.cli.options import failing, quantity
from server.explain.hit import HitError
from server.explain.readers import recorded
from server.system.terminal import out, visible
from wire.measurement_protocol import validator

_FILE: Final = click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=str)
_LINES: Final = (".jsonl", ".ndjson")
_SOME_ID: Final = "G-XXXXXXXXXX"


@dataclass(frozen=True, slots=True)
class _Payload:
    """A payload and where it stands; ``query`` is None where only the body is known."""

    file: str
    line: int
    body: bytes
    query: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class _Printed:
    """A finding and the payload it is about."""

    payload: _Payload
    finding: Finding


@click.command()
@click.argument("files", nargs=-1, required=True, type=_FILE, metavar="FILE...")
@click.option("--measurement-id", help="The measurement_id the payloads are sent with; by default some id of a web stream.")
@click.option("--firebase-app-id", help="The firebase_app_id they are sent with: the stream is an app's.")
@click.option("--api-secret", default="***", help="The api_secret they are sent with; whether it is right is not checked.")
@click.option("--enforce", is_flag=True, help="Check as with validation_behavior ENFORCE_RECOMMENDATIONS, too.")
@click.option("--json", "as_json", is_flag=True, help="A JSON array of what was found.")
def validate(
    files: Sequence[str],
    measurement_id: str | None,
    firebase_app_id: str | None,
    api_secret: str,
    enforce: bool,
    as_json: bool,
) -> None:
    """Find what is wrong with Measurement Protocol payloads, offline.

    A FILE is one payload as JSON; one that ends in .jsonl or .ndjson has one a line, or one recorded request with url and
    body. - reads one payload from standard input. Exit code 1 where anything is found.

    \b
      tagyard validate order.json
      tagyard validate --enforce --firebase-app-id 1:234:ios:abc123 events.jsonl
    """
    with failing(HitError):
        payloads = [payload for file in files for payload in _payloads(file)]
    query = _query(measurement_id, firebase_app_id, api_secret)
    told = list(_findings(payloads, query, "ENFORCE_RECOMMENDATIONS" if enforce else None))
    if as_json:
        click.echo(json.dumps([_as_json(each) for each in told], indent=2, ensure_ascii=False))
    else:
        _tell(told, len(payloads))
    raise SystemExit(1 if told else 0)


def _query(measurement_id: str | None, firebase_app_id: str | None, api_secret: str) -> Mapping[str, str]:
    if measurement_id is None and firebase_app_id is None:
        measurement_id = _SOME_ID
    given = {"measurement_id": measurement_id, "firebase_app_id": firebase_app_id, "api_secret": api_secret}
    return {name: value for name, value in given.items() if value is not None}


def _payloads(file: str) -> Iterator[_Payload]:
    name, data = ("standard input" if file == "-" else file), _read(file)
    if not file.endswith(_LINES):
        yield _Payload(name, 1, data)
        return
    for number, line in enumerate(data.split(b"\n"), 1):
        if line.strip():
            yield _of_line(name, number, line)


def _read(file: str) -> bytes:
    try:
        with click.open_file(file, "rb") as opened:
            data: bytes = opened.read()
            return data.removeprefix(BOM_UTF8)
    except OSError as error:
        raise HitError(f"{file}: cannot be read: {error.strerror}") from None


def _of_line(file: str, number: int, line: bytes) -> _Payload:
    """A line with a url is a recorded request; a payload has no such field. Raises HitError for a url that is none."""
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        return _Payload(file, number, line)
    if not isinstance(value, dict) or "url" not in value:
        return _Payload(file, number, line)
    try:
        request = recorded(value).request("validate", 0, None)
    except HitError as error:
        raise HitError(f"{file}:{number}: {error}") from None
    return _Payload(file, number, request.body, request.query)


def _findings(payloads: Sequence[_Payload], query: Mapping[str, str], behavior: validator.Behavior | None) -> Iterator[_Printed]:
    now = time.time_ns() // 1000
    for payload in payloads:
        for finding in validator.validate(query if payload.query is None else payload.query, payload.body, now, behavior):
            yield _Printed(payload, finding)


def _as_json(told: _Printed) -> Mapping[str, Any]:
    finding = told.finding
    return {
        "file": told.payload.file,
        "line": told.payload.line,
        "fieldPath": finding.field_path,
        "description": finding.description,
        "validationCode": finding.code,
    }


def _tell(told: Sequence[_Printed], payloads: int) -> None:
    for each in told:
        finding = each.finding
        place = f"{each.payload.file}:{each.payload.line}"
        parts = (place, finding.field_path, finding.code, finding.description)
        out.print(visible(": ".join(part for part in parts if part)), markup=False)
    found = quantity(len(told), "finding") if told else "nothing wrong"
    out.print(f"{quantity(payloads, 'payload')}: {found}", markup=False)
