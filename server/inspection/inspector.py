"""What a worker answers about its requests and its configuration. Commands and answers are JSON.

* ``requests``       + ``after``, ``limit``, ``watch`` and ``unanswered`` (ids), ``filters``, ``before`` (a place), ``count``:
  lines for the live page. What has no reply yet is left out, and its ids are told as ``unanswered``: whoever gives them back
  hears of it once it has one. ``refused`` is how many no client was asked about since the start. What is asked to ``count``
  looks at all that is kept.
* ``request``        + ``id``, ``reveal``: everything about one, or an error; with a ``view`` what that shows of it
* ``find``           + ``id``, or ``parameters`` of its query: by which ``worker`` it is remembered and its ``id``, or an error
* ``neighbours``     + ``id``, ``at`` (microseconds), ``client_id``: the requests of this visitor right before and after that one
* ``again``          + ``id``: what would become of it by the configuration in force, beside what has, or an error
* ``try``            + ``method``, ``path``, ``raw_path`` (not decoded), ``query``, ``headers``, ``body``, ``ip``: the same for a
  request that never came
* ``try_event``      + ``event``, ``client``, ``ip``: the same for event data
* ``browsers``       those that are looked at alone, and where this server is reached
* ``mark``           + ``browser``, ``until`` (seconds): the signed text of a mark
* ``refused``        + ``reason``, ``before`` (microseconds), ``limit``: requests that no client was asked about, the latest first
* ``visitor``        + ``client_id``, ``before`` (microseconds, or 0): the latest events of this one
* ``visitors``       the visitors that are remembered
* ``configuration``  what is loaded, since when, and what is wrong with it
* ``section``        + ``section``, and ``key`` of an entry or ``after`` so many of them: what is in it, or an error
* ``lines``          + ``file``, ``first``: lines of a file from this one on, or an error
* ``base``           what a draft of another configuration starts from
* ``recorded``       requests as they came, for such a draft to be compared with
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import structlog

from core.container import Run
from core.trace import trace_event
from core.types import Reply, Request
from server.inspection.again import again
from server.inspection.base import base_of
from server.inspection.browsers import Browsers
from server.inspection.configured import Reloads, configured, lines
from server.inspection.detail import detail
from server.inspection.files import Files
from server.inspection.finding import found
from server.inspection.listing import Listing
from server.inspection.look import Look
from server.inspection.neighbours import neighbours
from server.inspection.present import Shown
from server.inspection.recorded import ALL, recorded
from server.inspection.sections import Sections
from server.inspection.tabs import viewed
from server.inspection.view import View
from server.inspection.visitors import Visitors
from server.loading.serving import Serving
from server.observe import Record, Recorder
from server.public.reception import Reception
from server.visitors.asker import forwarded
from server.visitors.marks import Mark

log = structlog.get_logger("tagyard")

_GONE = {"error": "this request is no longer remembered, or never was"}


class Inspector:
    """Of one worker. ``serving`` gives the configuration in force; ``clock`` microseconds; ``turned_away`` counts."""

    def __init__(
        self,
        worker: int,
        recorder: Callable[[], Recorder],
        serving: Callable[[], Serving],
        clock: Callable[[], int],
        turned_away: Callable[[], Mapping[str, int]] = dict,
        refused: Callable[[Mapping[str, Any]], Shown] = dict,
    ) -> None:
        self._worker = worker
        self._recorder = recorder
        self._serving = serving
        self._clock = clock
        self._turned_away = turned_away
        self._listing = Listing(worker)
        self.reloads = Reloads()
        self._files = Files()
        self._commands: Mapping[str, Callable[[Mapping[str, Any]], Shown]] = {
            "requests": self._requests,
            "request": self._request,
            "find": self._find,
            "neighbours": self._neighbours,
            "again": self._again,
            "try": self._try,
            "try_event": self._try_event,
            "browsers": lambda _: {**Browsers(self._recorder(), self._serving()).seen()},
            "mark": self._mark,
            "refused": refused,
            "visitor": lambda told: {**self._visitors().one(str(told["client_id"]), int(told.get("before") or 0))},
            "visitors": lambda _: {"visitors": self._visitors().all()},
            "configuration": lambda _: configured(self._serving(), self._recorder(), self.reloads, self._files),
            "section": self._section,
            "lines": self._lines,
            "base": lambda _: {**base_of(self._serving(), self._files)},
            "recorded": self._recorded,
        }

    def knows(self, command: Mapping[str, Any]) -> bool:
        """Whether the command is one of these."""
        return command.get("do") in self._commands

    def answer(self, command: Mapping[str, Any]) -> Shown:
        """The answer to a command that it knows."""
        return self._commands[command["do"]](command)

    def _requests(self, command: Mapping[str, Any]) -> Shown:
        recorder = self._recorder()
        recorder.look(self._clock())
        told = self._listing.listed(recorder, command)
        about = {"limit": recorder.limit, "geo_built": self._serving().geo_built}
        return {**told, "refused": sum(self._turned_away().values()), **about}

    def _request(self, command: Mapping[str, Any]) -> Shown:
        record = self._recorder().find(str(command.get("id")))
        if record is None:
            return _GONE
        reveal = command.get("reveal") is True
        if reveal:
            log.warning("personal data of a request was shown to an operator", request=record.request.id)
        return _told(Look(record, self._worker, reveal), command)

    def _find(self, command: Mapping[str, Any]) -> Shown:
        record = found(self._recorder(), command)
        return _GONE if record is None else {"worker": self._worker, "id": record.request.id}

    def _neighbours(self, command: Mapping[str, Any]) -> Shown:
        asked = str(command["client_id"]), int(command["at"]), str(command["id"])
        return dict(neighbours(self._recorder(), self._worker, *asked))

    def _again(self, command: Mapping[str, Any]) -> Shown:
        record = self._recorder().find(str(command.get("id")))
        return _GONE if record is None else again(record, self._serving(), self._worker)

    def _section(self, command: Mapping[str, Any]) -> Shown:
        sections, section, key = Sections(self._serving()), str(command.get("section")), command.get("key")
        try:
            if key is not None:
                return {**sections.entry(section, str(key))}
            return {**sections.section(section, int(command.get("after") or 0))}
        except KeyError:
            return {"error": "there is no such part of the configuration"}

    def _lines(self, command: Mapping[str, Any]) -> Shown:
        first = max(1, int(command.get("first") or 1))
        try:
            return {"lines": lines(self._serving(), self._files, str(command.get("file")), first)}
        except KeyError:
            return {"error": "there is no such file"}

    def _recorded(self, command: Mapping[str, Any]) -> Shown:
        rest = command.get("from")
        if rest is None:
            log.warning("recorded requests are run through a draft by an operator")
        return {**recorded(self._recorder(), self._worker, rest or ALL)}

    def _try(self, command: Mapping[str, Any]) -> Shown:
        serving = self._serving()
        headers = tuple((str(name).lower(), str(value)) for name, value in command["headers"])
        reception, path, ip = Reception(serving.settings.server.path_prefix), command["path"], command.get("ip") or None
        asker = forwarded(command["method"], headers, ip, serving.visitors)
        request = Request(
            id="tried",
            received_at=self._clock(),
            method=command["method"],
            path=reception.inside(path),
            query_string=command["query"],
            headers=asker.headers,
            body=command["body"].encode("utf-8", "surrogateescape"),
            ip=ip,
            geo=asker.visitor.geo,
        )
        raw = command.get("raw_path", "").encode("utf-8", "replace")
        return self._tried(*reception.handle(serving.assembled.container, request, path, raw), serving, command)

    def _try_event(self, command: Mapping[str, Any]) -> Shown:
        serving = self._serving()
        request = Request("tried", self._clock(), "POST", "/", ip=command.get("ip") or None)
        run = trace_event(serving.assembled.container, command["event"], command["client"], request).run
        return self._tried(request, run, serving, command)

    def _visitors(self) -> Visitors:
        return Visitors(self._recorder(), self._worker)

    def _mark(self, command: Mapping[str, Any]) -> Shown:
        mark = Mark(str(command["browser"]), int(command["until"]))
        return {"mark": self._serving().marks.signed(mark)}

    def _tried(self, request: Request, run: Run, serving: Serving, command: Mapping[str, Any]) -> Shown:
        record = Record(0, request, run, replace(serving, dry_run=True))
        record.status = run.reply.status if isinstance(run.reply, Reply) else 200
        return _told(Look(record, self._worker, tried=True, given="event" in command), command)


def _told(look: Look, command: Mapping[str, Any]) -> Shown:
    view = command.get("view")
    return viewed(look, View.of(view)) if isinstance(view, Mapping) else detail(look)
