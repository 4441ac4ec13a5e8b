"""``tagyard try``: one event through one tag, for real, and what its vendor answers."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import click

from config.validate import leaves
from core.component import Tag
from core.context import Context
from core.secret import Secret
from core.types import Delivered, Outbound, OutboundRequest, Outcome, Payload, Rejected, Request, Response
from server.cli.explain import event_of
from server.cli.options import config_argument, env_file_option, failing, settings_or_exit
from server.delivery.credential import Credential
from server.explain.hit import HitError
from server.http import HttpSender, TransportError
from server.http.sender import Awaited
from server.inspection import Privacy
from server.loading.configuration import Configuration
from server.senders.files import Files, writer
from server.senders.sender import Sender
from server.system.clock import wall
from server.system.files import FileError, folder_of
from server.system.terminal import out, visible

SHOWN: Final = 1024
"""Characters of a request's body, and of an answer, that are printed."""


@dataclass(frozen=True, slots=True)
class _Tried:
    """A request that left, and what came of it."""

    request: Outbound
    answer: Response | None
    outcomes: Sequence[Outcome]


@click.command("try")
@click.argument("tag")
@config_argument
@click.option("--event", required=True, help="Event data: a JSON object, or a file that holds one.")
@click.option("--for-real", is_flag=True, help="Send it though the tag is not in its test mode: it counts.")
@env_file_option
def try_tag(tag: str, config: Path, event: str, for_real: bool, env_file: Path | None) -> None:
    """Send one event through TAG of CONFIG, and print what its vendor answers.

    Transformations work on it as always; triggers and consent are not asked. Where the tag has the setting `test` and it is
    on, it goes as its vendor has tests: most count nothing, Meta counts it all the same. Anything else needs --for-real. Nothing
    is stored, and nothing is tried again.

    \b
      tagyard try meta --event '{"event_name": "purchase", "value": 0, "currency": "EUR"}'
    """
    configuration = Configuration(config, env_file)
    with failing(FileError):
        loaded = configuration.load(serve=True)
    settings = settings_or_exit(loaded)
    if tag not in settings.tags:
        raise click.ClickException(f"there is no tag {tag}; there is {', '.join(settings.tags)}")
    own = settings.tags[tag].settings.model_dump()
    if not (own.get("test") or for_real):
        how = "set `test` in the file, or say --for-real" if "test" in own else "say --for-real if that is meant"
        raise click.ClickException(f"{tag} is not in a test mode, so its vendor would count this event: {how}")
    with failing(FileError, HitError):
        assembled = configuration.assemble(loaded, settings)
        data = event_of(event)
    plan = next(plan for plan in assembled.container.plans if plan.name == tag)
    request = Request("try", time.time_ns() // 1000, "POST", "/")
    client = assembled.container.clients[0][0]
    verdict = plan.fire("it is tried", Context(request, client, data, 0, assembled.container.shared), {})
    if verdict.payload is None:
        raise click.ClickException(f"{tag} sends nothing for this event: {verdict.why}")
    if given_up := plan.tag.expired(verdict.payload, request.received_at):
        raise click.ClickException(f"{tag} gives this event up before it is sent: {given_up}")
    inline = {leaf.reveal() for _, leaf in leaves(settings.tags[tag].settings) if isinstance(leaf, Secret)}
    privacy = Privacy([*loaded.secrets.values(), *inline], reveal=True)
    files = Files(folder_of(config), writer("try"), wall)
    tried = asyncio.run(_tried(files, plan.tag, verdict.payload, request.received_at))
    for each in tried:
        _print(each, privacy)
    if not all(isinstance(outcome, Delivered) for each in tried for outcome in each.outcomes):
        raise SystemExit(1)


async def _tried(files: Files, tag: Tag, payload: Payload, now: int) -> Sequence[_Tried]:
    sender = Sender(HttpSender(), files)
    sender.use({"": tag})
    try:
        return [await _sent(sender, tag, request) for request in tag.pack([payload], now)]
    finally:
        await sender.close()


async def _sent(sender: Sender, tag: Tag, request: Outbound) -> _Tried:
    awaited = Awaited(asyncio.get_running_loop().create_future())
    try:
        answer = await awaited.end(sender.send(request, awaited))
    except TransportError as error:
        return _Tried(request, None, [error.outcome])
    outcomes = tag.judge(request, answer)
    return _Tried(request, answer, outcomes if isinstance(outcomes, Sequence) else [outcomes])


def _print(tried: _Tried, privacy: Privacy) -> None:
    request = tried.request
    if isinstance(request, OutboundRequest):
        out.print(privacy.text(f"{request.method} {request.url}"), markup=False, soft_wrap=True)
        _print_text(request.body, privacy)
    else:
        out.print(f"a line for {request.target}: {visible(privacy.text(request.text))}", markup=False, soft_wrap=True)
    if tried.answer is not None:
        out.print(f"HTTP {tried.answer.status}", markup=False)
        _print_text(tried.answer.body, privacy)
    for outcome in tried.outcomes:
        out.print(privacy.text(_said(outcome, tried.answer)), markup=False, soft_wrap=True)


def _print_text(body: bytes, privacy: Privacy) -> None:
    text = visible(privacy.text(body[: 4 * SHOWN].decode("utf-8", "replace").strip()))
    if text:
        out.print(f"  {text[:SHOWN]}{' …' if len(text) > SHOWN else ''}", markup=False, soft_wrap=True)


def _said(outcome: Outcome, answer: Response | None) -> str:
    if isinstance(outcome, Delivered):
        return "delivered"
    if isinstance(outcome, Rejected):
        return f"refused: {outcome.why}"
    credential = Credential()
    credential.answered(answer.status if answer is not None else 0)
    credential.judged(outcome)
    if credential.refused:
        return f"the destination {credential.refused}; the event would be tried again"
    return f"it would be tried again: {outcome.why}"
