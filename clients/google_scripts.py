"""Serves Google's tag scripts from the site's own host: gtag.js, containers of Tag Manager, and what they load in turn."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, ClassVar, Final
from urllib.parse import quote, unquote

from pydantic import AfterValidator, Field, model_validator

from core.component import Client, ClientExample, ClientSettings, Setup
from core.fields import Many
from core.query import plain_ampersands
from core.types import Claim, Declined, Reply, Request, Upstream
from wire.replies import PREFLIGHT, refusal
from wire.scripts import FRAME_PATH, SCRIPT_PATHS

_KINDS: Final[Mapping[str, str]] = {**dict.fromkeys(SCRIPT_PATHS, "script"), FRAME_PATH: "frame"}
_WORKER_FOLDER: Final = "/_/service_worker/"
_WORKER_FILE: Final = re.compile(r"/_/service_worker/([A-Za-z0-9]{1,16})/(sw\.js|sw_iframe\.html)", re.ASCII)
_ORIGIN: Final = re.compile(r"https?://([a-z0-9_.-]+|\[[0-9a-f:.]+\])(:[0-9]{1,5})?", re.ASCII)
_OWN_PATH: Final = re.compile(r"(/[A-Za-z0-9_~-][A-Za-z0-9_.~-]*)+", re.ASCII)
_IN_QUERY: Final = "%&=+-._~!$'()*,:@/?"
"""What a query may hold as it is. Not ``;``, which some servers take for another ``&``."""

_OTHER_PATH: Final = Declined("the path is none of a script", "path")
_OTHER_METHOD: Final = Declined("scripts are asked for by GET or HEAD", "method")
_PREFLIGHT: Final = Claim((), PREFLIGHT)
_NOT_LISTED: Final = Claim((), refusal("no script of this id is served here"))
_TWO_IDS: Final = Claim((), refusal("exactly one id is needed"))
_NO_WORKER: Final = Claim((), Reply(404, (("content-type", "text/plain; charset=utf-8"),), b"no service worker is served here\n"))


def _origin(value: str) -> str:
    if not _ORIGIN.fullmatch(value):
        raise ValueError("must be an origin in lower case without a path, such as https://www.googletagmanager.com")
    return value


def _own_path(value: str) -> str:
    if not _OWN_PATH.fullmatch(value):
        raise ValueError("must be a path of letters, digits, _, ., ~ and -, such as /assets/metrics.js")
    if value in _KINDS or value.startswith(_WORKER_FOLDER):
        raise ValueError("is served anyway; choose a path of your own")
    return value


Id = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,64}$")]


class GoogleScriptsSettings(ClientSettings):
    """Serves gtag.js, containers of Tag Manager, their frames and gtag's service worker, from this server's own host."""

    ids: Many[Id] = Field([], description="The ids whose scripts are served; empty: the measurement ids of the `ga4` clients.")
    paths: dict[Id, Annotated[str, AfterValidator(_own_path)]] = Field(
        {}, description="By id, a path of one's own at which its script is served too; the query needs no id there."
    )
    service_worker: bool = Field(True, description="Serves the frame and the script of gtag's service worker; else they are 404.")
    upstream: Annotated[str, AfterValidator(_origin)] = Field(
        "https://www.googletagmanager.com", description="Where the files come from: an origin."
    )

    @model_validator(mode="after")
    def _no_path_twice(self) -> GoogleScriptsSettings:
        if len(set(self.paths.values())) < len(self.paths):
            raise ValueError("each id needs a path of its own")
        return self


class GoogleScripts:
    """Serves Google's tag scripts from the site's own host.

    It answers ``/gtm.js``, ``/gtag/js``, ``/gtag/destination`` and ``/ns.html`` for the listed ids, with every parameter of
    the query passed on, and the two files of gtag's service worker. Any other id is answered with 400.
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
            request=Request("r3", 1_764_340_311_502_000, "GET", "/gtm.js", "id=GTM-OTHER1"),
            events=(),
            reply=refusal("no script of this id is served here"),
        ),
    )

    def __init__(self, settings: GoogleScriptsSettings, setup: Setup) -> None:  # noqa: ARG002  its name makes no difference
        self._ids = frozenset([*settings.ids, *settings.paths])
        self._own = {path: id for id, path in settings.paths.items()}
        self._upstream = settings.upstream
        self._worker = settings.service_worker

    def claim(self, request: Request) -> Claim | Declined:
        """The upstream file of a script, a frame or a worker; a refusal where the id is not on the list."""
        path = request.path
        if path not in _KINDS and path not in self._own and not path.startswith(_WORKER_FOLDER):
            return _OTHER_PATH
        if request.method == "OPTIONS":
            return _PREFLIGHT
        if request.method not in ("GET", "HEAD"):
            return _OTHER_METHOD
        return self._worker_file(request) if path.startswith(_WORKER_FOLDER) else self._script(request)

    def _script(self, request: Request) -> Claim:
        asked = plain_ampersands(request.query_string)
        ids = list(_ids(asked))
        own = self._own.get(request.path)
        if len(ids) != 1 and (ids or own is None):
            return _TWO_IDS
        id = ids[0] if ids else own or ""
        if id not in self._ids or own not in (None, id):
            return _NOT_LISTED
        query = asked if ids else "&".join(filter(None, (f"id={id}", asked)))
        path = _script_path(id) if own else request.path
        return self._claim(_KINDS[path], id, path, query)

    def _worker_file(self, request: Request) -> Claim:
        found = _WORKER_FILE.fullmatch(request.path)
        if not self._worker or found is None:
            return _NO_WORKER
        return self._claim("worker", found[1], f"/static/service_worker/{found[1]}/{found[2]}", request.query_string)

    def _claim(self, kind: str, id: str, path: str, query: str) -> Claim:
        asked = f"?{quote(query, safe=_IN_QUERY, encoding='latin-1', errors='replace')}" if query else ""
        return Claim((), Upstream(kind, id, f"{self._upstream}{path}{asked}"))


def _ids(query: str) -> Iterator[str]:
    """Every value of ``id``. Two would leave it to upstream which of them counts."""
    for piece in re.split("[&;]", query):
        name, _, value = piece.replace("+", " ").partition("=")
        if unquote(name).strip() == "id":
            yield unquote(value)


def _script_path(id: str) -> str:
    return "/gtm.js" if id.startswith("GTM-") else "/gtag/js"


_: type[Client] = GoogleScripts
