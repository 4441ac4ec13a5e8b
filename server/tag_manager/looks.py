"""What looks like a secret: by where it stands, by what it is called, by how it is written. When in doubt it is one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

_PLACES: Final = (
    *("token", "secret", "password", "passwd", "apikey", "privatekey", "accesskey", "secretkey", "credential", "credentials"),
    *("consumerkey", "appsecretproof", "authorization"),
)
_NAMES: Final = ("token", "secret", "password", "passwd", "apikey", "privatekey", "accesskey", "credential")
_HARMLESS_NAMES: Final = re.compile("publickey|tokentype")
_PUBLIC_PLACES: Final = frozenset({
    *("conversionlabel", "conversionid", "conversionruleurn", "pixelid", "pixelcode", "keypath"),
    *("event", "eventname", "eventnamestandard", "eventnamecustom", "eventtype", "trackname", "customeventeventname"),
})  # fmt: skip
"""Parameters that hold ids and names, which may look like anything."""

_BEGINNINGS: Final = re.compile(
    r"(?<![A-Za-z0-9])(?:EAA[A-Za-z0-9]{8}|ya29\.[\w.-]{6}|AIza[\w-]{8}|[rs]k_(?:live|test)_\w{6}|whsec_\w{8}|xox[a-z]-[\w-]{8}"
    r"|gh[a-z]_\w{8}|github_pat_\w{8}|glpat-[\w-]{8}|shp(?:at|ss|ca|pa)_\w{8}|A[KS]IA[A-Z0-9]{8}|pk_[0-9a-f]{8}"
    r"|pina_\w{4}|eyJ[\w-]{4,1000}\.[\w-]|AQ[\w-]{80}|SG\.[\w-]{8,100}\.[\w-])",
    re.ASCII,
)
"""How known secrets begin. The lengths have bounds, so that no text takes long."""
_PEM: Final = re.compile(r"-----BEGIN [^-]{1,60}-----(?:.*?-----END [^-]{1,60}-----|.*)", re.DOTALL)
_WORD: Final = re.compile(r"[A-Za-z0-9_\-+/=.:~|]+")
_NAMED: Final = re.compile(r"[A-Za-z][\w.\-]{0,60}[=:](?=[^=/])", re.ASCII)
_URL: Final = re.compile(r"[a-z0-9+.-]://", re.IGNORECASE)
_HOST: Final = re.compile(r"(?:[a-z0-9-]+\.)+[a-z]{2,}(?::\d+)?", re.IGNORECASE)
_JOINED: Final = re.compile(r"[_\-./:]")
_PART: Final = re.compile(r"[A-Za-z]*|[0-9]{1,8}|[A-Za-z]+[0-9]{1,2}|[0-9]{1,2}[A-Za-z]+", re.ASCII)
_FEW: Final = 5
"""Of so many characters one may be a digit where words are joined."""
_NO_VALUES: Final = frozenset({"", "true", "false"})


def folded(name: str) -> str:
    """A name without case and what joins its words."""
    return re.sub(r"[\W_]+", "", name).lower()


def is_secret_place(name: str) -> bool:
    """Whether a parameter or a row of this name holds a secret."""
    return folded(name).endswith(_PLACES)


def is_public_place(name: str) -> bool:
    """Whether what stands there may look like a secret without being one."""
    return folded(name) in _PUBLIC_PLACES


def is_secret_name(name: str) -> bool:
    """Whether a constant that is called so holds a secret."""
    plain = folded(name)
    return any(word in _HARMLESS_NAMES.sub("", plain) for word in _NAMES)


def is_value(text: str) -> bool:
    """Whether a text says more than yes or no."""
    return text.strip().lower() not in _NO_VALUES


def secret_words(text: str, *, public: bool = False, alternatives: bool = False) -> Iterator[tuple[int, int]]:
    """Where the words are that look like a secret, in their order.

    ``public``: only what begins as known secrets do counts. ``alternatives``: ``|`` stands between words.
    """
    end = 0
    for start, stop in sorted(_found(text, public, alternatives)):
        if start >= end:
            yield start, stop
            end = stop


def looks_secret(text: str, *, public: bool = False, alternatives: bool = False) -> bool:
    """Whether any word of it does."""
    return any(True for _ in secret_words(text, public=public, alternatives=alternatives))


def _found(text: str, public: bool, alternatives: bool) -> Iterator[tuple[int, int]]:
    for whole in _PEM.finditer(text):
        yield whole.span()
    for word in _WORD.finditer(text):
        for start, stop in _pieces(text, *word.span(), alternatives):
            piece = text[start:stop]
            known = _BEGINNINGS.search(piece)
            if (known and (known.start() == 0 or not piece[known.start() - 1].isalnum())) or (not public and _is_random(piece)):
                yield start, stop


def _pieces(text: str, start: int, stop: int, alternatives: bool) -> Iterator[tuple[int, int]]:
    """The word without the name before it, ``key=``; of a URL the parts of its path."""
    word = text[start:stop]
    separators = ("/" if _URL.search(word) or word.startswith("/") else "") + ("|" if alternatives else "")
    at = start
    for piece in re.split(f"[{separators}]", word) if separators else [word]:
        named = _NAMED.match(piece)
        begin = at + (named.end() if named else 0)
        if begin < at + len(piece):
            yield begin, at + len(piece)
        at += len(piece) + 1


def _is_random(word: str) -> bool:
    digits = sum(each.isdigit() for each in word)
    kinds = bool(digits) + any(each.islower() for each in word) + any(each.isupper() for each in word)
    long = len(word) >= 32 and kinds >= 2 and digits >= 4
    mixed = len(word) >= 24 and kinds == 3 and digits >= 3
    return (long or mixed) and not _HOST.fullmatch(word) and not _are_words(word, digits)


def _are_words(word: str, digits: int) -> bool:
    """Words that are joined, with few digits: ``spring_sale_2026_landing_page_variant_2``."""
    parts = _JOINED.split(word)
    return len(parts) > 2 and digits * _FEW <= len(word) and all(_PART.fullmatch(part) for part in parts)
