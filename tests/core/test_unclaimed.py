"""Why nobody claims a request, in words and as codes."""

from __future__ import annotations

import pytest

from core.container import UNCLAIMED, Run
from core.failure import Failure
from core.types import Declined
from core.unclaimed import in_words, nearest, reasons

OTHER = ("web", Declined("the path is not /g/collect", "path"))
STRANGER = ("web", Declined("measurement id G-OTHER is not among G-ABC1234567", "measurement_id"))
BACKEND = ("backend", Declined("the path is not /mp/collect", "path"))


def test_each_client_has_its_reason_and_the_server_comes_first() -> None:
    run = Run(
        None,
        UNCLAIMED,
        failures=(Failure("client", "odd", "ValueError"),),
        declined=(OTHER, BACKEND),
        outside=Declined("not below /m", "p"),
    )
    assert in_words(reasons(run)) == (
        "not below /m; odd: failed: ValueError; web: the path is not /g/collect; backend: the path is not /mp/collect"
    )
    assert [each.code for _, each in reasons(run)] == ["p", "failed", "path", "path"]


@pytest.mark.parametrize(
    "run", [Run("web", UNCLAIMED, declined=(OTHER,)), Run(None, UNCLAIMED, probe="root"), Run(None, UNCLAIMED)]
)
def test_what_is_claimed_or_a_probe_has_none(run: Run) -> None:
    assert (reasons(run), in_words(reasons(run))) == ((), "")


def test_the_nearest_are_those_that_tell_more_than_of_another_path() -> None:
    assert nearest([STRANGER, BACKEND]) == [STRANGER]
    assert nearest([OTHER, BACKEND]) == [OTHER, BACKEND]
