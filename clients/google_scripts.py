"""Serves Google's tag scripts from the site's own host: gtag.js, containers of Tag Manager, and what they load in turn."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Annotated, ClassVar, Final, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from core.component import Client, ClientExample, ClientSettings, Doubt, Setup, Shape, WholeFile
from core.fields import Many
from core.settings import Steps
from core.types import Claim, Declined, Finding, Request, Upstream
from wire.ga4.streams import EXAMPLE_ID, of_clients
from wire.google_paths import TELEMETRY, GooglePath, encoded, google_path, named_ids, origin_of, passed_on
from wire.replies import PREFLIGHT, hit_reply, other_method, redirect, refusal
from wire.scripts.paths import BOOTSTRAP_PATH, DEBUG_PATHS, FRAME_PATH, SCRIPT_PATHS, TELEMETRY_PATHS, WORKER_FILE, is_of_worker
from wire.scripts.queries import ScriptQuery, read_query

_KINDS: Final[Mapping[str, str]] = {**dict.fromkeys(SCRIPT_PATHS, "script"), FRAME_PATH: "frame"}
_ASKED_FOR: Final = frozenset({*_KINDS, *DEBUG_PATHS, *TELEMETRY_PATHS})
_ORIGIN: Final = re.compile(r"https?://([a-z0-9_.-]+|\[[0-9a-f:.]+\])(:[0-9]{1,5})?", re.ASCII)
_OWN_PATH: Final = re.compile(r"(/[A-Za-z0-9_~-][A-Za-z0-9_.~-]*)+", re.ASCII)
_HOST: Final = re.compile(r"(\*\.)?[a-z0-9-]+(\.[a-z0-9-]+)*(:[0-9]{1,5})?", re.ASCII)
_READING: Final = ("GET", "HEAD")
_ID: Final = Shape(
    r"(?!AW-|GTM-|UA-)[A-Z]{1,4}-[A-Z0-9_-]+|GTM-[A-Z0-9]+|AW-[0-9]+|UA-[0-9]+-[0-9]+",
    f"the id of a container or a Google tag, such as GTM-ABC123, {EXAMPLE_ID} or AW-123456789",
)
"""Besides G, GT and DC, which Google lists, scripts know of MC, HA and others: any capital letters may stand before the dash."""

_SERVES_NOTHING: Final = Doubt(("ids",), "serves no script: no `ga4` client names a measurement id; list yours under `ids`")
_OTHER_PATH: Final = Declined("the path is none of a script", "path")
_COME_BY: Final = "scripts are asked for by GET or HEAD"
_REPORTS_COME_BY: Final = "reports of scripts come by GET, HEAD or POST"
_HITS_COME_BY: Final = "hits of Google's tags come by GET or POST"
_NO_REPORT: Final = Declined("the query has no id, so that it is no script's report", "no_id")
_PREFLIGHT: Final = Claim((), PREFLIGHT)
_REPORT: Final = Finding("", "a script's report about itself: answered, and passed on to nobody", "SCRIPT_TELEMETRY")
_NO_WORKER: Final = Claim((), refusal("no service worker is served here", 404))


def _origin(value: str) -> str:
    if not _ORIGIN.fullmatch(value):
        raise ValueError("must be an origin in lower case without a path, such as https://www.googletagmanager.com")
    return value


def _own_path(value: str) -> str:
    if not _OWN_PATH.fullmatch(value):
        raise ValueError("must be a path of letters, digits, _, ., ~ and -, such as /assets/metrics.js")
    if value in _ASKED_FOR or is_of_worker(value):
        raise ValueError("is served anyway; choose a path of your own")
    return value


def _host(value: str) -> str:
    if not _HOST.fullmatch(value):
        raise ValueError("must be a host name in lower case, such as data.example.com or *.example.com")
    return value


Id = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,64}$")]


class GoogleScriptsSettings(ClientSettings):
    """Serves gtag.js, containers of Tag Manager, their frames and gtag's service worker, from this server's own host."""

    ids: Many[Id] = Field([], description="The ids whose scripts are served; empty: the measurement ids of the `ga4` clients.")
    paths: dict[Id, Annotated[str, AfterValidator(_own_path)]] = Field(
        {}, description="By id, a path of one's own at which its script is served too; the query needs no id there."
    )
    service_worker: bool = Field(True, description="Serves the frame and the script of gtag's service worker; else they are 404.")
    hosts: Many[Annotated[str, AfterValidator(_host)]] = Field(
        [],
        description="Host names that are written into scripts, so that they load their follow-ups from here. Empty: those of "
        "the sites of `public_host`, `allowed_origins` and the cookies' `domain`, or any where none of them is set.",
    )
    google_paths: Literal["refuse", "forward"] = Field(
        "refuse",
        description="What becomes of hits that Google's tags send for Ads, for the tag gateway and about themselves. `forward`: "
        "those of listed ids go to Google as they came, with the visitor's address, past every tag and transformation.",
    )
    upstream: Annotated[str, AfterValidator(_origin)] = Field(
        "https://www.googletagmanager.com", description="Where the files come from: an origin."
    )
    google_origin: Annotated[str, AfterValidator(_origin)] | None = Field(
        None, description="An origin that takes what is forwarded in the place of Google's hosts, for trials."
    )

    shapes: ClassVar[Mapping[str, Shape]] = {"ids": _ID, "paths": _ID}

    @model_validator(mode="after")
    def _no_path_twice(self) -> GoogleScriptsSettings:
        if len(set(self.paths.values())) < len(self.paths):
            raise ValueError("each id needs a path of its own")
        return self

    def overshadows(self, other: Self) -> bool:
        """Scripts of every id are answered by whoever is asked first, by a redirect where he doesn't list it. What is left
        is a path of one's own, and what is forwarded for other ids.
        """
        forwards = self.google_paths == "forward" and other.listed() <= self.listed()
        return set(other.paths.values()) <= set(self.paths.values()) and (forwards or other.google_paths == "refuse")

    def listed(self) -> set[str]:
        """Every id that is served."""
        return {*self.ids, *self.paths}

    def written_paths(self) -> Mapping[Steps, str]:
        return {("paths", id): path for id, path in self.paths.items()}

    def script_hosts(self) -> Sequence[str]:
        return self.hosts

    def written_origins(self) -> Sequence[str]:
        return [self.upstream, *([self.google_origin] if self.google_origin else [])]

    def page_sources(self, own: str) -> Mapping[str, Sequence[str]]:
        return {"script-src": (own, self.upstream)}

    def derived(self, file: WholeFile) -> Self:
        return self if self.ids else self.model_copy(update={"ids": of_clients(file)})

    def doubts(self, file: WholeFile) -> Sequence[Doubt]:
        del file
        return [] if self.ids or self.paths else [_SERVES_NOTHING]


class GoogleScripts(Client):
    """Serves Google's tag scripts from the site's own host.

    It answers ``/gtm.js``, ``/gtag/js``, ``/gtag/destination`` and ``/ns.html`` for the listed ids, and the two files of
    gtag's service worker. Of the query upstream gets what its scripts depend on, with the others left out. Other ids, and
    what Tag Assistant asks for, are sent on to Google by a redirect. Reports of the scripts about themselves are answered and
    forgotten; paths of Google's tag gateway and of Ads tags are refused by name, unless ``google_paths`` forwards them.
    """

    Settings: ClassVar[type[ClientSettings]] = GoogleScriptsSettings

    examples: ClassVar[Sequence[ClientExample]] = (
        ClientExample(
            title="gtag.js of one's own stream",
            settings={"ids": "G-ABC1234567"},
            request=Request("r1", 1_764_340_311_502_000, "GET", "/gtag/js", "id=G-ABC1234567&l=dataLayer"),
            events=(),
            reply=Upstream("script", "G-ABC1234567", "https://www.googletagmanager.com/gtag/js?id=G-ABC1234567&l=dataLayer"),
        ),
        ClientExample(
            title="A container under a path of one's own",
            settings={"ids": "GTM-ABC123", "paths": {"GTM-ABC123": "/assets/metrics.js"}},
            request=Request("r2", 1_764_340_311_502_000, "GET", "/assets/metrics.js"),
            events=(),
            reply=Upstream("script", "GTM-ABC123", "https://www.googletagmanager.com/gtm.js?id=GTM-ABC123"),
        ),
        ClientExample(
            title="An id that is not on the list",
            settings={"ids": "G-ABC1234567"},
            request=Request("r3", 1_764_340_311_502_000, "GET", "/gtag/js", "id=AW-987654321&cx=c"),
            events=(),
            reply=redirect("https://www.googletagmanager.com/gtag/js?id=AW-987654321&cx=c"),
        ),
        ClientExample(
            title="What a script asks for when Tag Assistant is connected",
            settings={"ids": "G-ABC1234567"},
            request=Request("r4", 1_764_340_311_502_000, "GET", "/debug/bootstrap", "id=G-ABC1234567&src=GTAG&cond=2"),
            events=(),
            reply=redirect("https://www.googletagmanager.com/debug/bootstrap?id=G-ABC1234567&src=GTAG&cond=2"),
        ),
    )

    def __init__(self, settings: GoogleScriptsSettings, setup: Setup) -> None:  # noqa: ARG002  its name makes no difference
        self._listed = list(dict.fromkeys([*settings.ids, *settings.paths]))
        self._ids = frozenset(self._listed)
        self._own = {path: id for id, path in settings.paths.items()}
        self._upstream = settings.upstream
        self._worker = settings.service_worker
        self._forwards = settings.google_paths == "forward"
        self._stand_in = settings.google_origin

    def claim(self, request: Request) -> Claim | Declined:
        """The upstream file of a script, a frame or a worker; a redirect to upstream, or a refusal with its reason."""
        path = request.path
        if path in _ASKED_FOR or path in self._own:
            return self._asked_for(request)
        if is_of_worker(path):
            return self._reading(request) or self._worker_file(request)
        known = google_path(path)
        return self._googles(request, known) if known else _OTHER_PATH

    @staticmethod
    def _reading(request: Request) -> Claim | Declined | None:
        """What is answered to a request that does not ask for a file."""
        if request.method == "OPTIONS":
            return _PREFLIGHT
        return None if request.method in _READING else other_method(request.method, _COME_BY)

    def _asked_for(self, request: Request) -> Claim | Declined:
        query = read_query(request.query_string)
        if request.path in TELEMETRY_PATHS or (query.is_telemetry and (query.id or not query.ids)):
            return self._report(request, query)
        return self._reading(request) or (self._debug if request.path in DEBUG_PATHS else self._script)(request, query)

    def _script(self, request: Request, query: ScriptQuery) -> Claim:
        own = self._own.get(request.path)
        if own is not None and query.ids not in ((), (own,)):
            return _refused(f"this path is for {own} alone")
        id = own or query.id
        if id is None:
            return _refused(_no_id(query))
        if id not in self._ids:
            return self._elsewhere(request, id)
        path = _script_path(id) if own else request.path
        return self._file(_KINDS[path], id, f"{path}?{query.asked_of(path, id)}", query.left_out(path))

    def _debug(self, request: Request, query: ScriptQuery) -> Claim:
        """Google's pages for debugging tell scripts by where they come from, so these are not served from here."""
        if request.path == BOOTSTRAP_PATH and query.id is None:
            return _refused(_no_id(query))
        if query.id is not None and query.id not in self._ids:
            return self._elsewhere(request, query.id)
        return Claim((), redirect(self._at_upstream(request)))

    def _elsewhere(self, request: Request, id: str) -> Claim:
        why = f"{id} is not among the ids that are served here; whoever asked was sent to {self._upstream}"
        return Claim((), redirect(self._at_upstream(request)), findings=(Finding("id", why, "SCRIPT_ID_NOT_LISTED", id),))

    def _at_upstream(self, request: Request) -> str:
        query = encoded(request.query_string)
        return f"{self._upstream}{request.path}{'?' if query else ''}{query}"

    def _worker_file(self, request: Request) -> Claim:
        """The files are the same for everybody: it is in the browser that they read their query."""
        found = WORKER_FILE.fullmatch(request.path)
        if not self._worker or found is None:
            return _NO_WORKER
        return self._file("worker", found[1], f"/static/service_worker/{found[1]}/{found[2]}", ())

    def _file(self, kind: str, id: str, target: str, left_out: Sequence[str]) -> Claim:
        findings = (Finding("query", _left_out(left_out), "SCRIPT_PARAMETER_LEFT_OUT"),) if left_out else ()
        return Claim((), Upstream(kind, id, f"{self._upstream}{target}"), findings=findings)

    def _report(self, request: Request, query: ScriptQuery) -> Claim | Declined:
        if request.path in TELEMETRY_PATHS and query.id is None:
            return _NO_REPORT
        if request.method == "OPTIONS":
            return _PREFLIGHT
        if request.method not in (*_READING, "POST"):
            return other_method(request.method, _REPORTS_COME_BY)
        if self._forwards and request.method != "HEAD" and query.id in self._ids and request.path not in self._own:
            return self._passed_on(request, TELEMETRY, self._upstream)
        return Claim((), hit_reply(request), findings=(_REPORT,))

    def _googles(self, request: Request, known: GooglePath) -> Claim | Declined:
        """Refused only where no other client wants it: a path says less than a sender's own form."""
        if request.method not in ("GET", "POST", "OPTIONS"):
            return other_method(request.method, _HITS_COME_BY)
        why = self._why_not(known, ids := named_ids(known, request))
        if request.method == "OPTIONS":
            return Declined(f"this is the preflight of {known.what}", "google_path", _PREFLIGHT)
        if why:
            finding = Finding("", why, "GOOGLE_PATH_REFUSED", known.name)
            return Declined(why, "google_path", Claim((), refusal(why), findings=(finding,)))
        return self._passed_on(request, known, origin_of(known, (ids or self._listed)[0]))

    def _why_not(self, known: GooglePath, ids: Sequence[str]) -> str:
        """Why such a request is not passed on; empty where it is. Where it names no id it is for whoever is listed."""
        if known.host is None:
            return f"this is {known.what}, and {known.why_not}"
        if not self._forwards:
            return f"this is {known.what}, which goes on to Google only with google_paths: forward"
        if not self._ids:
            return f"this is {known.what}, and no id is served here"
        foreign = next((id for id in ids if id not in self._ids), None)
        return f"this is {known.what} for {foreign[:64]}, which is not among the ids that are served here" if foreign else ""

    def _passed_on(self, request: Request, known: GooglePath, origin: str) -> Claim:
        outbound = passed_on(request, known, self._stand_in or origin)
        return Claim((), Upstream("passed_on", known.name, outbound.url, outbound))


def _refused(why: str) -> Claim:
    return Claim((), refusal(why), findings=(Finding("id", why, "SCRIPT_ID_INVALID"),))


def _no_id(query: ScriptQuery) -> str:
    return "exactly one id is needed" if len(query.ids) != 1 else "the id is none of Google's form"


def _left_out(names: Sequence[str]) -> str:
    shown = ", ".join(name[:40] for name in names[:10])
    return f"no script depends on these parameters, and upstream is not asked with them: {shown}"


def _script_path(id: str) -> str:
    return "/gtm.js" if id.startswith("GTM-") else "/gtag/js"
