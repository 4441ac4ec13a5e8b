from __future__ import annotations

import pytest

from core.types import Rejected, Retry
from server import http
from server.http import InvalidRequest, TransportError

ERRORS = [each for each in vars(http).values() if isinstance(each, type) and issubclass(each, TransportError)]


@pytest.mark.parametrize("error", ERRORS)
def test_every_error_is_a_reason_to_try_again_but_a_request_that_cannot_be_written(error: type[TransportError]) -> None:
    raised = error("in words")
    assert str(raised) == raised.why == "in words"
    assert raised.outcome == (Rejected("in words") if error is InvalidRequest else Retry("in words"))
