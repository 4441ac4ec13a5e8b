"""How many bytes of messages are asked for at once: rows may be large, and a connection bears only so much that waits."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from nats.aio.msg import Msg

BYTES_AT_ONCE: Final = 4 << 20
"""The servers give a connection up on which too much waits to be sent."""

IN_HAND: Final = 4 * BYTES_AT_ONCE
"""Bytes of rows of a tag and a destination that are on the wire, or ready, before no more of them are taken."""

_BESIDE: Final = 1024
"""Bytes of a message beside its data, at most: its subject, where the servers hear of it, and its headers."""


def portion(taken: int, largest: int) -> int:
    """Bytes to ask for where so many of IN_HAND are taken; 0 where a message with the ``largest`` data might find no room.

    Where nothing is taken it finds room, however large it is.
    """
    one = largest + _BESIDE
    asked = max(BYTES_AT_ONCE, 2 * one)
    room = max(IN_HAND, asked) - taken
    return asked if room >= asked else room if room >= one else 0


def may_be_cut(messages: Sequence[Msg], asked: int, largest: int) -> bool:
    """Whether there may be more than came of so many bytes that were asked for: one more might have found no room."""
    return size(messages) + largest + _BESIDE > asked


def size(messages: Sequence[Msg]) -> int:
    """Bytes that the servers may have counted of what came."""
    return sum(len(message.data) + _BESIDE for message in messages)
