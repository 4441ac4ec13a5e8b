"""How an outbox refuses.

* OutboxError                  the folder or the file cannot be used: said at the start, in words for the operator
  x OutboxTaken                another process has it open
  x OutboxFull                 not now: no room; the sender gets 503
    x KeyTaken                 another process that shares the outbox was first with a key: it is to be claimed anew
  x OutboxFailed               never again in this process: a flush failed, or the file is damaged
"""

from __future__ import annotations


class OutboxError(Exception):
    """The outbox cannot do what was asked; the text says why."""


class OutboxTaken(OutboxError):
    """Another process has the file open, and looks after it."""


class OutboxFull(OutboxError):
    """The disk or the outbox has no room for new rows; the old ones still drain."""


class KeyTaken(OutboxFull):
    """A key that was free is another process's by now, and nothing of the request was written."""


class OutboxFailed(OutboxError):
    """A write failed in a way after which the file's state is unknown. Nothing more is accepted or sent."""
