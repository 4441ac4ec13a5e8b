"""The forms of which the worst requests are made, each in a size of one's choice."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeAlias

from tests.budget.serving import Sent

Shape: TypeAlias = Callable[[int], Sent]
"""A request of about so many bytes, or of as many as there may be of what it is made of."""

HIT: Final = "/g/collect?v=2&tid=G-ABC1234567&cid=1307714608.1760043792&sid=1764340309&gcs=G111"
LONGEST_URL: Final = 16_000
LONGEST_HEADER: Final = 30_000


def filled(begin: str, piece: str, size: int, end: str = "") -> str:
    """The piece as often as it fits between the two."""
    return begin + piece * max(1, (size - len(begin) - len(end)) // len(piece)) + end


def numbered(template: str, size: int, separator: str = "&") -> str:
    """The template as often as it fits, each time with another number in it."""
    return separator.join([template.format(at) for at in range(max(1, size // (len(template) + 4)))])


def post(begin: str, piece: str, end: str = "") -> Shape:
    """A hit whose body has the piece again and again."""
    return lambda size: Sent(HIT, filled(begin, piece, size, end).encode())


def value(piece: str) -> Shape:
    """One parameter that is nothing but this."""
    return post("en=purchase&ep.x=", piece)


def many(template: str, begin: str = "en=purchase&") -> Shape:
    """As many parameters as fit, each with a number in it."""
    return lambda size: Sent(HIT, (begin + numbered(template, size)).encode())


def lines(template: str, separator: str = "\n") -> Shape:
    """As many events as fit, each with a number in it."""
    return lambda size: Sent(HIT, numbered(template, size, separator).encode())


def events(count: int, piece: str) -> Shape:
    """So many events, which share the size."""
    return lambda size: Sent(HIT, "\n".join([filled("en=purchase&ep.x=", piece, size // count)] * count).encode())


def in_url(piece: str, count: int = 100, name: str = "dl") -> Shape:
    """In the URL, which so many lines share."""

    def made(size: int) -> Sent:
        text = piece * max(1, (min(size, LONGEST_URL) - 200) // len(piece))
        return Sent(f"{HIT}&{name}={text}", "\n".join(["en=a"] * count).encode())

    return made


def header(name: str, piece: str, hit: str = f"{HIT}&en=a") -> Shape:
    """A header that is nothing but this."""
    return lambda size: Sent(hit, b"", ((name, piece * (min(size, LONGEST_HEADER) // len(piece))),))
