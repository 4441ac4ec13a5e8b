"""Why nobody claims a request: one reason for each client, in words and as a code to count by."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, TypeAlias

from core.container import Run
from core.types import Declined

PATH: Final = "path"
"""The code of a client whose paths are others: it says the least, since it holds for most clients of most requests."""

FAILED: Final = "failed"
"""The code of a client that raised."""

Reason: TypeAlias = tuple[str, Declined]
"""Who says so, and why. Nobody's name is empty: then it is about the server as a whole."""


def reasons(run: Run) -> Sequence[Reason]:
    """What speaks against each client, in the order in which they are asked, and first what speaks against them all.

    A plugin that passes without a word has none, and neither has a request that was claimed or is a probe.
    """
    if run.client is not None or run.probe:
        return ()
    outside = [("", run.outside)] if run.outside else []
    failed = [(each.name, Declined(f"failed: {each.error}", FAILED)) for each in run.failures]
    return (*outside, *failed, *run.declined)


def in_words(reasons: Sequence[Reason]) -> str:
    """``web: the path is not /g/collect; backend: it is a GET: payloads come by POST``. Empty where nobody gives a reason."""
    return "; ".join(f"{name}: {each.why}" if name else each.why for name, each in reasons)


def nearest(reasons: Sequence[Reason]) -> Sequence[Reason]:
    """Those that tell more than that a client has another path, if there are any; else all of them."""
    return [each for each in reasons if each[1].code != PATH] or reasons


def goes_elsewhere(run: Run) -> bool:
    """Whether all that speaks against it is its path, as with a page and its pictures."""
    told = reasons(run)
    return bool(run.probe or told) and all(each.code == PATH for _, each in told)
