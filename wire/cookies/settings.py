"""The settings of the cookies by which a client knows its visitors."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from core.context import Context
from core.fields import Condition, Duration, Many, Template
from core.platforms import platform_of
from core.secret import Secret
from core.settings import Doubt, WholeFile
from core.types import Request
from wire.cookies.domain import AUTO, is_cookie_domain
from wire.cookies.header import is_cookie_name

FPLC = "FPLC"
NO_EVENT = Context(Request("", 0, "", ""), "", {}).on({})
"""What a template without expressions is evaluated on."""


def _name(template: Template) -> Template:
    name = template.evaluate(NO_EVENT) if template.constant else ""
    if name == FPLC or not (name == "" or is_cookie_name(name)):
        raise ValueError("must be the name of a cookie, such as FPID: letters, digits, _ and -; FPLC is taken")
    return template


def _domain(text: str) -> str:
    domain = text.lower().removeprefix(".")
    if domain != AUTO and not is_cookie_domain(domain):
        raise ValueError("must be auto or a domain that browsers take cookies for, such as example.com")
    return domain


MOST_SECRETS: Final = 4
"""Each is tried for a token that is forged."""


class CookieSettings(BaseModel):
    """How visitors are recognised: by the browser's own cookie, or by one that this server sets."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)

    mode: Literal["js", "server"] = Field(
        "js", description="`js`: the client id is what the hit says. `server`: it is kept in a cookie that this server sets."
    )
    name: Annotated[Template, AfterValidator(_name)] = Field(
        "FPID",
        validate_default=True,
        description="The cookie's name; may be an {{ expression }}. Where it is empty, nothing is read or set for the hit.",
    )
    domain: Annotated[str, AfterValidator(_domain)] = Field(
        AUTO, description="The domain the cookies are for; auto: the registrable domain of the request's host."
    )
    path: str = Field("/", pattern="^/[!-:<-~]*$", description="The path the cookies are for.")
    max_age: Duration = Field(730 * 86400.0, ge=1, description="How long the cookie lasts from the visitor's latest hit.")
    migrate_from_js: bool = Field(
        True,
        description="Visitors from before keep the client id of the browser's cookie, and so do new ones who have granted "
        "analytics_storage on a page that had begun without it; false: all get a new one.",
    )
    secret: Many[Secret] | None = Field(
        None,
        max_length=MOST_SECRETS,
        description="At least 32 random characters. Servers with the same one give a visitor the same identity, and visitors "
        "who follow a link to another domain of yours keep theirs. Of a list the first signs and all are understood, so that "
        "one takes the other's place without a break; an empty one counts as none. Default: one that is made at the first "
        "start and kept in the outbox's folder, for this machine alone; links carry nobody then.",
    )
    when: Condition | None = Field(
        None, description="Cookies are read and set only when all of these hold; never while analytics_storage is denied."
    )

    @property
    def named_domain(self) -> str:
        """The domain where it is named; else empty."""
        return "" if self.domain == AUTO else self.domain

    def doubts(self, file: WholeFile) -> Iterator[Doubt]:
        """What is probably not meant, told from these settings: for a client to pass on."""
        if platform := platform_of(self.named_domain):
            message = f"is a name of {platform}: pages of your own domain get no cookie"
            yield Doubt(("domain",), message, at_value=True)
        if self.mode == "server" and not self.secret:
            yield from [_NOT_KEPT] if file.server.behind in _ON_MANY_MACHINES else [_NOT_SHARED] if file.outbox.shared else []


_ON_MANY_MACHINES: Final = ("cloud_run",)
"""What starts and ends machines by itself, and keeps no disk of theirs."""
_NOT_KEPT: Final = Doubt(
    (),
    "each instance of Cloud Run makes a secret of its own, and loses it with its disk, so that one visitor becomes several; "
    "give all of them the same `secret`",
)
_NOT_SHARED: Final = Doubt(
    (),
    "the outbox is shared by several machines, and each makes a secret of its own, so that one visitor becomes several; "
    "give all of them the same `secret`",
)
