"""What is told of a component that raised."""

from __future__ import annotations

import pytest

from core.failure import Failure


@pytest.mark.parametrize(
    ("failure", "words"),
    [
        (Failure("tag", "ga4", "KeyError"), "the tag failed: KeyError"),
        (Failure("transformation", "redact", "KeyError"), "transformation redact failed: KeyError"),
        (Failure("client", "web: failed: x", "ValueError"), "client web: failed: x failed: ValueError"),
    ],
)
def test_a_failure_in_words(failure: Failure, words: str) -> None:
    assert failure.words == words
