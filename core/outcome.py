"""What became of rows that were sent: what a tag reads in a vendor's answer."""

from __future__ import annotations

from typing import TypeAlias

from core.frozen import frozen


@frozen
class Delivered:
    """The destination took it: the row is removed."""


@frozen
class Retry:
    """Not now. ``after``: the seconds that were asked for; ``credential``: ours is refused, and somebody must act.

    ``lasting``: somebody must act, too, for another reason.

    ``blameless``: nothing is wrong with the row nor the destination, which has refused it for another row of its request. Where
    that one is rejected beside it, it goes again at once.
    """

    why: str
    after: float = 0.0
    credential: bool = False
    lasting: bool = False
    blameless: bool = False


@frozen
class Rejected:
    """Never: the destination read it and said no.

    Of several rows it is looked for the one to blame; ``of_all``: it is about no single row, or none may be sent again, so all
    are given up.
    """

    why: str
    of_all: bool = False


Outcome: TypeAlias = Delivered | Retry | Rejected
