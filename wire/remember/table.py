"""Which cookies a platform knows browsers and clicks by: their names, how they are written, how long they last.

Formats, names and lifetimes are those of Meta's Parameter Builder (facebook/capi-param-builder), of Reddit's own server template
(reddit/reddit-ss-gtm-template), and for the others of the public server templates of stape-io, read in 2026. For the cookies of
Microsoft's page tag consentstack.io/vendors/microsoft-advertising-uet-tag has the same 90 days and 13 months. LinkedIn's page tag
keeps its cookie for 30 days (consentstack.io/vendors/linkedin-ads); its conversions look back for 90
(learn.microsoft.com/linkedin/marketing/conversions/conversions-faq). Pinterest and Reddit publish no lifetime.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from string import ascii_letters, digits
from typing import Final, Literal, NamedTuple, TypeAlias

from wire.conversions.uuids import random_uuid
from wire.remember.forms import DATED, FBC, FBP, GCL_OF_A_PAGE, GCL_OF_A_SERVER, PLAIN, UET, Form

Vendor: TypeAlias = Literal["meta", "tiktok", "pinterest", "snapchat", "reddit", "microsoft_ads", "linkedin", "x", "google_ads"]
"""By the names of their tags."""

Mint: TypeAlias = Callable[[int], str]
"""The id of a new browser, of a random number of 256 bits."""

_DAY: Final = 86_400
_ALPHABET: Final = digits + ascii_letters
_TTP: Final = 27
"""Characters of TikTok's id of a browser."""


def _number(random: int) -> str:
    return str(random % (1 << 31))


def _letters(random: int) -> str:
    base = len(_ALPHABET)
    return "".join(_ALPHABET[random // base**place % base] for place in range(_TTP))


def _hexadecimal(random: int) -> str:
    return f"{random:064x}"[:32]


def _uuid(random: int) -> str:
    return random_uuid(_hexadecimal(random))


class Cookie(NamedTuple):
    """One name, and how the id is written under it. ``http_only``: no script of the page is meant to read it."""

    name: str
    form: Form = PLAIN
    http_only: bool = False


@dataclass(frozen=True, slots=True)
class Kept:
    """One id. It is a click's where it has a ``parameter``, the query's of a page; else a browser's, made by ``mint``.

    ``cookies`` are in the order in which the platform's tag looks for it; a browser that has none gets the last. An id of a click
    of more than ``longest`` characters is none. ``renewed``: it lasts for ``seconds`` from the latest hit, else from the click.
    """

    vendor: Vendor
    cookies: tuple[Cookie, ...]
    seconds: int
    parameter: str = ""
    longest: int = 200
    pages: tuple[str, ...] = ("page_location",)
    mint: Mint | None = None
    renewed: bool = False


def _click(vendor: Vendor, parameter: str, days: int, *cookies: Cookie, longest: int = 200) -> Kept:
    return Kept(vendor, cookies, days * _DAY, parameter, longest)


def _browser(vendor: Vendor, mint: Mint, seconds: int, *cookies: Cookie) -> Kept:
    return Kept(vendor, cookies, seconds, mint=mint, renewed=True)


TABLE: Final[Sequence[Kept]] = (
    Kept(
        vendor="meta",
        cookies=(Cookie("_fbc", FBC),),
        seconds=90 * _DAY,
        parameter="fbclid",
        longest=500,
        pages=("page_location", "page_referrer"),
        renewed=True,
    ),
    _browser("meta", _number, 90 * _DAY, Cookie("_fbp", FBP)),
    _click("tiktok", "ttclid", 30, Cookie("ttclid"), longest=1000),
    _browser("tiktok", _letters, 34_190_000, Cookie("_ttp")),
    _click("pinterest", "epik", 365, Cookie("_epik"), longest=500),
    _click("snapchat", "ScCid", 365, Cookie("_scclid")),
    _browser("snapchat", _uuid, 365 * _DAY, Cookie("_scid")),
    _click("reddit", "rdt_cid", 30, Cookie("_rdt_cid")),
    _browser("reddit", _uuid, 90 * _DAY, Cookie("_rdt_uuid", DATED)),
    _click("microsoft_ads", "msclkid", 90, Cookie("uet_msclkid"), Cookie("_uetmsclkid", UET)),
    _browser("microsoft_ads", _hexadecimal, 390 * _DAY, Cookie("uet_vid"), Cookie("_uetvid")),
    _click("linkedin", "li_fat_id", 90, Cookie("li_fat_id")),
    _click("x", "twclid", 90, Cookie("twclid")),
    _click("google_ads", "gclid", 90, Cookie("FPGCLAW", GCL_OF_A_SERVER, http_only=True), Cookie("_gcl_aw", GCL_OF_A_PAGE)),
    _click("google_ads", "wbraid", 90, Cookie("FPGCLGB", GCL_OF_A_SERVER, http_only=True), Cookie("_gcl_gb", GCL_OF_A_PAGE)),
    _click("google_ads", "gbraid", 90, Cookie("FPGCLAG", GCL_OF_A_SERVER, http_only=True), Cookie("_gcl_ag", GCL_OF_A_SERVER)),
)
