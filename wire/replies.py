"""What more than one kind of sender is answered, and what more than one client says of a request that is none of its."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from core.types import Claim, Declined, Finding, Reply, Request
from wire.limits import OversizedError

_NO_CACHE: Final = ("cache-control", "no-cache")
_GIF: Final = bytes.fromhex("47494638396101000100800000000000ffffff21f90401000000002c00000000010001000002024401003b")

PREFLIGHT: Final = Reply(204)
_PLAIN: Final = Reply(204, (_NO_CACHE,))
_PIXEL: Final = Reply(200, (("content-type", "image/gif"), _NO_CACHE), _GIF)


def hit_reply(request: Request) -> Reply:
    """Nothing, with 204; for the GET of an ``<img>`` a transparent image of one pixel, or the page would show a broken one."""
    if request.method == "GET" and (request.header("accept") or "").startswith("image/"):
        return _PIXEL
    return _PLAIN


def other_path(ours: Iterable[str]) -> Declined:
    """A client's word on a path that is none of its own."""
    return Declined(f"the path is not {' or '.join(ours)}", "path")


def other_method(method: str, ours: str) -> Declined:
    """A client's word on a method that is none of its own; ``ours`` says by which its requests come."""
    return Declined(f"it is a {method[:_LONGEST_SHOWN]}: {ours}", "method")


def not_among(what: str, id: str, ours: Iterable[str]) -> Declined:
    """A client's word on an id that its settings do not list; ``what`` names the kind of id."""
    return Declined(f"{what} {id[:_LONGEST_SHOWN]} is not among {', '.join(sorted(ours))}", what.replace(" ", "_"))


_LONGEST_SHOWN: Final = 64


def refusal(why: str, status: int = 400) -> Reply:
    """400, unless another status is given, with the reason in plain text."""
    return Reply(status, (("content-type", "text/plain; charset=utf-8"),), f"{why}\n".encode())


def oversized(error: OversizedError) -> Claim:
    """The claim of a request that is over a limit: nothing of it, with 413 and the reason, which is a finding, too."""
    return Claim((), refusal(str(error), 413), findings=(Finding("", f"The request has {error}.", error.code),))


def redirect(url: str) -> Reply:
    """302, for this once; a page that is isolated from other origins may follow it too."""
    return Reply(302, (("location", url), ("cache-control", "no-store"), ("cross-origin-resource-policy", "cross-origin")))
