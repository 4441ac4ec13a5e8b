"""``tagyard explain``: what would happen to a request, without sending anything."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from ipaddress import ip_address
from math import isfinite
from pathlib import Path
from typing import Any

import click

from core.types import Event, Headers, Request
from core.unclaimed import goes_elsewhere
from server.cli.evaluated import EVENT_ALONE, NOBODY, asked, print_value, tell
from server.cli.explained import explained, summary
from server.cli.options import DEFAULT_CONFIG, config_unless, env_file_option, existing, failing, read_text, settings_or_exit
from server.explain.curl import read_curl
from server.explain.explanation import Explainer, Explanation, as_json, explainer_of
from server.explain.hit import Hit, HitError, body_of, with_headers
from server.explain.readers import header, of_url, read_har, read_hits
from server.loading.configuration import Configuration
from server.system.files import FileError
from server.system.terminal import err, out

_FILE = click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=str)
_SOURCES = ("url", "hits", "har", "curl", "event")
_BEGINS_JSON = ("{", "[", '"')
_BELONGS = {"method": "url", "body": "url", "client": "event"}


@dataclass(frozen=True, slots=True)
class _Input:
    """What is to be explained, and what every request of it gets besides."""

    hits: Sequence[Hit]
    event: Event | None
    client: str | None
    headers: Headers
    ip: str | None
    visit: bool = False
    """Whether they are all requests of a browser, of which most are none of a client's."""


def _address(_: click.Context, __: click.Parameter, text: str | None) -> str | None:
    try:
        return text and str(ip_address(text))
    except ValueError:
        raise click.BadParameter(f"{text!r} is not an IP address") from None


@click.command()
@config_unless("expr")
@click.option("--expr", is_eager=True, help="Tell the value of this expression for each event, and nothing else.")
@click.option("--url", help="A request to this URL or path; the host does not matter.")
@click.option("--method", help="Its method; by default GET, or POST where there is a body.")
@click.option("--body", help="Its body; - reads it from standard input.")
@click.option("--hits", type=_FILE, help="A hits file: one JSON object, or one URL with an optional TAB and body, a line.")
@click.option("--har", type=_FILE, help="A HAR file, as browsers' developer tools save it.")
@click.option("--curl", type=_FILE, help="A file with curl commands as developer tools copy them (bash); - for standard input.")
@click.option("--event", help="Event data, as if a client had read it: a JSON object, or a file that holds one.")
@click.option("--client", help="With --event: the client it comes from; by default the first.")
@click.option("--header", "headers", multiple=True, metavar="'NAME: VALUE'", help="Set on every request; may be repeated.")
@click.option("--ip", callback=_address, help="The visitor's address.")
@click.option("--tag", help="Tell about this tag only.")
@click.option("--json", "as_lines", is_flag=True, help="One JSON object a line per request.")
@env_file_option
def explain(config: Path | None, env_file: Path | None, tag: str | None, as_lines: bool, expr: str | None, **given: Any) -> None:
    """Show what CONFIG would make of requests; nothing is sent.

    For each request: who claims it, its event data, which tags fire or why they do not, what transformations change,
    and what would leave. Secrets are shown as ***. Each request is judged by itself. Of a HAR file those whose path is
    no client's are only counted.

    \b
      tagyard explain --url '/g/collect?v=2&tid=G-ABC1234567&cid=1.2&en=page_view'
      tagyard explain --curl -          # then paste "Copy as cURL" and press Ctrl-D
      tagyard explain --event '{"event_name": "purchase", "value": 3}' --tag webhook
      tagyard explain --expr '(event.value * 1.19) | round(2)' --event purchase.json

    With --expr only the value of the expression is told, and what kind of value it is: of the event as it came, with --tag
    as that tag sees it. CONFIG is needed for var and env, and for requests.
    """
    _refuse_what_makes_no_sense(given, expr)
    with failing(HitError):
        wanted = _input(**given)
    explainer = None if config is None else _explainer(Configuration(config, env_file), tag)
    if expr is not None and explainer is not None:
        _evaluate(expr, explainer, wanted, as_lines)
    elif expr is not None:
        if wanted.hits or wanted.client or tag:
            existing(Path(DEFAULT_CONFIG))
        print_value(asked(expr, None).of(wanted.event or {}, NOBODY, _request(0, wanted)), as_lines)
    elif explainer is not None:
        _explain(explainer, wanted, as_lines)


def _explain(explainer: Explainer, wanted: _Input, as_lines: bool) -> None:
    claimed: Counter[str | None] = Counter()
    elsewhere = 0
    with failing(HitError):
        for url, explanation in _explanations(explainer, wanted):
            claimed[explanation.run.client] += 1
            if wanted.visit and not as_lines and goes_elsewhere(explanation.run):
                elsewhere += 1
            else:
                _print(url, explanation, explainer, as_lines)
    if not as_lines and (claimed.total() > 1 or elsewhere):
        untold = f"; {elsewhere} are not shown, as their paths are no client's" if elsewhere else ""
        err.print(f"{claimed.total()} requests: {summary(claimed)}{untold}", markup=False)


def _evaluate(expr: str, explainer: Explainer, wanted: _Input, as_lines: bool) -> None:
    made = asked(expr, explainer.assembled.container.shared)
    if not wanted.hits and wanted.event is None:
        wanted = replace(wanted, event={})
    with failing(HitError):
        for url, explanation in _explanations(explainer, wanted):
            tell(url, explanation, made, explainer, as_lines)


def _refuse_what_makes_no_sense(given: Mapping[str, Any], expr: str | None) -> None:
    if expr is None and all(given[name] is None for name in _SOURCES):
        raise click.UsageError("nothing to explain: give one of --url, --hits, --har, --curl and --event")
    for option, source in _BELONGS.items():
        if given[option] is not None and given[source] is None:
            raise click.UsageError(f"--{option} goes with --{source}")


def _print(url: str, explanation: Explanation, explainer: Explainer, as_lines: bool) -> None:
    if as_lines:
        click.echo(json.dumps(as_json(url, explanation, explainer), default=str))
    else:
        out.print(explained(url, explanation, explainer))
        out.print()


def _input(
    url: str | None,
    method: str | None,
    body: str | None,
    hits: str | None,
    har: str | None,
    curl: str | None,
    event: str | None,
    client: str | None,
    headers: Sequence[str],
    ip: str | None,
) -> _Input:
    found: list[Hit] = []
    if url is not None:
        found.append(of_url(url, method, body_of(read_text("-") if body == "-" else body or "")))
    for path, read in ((hits, read_hits), (har, read_har), (curl, read_curl)):
        if path is not None:
            found += read(read_text(path), "standard input" if path == "-" else path)
    return _Input(found, None if event is None else event_of(event), client, tuple(map(header, headers)), ip, har is not None)


def event_of(text: str) -> Event:
    """The object of an ``--event``, or of the file that it names. Raises HitError."""
    where = "--event"
    if not text.lstrip().startswith(_BEGINS_JSON):
        try:
            text, where = read_text(text), text
        except HitError as error:
            raise HitError(f"--event is no JSON object, and no file: {error}") from None
    try:
        event = json.loads(text, parse_float=_finite, parse_constant=_finite)
    except ValueError as error:
        raise HitError(f"{where} is not JSON: {error}") from None
    if not isinstance(event, dict):
        raise HitError(f"{where} must be a JSON object")
    return event


def _finite(text: str) -> float:
    """A number as clients take it: none of them takes one without an end, or NaN."""
    number = float(text)
    if not isfinite(number):
        raise ValueError(f"{text} is no number in JSON, or too large for one")
    return number


def _explainer(configuration: Configuration, tag: str | None) -> Explainer:
    with failing(FileError):
        loaded = configuration.load_masked()
    settings = settings_or_exit(loaded)
    if tag is not None and tag not in settings.tags:
        raise click.ClickException(f"there is no tag {tag}; there is {', '.join(settings.tags)}")
    with failing(FileError):
        return explainer_of(configuration, loaded, settings, now=time.time_ns() // 1000, tag=tag)


def _explanations(explainer: Explainer, wanted: _Input) -> Iterator[tuple[str, Explanation]]:
    for number, hit in enumerate(wanted.hits, 1):
        complete = Hit(hit.method, hit.url, with_headers(hit.headers, wanted.headers), hit.body)
        yield hit.url, explainer.request(complete.request(f"explain-{number}", explainer.now, wanted.ip), complete.raw_path)
    if wanted.event is not None:
        client = _client(explainer, wanted.client)
        yield "/", explainer.event(wanted.event, client, _request(explainer.now, wanted))


def _request(now: int, wanted: _Input) -> Request:
    """What event data alone is taken to have come by."""
    return Request(EVENT_ALONE, now, "POST", "/", headers=wanted.headers, ip=wanted.ip)


def _client(explainer: Explainer, name: str | None) -> str:
    names = [client for client, _ in explainer.assembled.container.clients]
    if name is None:
        return names[0]
    if name not in names:
        raise HitError(f"there is no client {name}; there is {', '.join(names)}")
    return name
