"""What becomes of a request between the socket and the clients: one way for live requests and for those that are explained."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from core.container import UNCLAIMED, Container, Run
from core.types import Declined, Reply, Request, Upstream
from core.unclaimed import PATH
from server.public.debug_link import DebugLinks
from server.public.prefix import below, cuts, misplaced, readings
from server.public.probes import probe_of

HEAD: Final = "head"
"""The kind of a probe that asks by HEAD for what a client answers to GET."""

_NOT_PASSED_ON: Final = Reply(204, (("cache-control", "no-store"),))

_ENCODED_SLASH: Final = b"%2f"

OUTSIDE: Final = "outside_prefix"
"""The code of a request whose path is not below where the server is mounted."""

DEEPER: Final = "path_prefix"
"""The code of one that a client would know if the server were mounted deeper, or somewhere at all."""


@dataclass(frozen=True, slots=True)
class Reception:
    """Where the server is mounted: at the root of its host, or below ``prefix``. ``links`` are those of the debug page."""

    prefix: str = ""
    links: DebugLinks | None = None

    def inside(self, path: str) -> str:
        """The path that clients are shown: without the prefix, or as it came where it does not have it."""
        found = below(self.prefix, path)
        return path if found is None else found

    def handle(self, container: Container, request: Request, path: str, raw: bytes = b"") -> tuple[Request, Run]:
        """The run, and the request that it is about, whose path may be another one than ``request`` has.

        ``path`` is the request's as it came, of which ``request`` has what is ``inside``; ``raw`` is the path before it was
        decoded: one with percent-encoded slashes is taken as it is. Nothing raises.
        """
        run = None if below(self.prefix, path) is None else container.handle(request)
        if run is not None and run.client is not None:
            return request, run
        return self._otherwise(container, request, path, run, literal=_ENCODED_SLASH in raw.lower())

    def _otherwise(
        self, container: Container, request: Request, path: str, first: Run | None, *, literal: bool
    ) -> tuple[Request, Run]:
        """What is not claimed as it came."""
        runs = [first] if first else []
        if first and request.method == "HEAD" and (headed := _headed(container, request)):
            return request, headed
        for reading in () if literal else readings(self.prefix, path):
            meant = replace(request, path=reading.path)
            if meant.method == "HEAD" and (headed := _headed(container, meant)):
                return meant, headed
            run = container.handle(meant)
            if run.client is not None:
                return meant, replace(run, findings=(reading.finding, *run.findings))
            runs.append(run)
        paths = (path, self.inside(path))
        probe = probe_of(request.method, paths, request.headers) or (self.links.probe(request, paths) if self.links else None)
        if probe is not None:
            return request, Run(None, probe.reply, probe=probe.kind)
        return request, self._unclaimed(container, request, path, runs, literal)

    def _unclaimed(self, container: Container, request: Request, path: str, runs: list[Run], literal: bool) -> Run:
        """The run whose clients tell the most, with what is to be said of the path."""
        run = next((each for each in runs if _tells(each)), runs[0] if runs else Run(None, UNCLAIMED))
        if literal and below(self.prefix, path) is not None:
            return run
        found = None if literal or _tells(run) else _meant_prefix(container, request, path)
        why = misplaced(self.prefix, path, found)
        if why is None:
            return run
        code = OUTSIDE if below(self.prefix, path) is None else DEEPER
        return replace(run, outside=Declined(why, code), declined=run.declined if _tells(run) else ())

    def as_it_came(self, request: Request, run: Run) -> str:
        """The path that a request had which was handled so, but for slashes too many and a prefix that was missing."""
        return request.path if run.outside and run.outside.code == OUTSIDE else f"{self.prefix}{request.path}"


def _tells(run: Run) -> bool:
    """Whether a client has more to say than that its path is another: it was asked for what it knows."""
    return any(declined.code != PATH for _, declined in run.declined)


def _meant_prefix(container: Container, request: Request, path: str) -> str | None:
    """The prefix without which a client would know the path."""
    for prefix, inside in cuts(path):
        run = container.handle(replace(request, path=inside))
        if run.client is not None or _tells(run):
            return prefix
    return None


def _headed(container: Container, request: Request) -> Run | None:
    """The answer to HEAD, where a client answers GET: the same, without events and cookies, and with nothing sent on."""
    run = container.handle(replace(request, method="GET"))
    if run.client is None:
        return None
    return Run(None, _without_effects(run.reply), probe=HEAD)


def _without_effects(reply: Reply | Upstream) -> Reply | Upstream:
    """A file is somebody's to look at; a request that would be passed on is a hit, and nobody has sent one."""
    if isinstance(reply, Upstream):
        return reply if reply.request is None else _NOT_PASSED_ON
    return replace(reply, headers=tuple(pair for pair in reply.headers if pair[0] != "set-cookie"))
