"""Does what is asked about a draft. Nothing is sent, nothing is stored."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from config import Loaded, Settings
from server.drafts.answers import MOST, Answer, Job, counted, failed, found, nothing, short
from server.drafts.compared import compared
from server.drafts.draft import Draft, draft_of
from server.drafts.tested import tested
from server.loading.extras import missing_extras
from server.loading.folders import unwritable
from server.system.files import FileError

_COUNTED: Final = ("clients", "tags", "transformations", "triggers", "variables", "tests")


def answered(job: Job) -> Answer:
    """What is found of the draft; an error in words where it cannot be looked at."""
    draft = draft_of(job["base"], job["texts"])
    try:
        loaded = draft.load_masked()
        missing = tuple(missing_extras(loaded))
        answer = _checked(job, draft, replace(loaded, problems=(*loaded.problems, *missing)))
        if loaded.settings is not None and not missing:
            _more(answer, job, draft, loaded, loaded.settings)
    except FileError as error:
        return failed(job["do"], str(error))
    return answer


def _checked(job: Job, draft: Draft, loaded: Loaded) -> Answer:
    answer, settings = nothing(job["do"]), loaded.settings
    answer["problems"] = [found(each) for each in loaded.problems[:MOST]]
    answer["untold"] = max(0, len(loaded.problems) - MOST)
    answer["secrets"] = sorted(set(loaded.secrets) - set(job["base"]["secrets"]))[:MOST]
    if settings is not None:
        answer["contents"] = _contents(settings)
        answer["notes"] = [short(str(each)) for each in (*unwritable(draft.path, settings), *loaded.notes)][:MOST]
    return answer


def _contents(settings: Settings) -> str:
    sizes = {name: len(getattr(settings, name)) for name in _COUNTED}
    return ", ".join(counted(size, name) for name, size in sizes.items() if size)


def _more(answer: Answer, job: Job, draft: Draft, loaded: Loaded, settings: Settings) -> None:
    """What is asked of a draft without mistakes beyond that."""
    if job["do"] == "test":
        tested(answer, draft, loaded, settings)
    elif job["do"] == "diff":
        compared(answer, job, draft, loaded, settings)
