"""A request that is refused, with the reason, which is counted by its name."""

from __future__ import annotations

from core.types import Claim, Finding
from wire.replies import refusal


class RefusedError(Exception):
    """Nothing of the request is taken. ``status`` answers it, the text says why, and ``code`` is what it is counted by."""

    def __init__(self, status: int, code: str, why: str) -> None:
        super().__init__(why)
        self.status = status
        self.code = code

    @property
    def claim(self) -> Claim:
        """The claim of such a request."""
        return Claim((), refusal(str(self), self.status), findings=(Finding("", str(self), self.code),))
