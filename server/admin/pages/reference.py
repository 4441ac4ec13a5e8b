"""Every component: the list of them, and a page for each with its settings and examples."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, TypedDict

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from server.admin.pages.components import Described, components
from server.admin.pages.front import Front
from server.admin.pages.prose import prose

_WHAT: Final = {
    "client": "recognise requests and make events of them",
    "transformation": "change what tags may see",
    "tag": "send events on",
}
"""What the components of a kind do."""


class Kind(TypedDict):
    """The components of a kind, and the keys that all of them have."""

    kind: str
    what: str
    shared: list[str]
    components: list[Described]


@dataclass(frozen=True, slots=True)
class ReferencePage:
    """The pages of the components."""

    front: Front

    def routes(self) -> Sequence[Route]:
        """Of the list and of one."""
        return [Route("/reference", self.reference), Route("/reference/{kind}/{type}", self.component)]

    async def reference(self, request: Request) -> Response:  # noqa: ARG002  a route's form
        """All of them, each in a line."""
        data = {"kinds": [_kind(kind, what) for kind, what in _WHAT.items()]}
        return await self.front.page("reference", "Reference", data)

    async def component(self, request: Request) -> Response:
        """One with its settings, and with examples that its tests run."""
        kind, type = request.path_params["kind"], request.path_params["type"]
        found = next((each for each in components() if (each["kind"], each["type"]) == (kind, type)), None)
        if found is None:
            return await self.front.problem(request, 404, "There is no such component.")
        summary, *more = prose(found["summary"])
        others = [each["type"] for each in _of(kind)]
        data = {"component": found, "others": others, "summary": summary, "more": more}
        return await self.front.page("reference", f"{type}, {kind}", data, template="component.html")


def _kind(kind: str, what: str) -> Kind:
    all = _of(kind)
    common = set.intersection(*({key["name"] for key in each["settings"]} for each in all))
    shared = [key["name"] for key in all[0]["settings"] if key["name"] in common]
    return {"kind": kind, "what": what, "shared": shared, "components": all}


def _of(kind: str) -> list[Described]:
    return [each for each in components() if each["kind"] == kind]
