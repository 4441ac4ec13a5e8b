"""What a client has the visitor's browser keep for the platforms that tags send to."""

from __future__ import annotations

from typing import Final, TypeAlias

from core.frozen import frozen

Pairs: TypeAlias = tuple[tuple[str, str], ...]

SET: Final = "set"
NOTHING: Final = "nothing"


@frozen
class Remembered:
    """Cookies of the reply. Tags see the ``new`` ones as though the browser had sent them with this request.

    ``new`` has names and values as they are written; the ``renewed`` ones the browser has sent itself, and keeps for longer now.
    Where there are none, ``why_not`` says why, and ``outcome`` is the word that it is counted by.
    """

    new: Pairs = ()
    renewed: tuple[str, ...] = ()
    why_not: str = ""
    outcome: str = SET

    @property
    def words(self) -> str:
        """``_fbc and _fbp new, _ttp renewed``, or ``nothing: consent ad_storage is denied``."""
        if self.why_not:
            return f"nothing: {self.why_not}"
        told = ((" and ".join(name for name, _ in self.new), "new"), (" and ".join(self.renewed), "renewed"))
        return ", ".join(f"{names} {what}" for names, what in told if names)

    def beside(self, headers: Pairs) -> Pairs:
        """A request's headers with the new cookies among its own; of what it sent under their names nothing is left."""
        if not self.new:
            return headers
        names = {name for name, _ in self.new}
        pieces = [f"{name}={value}" for name, value in self.new]
        for header, line in headers:
            if header == "cookie":
                sent = (piece.strip(" \t") for piece in line.split(";"))
                pieces += [piece for piece in sent if piece and piece.partition("=")[0] not in names]
        return (("cookie", "; ".join(pieces)), *(pair for pair in headers if pair[0] != "cookie"))
