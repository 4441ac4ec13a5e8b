"""What became of a request for one of Google's scripts, in words: which file, what was answered, and whose page asked."""

from __future__ import annotations

from typing import Final, TypedDict
from urllib.parse import urlsplit

from core.types import Reply, Request, Upstream
from server.observe import Record
from wire.scripts.queries import ID, id_of

_SCRIPTS: Final = "google_scripts"
NOT_LISTED: Final = "SCRIPT_ID_NOT_LISTED"
_SAYS_ALL: Final = frozenset({"SCRIPT_ID_INVALID", "GOOGLE_PATH_REFUSED", "SCRIPT_TELEMETRY"})
_KINDS: Final = {"script": "script", "frame": "frame", "worker": "service worker"}


def is_script(record: Record) -> bool:
    """Whether somebody asked for a script of Google's, which tells of no event."""
    run = record.run
    client = record.serving.settings.clients.get(run.client or "")
    return isinstance(run.reply, Upstream) or (client is not None and client.type == _SCRIPTS)


class ScriptAnswer(TypedDict):
    """``what`` was asked for, with its id where it has one; ``page`` is the origin of the page, where it says so."""

    what: str
    answer: str
    page: str


def script_answer(record: Record) -> ScriptAnswer:
    """Of a request that a client of scripts has claimed."""
    reply = record.run.reply
    answer = _of_file(reply, record) if isinstance(reply, Upstream) else _of_reply(reply, record)
    return {"what": _what(record), "answer": answer, "page": _page(record.request)}


def in_words(told: ScriptAnswer) -> list[str]:
    """``script G-ABC1234567: held for 12 s`` and ``for https://shop.example``."""
    said = f"{told['what']}: {told['answer']}" if told["what"] else told["answer"]
    return [said, f"for {told['page']}"] if told["page"] else [said]


def _what(record: Record) -> str:
    reply = record.run.reply
    if isinstance(reply, Upstream):
        return f"{_KINDS.get(reply.kind, 'hit')} {reply.id}"
    subject = next((each.subject for each in record.run.findings if each.subject), "")
    named = subject or record.request.query.get("id", "")
    return named if ID.fullmatch(named) else ""


def _of_file(upstream: Upstream, record: Record) -> str:
    status, age = record.status, record.file_age
    if upstream.request is not None:
        return f"passed on to Google ({status})"
    if status in (200, 304) and age is not None:
        held = f"held for {_time(age)}" if age else "fetched just now"
        return f"{held}, and the browser has it already" if status == 304 else held
    if status == 200:
        return "fetched for a preview, and kept nowhere"
    if status == 302:
        return "redirected to Google, of which too much was being fetched"
    if status == 404:
        return f"Google has no published version of {id_of(upstream.url) or upstream.id}"
    return f"could not be had from Google ({status})"


def _of_reply(reply: Reply, record: Record) -> str:
    for finding in record.run.findings:
        if finding.code == NOT_LISTED:
            return "not listed: redirected to Google"
        if finding.code in _SAYS_ALL:
            return finding.description
    return "redirected to Google" if reply.status == 302 else f"answered with {reply.status}"


def _page(request: Request) -> str:
    """By its Origin, or by its address; a script's request has only that, and browsers leave all but the origin of it out."""
    named = request.header("origin") or request.header("referer") or ""
    try:
        found = urlsplit(named)
    except ValueError:
        return ""
    return f"{found.scheme}://{found.netloc.rpartition('@')[2]}"[:200] if found.scheme and found.netloc else ""


def _time(seconds: int) -> str:
    minutes = seconds // 60
    return f"{seconds} s" if seconds < 120 else f"{minutes} min" if minutes < 120 else f"{minutes // 60} h"
