"""A copy of the configuration to write in: checked, tested and compared with what is in force, and saved nowhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypedDict, cast

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from core.secret import MASK
from server.admin.forms import TooLarge, body_of
from server.admin.pages.front import SILENT, Front
from server.drafts.answers import DOINGS, Answer, Asked, Doing
from server.drafts.processes import Drafts
from server.drafts.stream import MOST_FILES, texts_of
from server.inspection.base import Base
from server.inspection.recorded import Recorded


class Editing(TypedDict):
    """The file that is shown of how many, and what was found of the draft, if it was looked at."""

    path: str
    files: list[str]
    file: str
    text: str
    masked: bool
    answer: Answer | None


@dataclass(frozen=True, slots=True)
class EditorPage:
    """The page, and what it asks about what is written there."""

    front: Front
    drafts: Drafts

    def routes(self) -> Sequence[Route]:
        """Of both."""
        return [
            Route("/configuration/edit", self.edit),
            Route("/configuration/edit", self.look, methods=["POST"]),
            Route("/configuration/text", self.text),
        ]

    async def edit(self, request: Request) -> Response:
        """A file of the configuration in force, to be changed."""
        base = await self._base()
        if base is None:
            return await self.front.problem(request, 503, SILENT)
        await self.drafts.prepare()
        return await self._page(_editing(base, request.query_params.get("file", "")))

    async def text(self, request: Request) -> Response:
        """Another of its files."""
        base = await self._base()
        text = base["texts"].get(request.query_params.get("file", "")) if base else None
        return PlainTextResponse("there is no such file\n", 404) if text is None else PlainTextResponse(text)

    async def look(self, request: Request) -> Response:
        """What is found of a draft: alone (``bare``), or on the page again."""
        body, base = await body_of(request), await self._base()
        if base is None:
            return await self.front.problem(request, 503, SILENT)
        asked: Asked = {"do": _doing(request.query_params.get("do")), "base": base}
        answer = await self.drafts.answer(asked, body, await self._recorded() if asked["do"] == "diff" else ())
        if "bare" in request.query_params:
            return await self._page({**_editing(base, ""), "answer": answer}, template="_draft.html")
        try:
            texts = texts_of(body, asked)
        except ValueError:
            raise TooLarge(f"the form has more than {MOST_FILES} files") from None
        shown = next(iter(texts), "")
        return await self._page({**_editing({**base, "texts": {**base["texts"], **texts}}, shown), "answer": answer})

    async def _page(self, editing: Editing, template: str = "editor.html") -> Response:
        return await self.front.page("configuration", "Edit a copy", editing, template=template)

    async def _base(self) -> Base | None:
        answer = await self.front.workers.any({"do": "base"})
        return None if answer is None or "error" in answer else cast(Base, answer)

    async def _recorded(self) -> list[Recorded]:
        answers = await self.front.workers.each({"do": "recorded"})
        return [each for answer in answers for each in answer.get("recorded", ())]


def _doing(wanted: str | None) -> Doing:
    return next((each for each in DOINGS if each == wanted), "check")


def _editing(base: Base, file: str) -> Editing:
    """This file, or the first."""
    texts = base["texts"]
    shown = file if file in texts else next(iter(texts), "")
    masked = any(MASK in text for text in texts.values())
    return {
        "path": base["path"],
        "files": list(texts),
        "file": shown,
        "text": texts.get(shown, ""),
        "masked": masked,
        "answer": None,
    }
