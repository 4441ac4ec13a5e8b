"""Every component with its settings and examples."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from server.admin.pages.components import components
from server.admin.pages.front import Front


@dataclass(frozen=True, slots=True)
class ReferencePage:
    """The page of the components."""

    front: Front

    def routes(self) -> Sequence[Route]:
        """Of the page."""
        return [Route("/reference", self.reference)]

    async def reference(self, request: Request) -> Response:  # noqa: ARG002  a route's form
        """Every component with its settings and examples."""
        return await self.front.page("reference", "Reference", {"components": components()})
