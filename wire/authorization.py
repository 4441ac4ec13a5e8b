"""By what right a request is made: a password, a Google service account, or a client's id and secret."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal, TypeAlias

from pydantic import AfterValidator, BaseModel, ConfigDict, Discriminator, Field, Tag
from pydantic_core import PydanticCustomError

from core.grant import ClientCredentials, Grant, ServiceAccount
from core.secret import MASK, PLACEHOLDER, Secret
from core.url import Url

TOKENS_AT_GOOGLE: Final = "https://oauth2.googleapis.com/token"

_STRICT: Final = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)
_NEEDED: Final = ("client_email", "private_key")


def _as_key_file(secret: Secret) -> Secret:
    if secret.reveal() not in (PLACEHOLDER, MASK):
        missing = [name for name in _NEEDED if not _read(secret).get(name)]
        if missing:
            why = f"is no key file of a service account: it has no {' and no '.join(missing)}; give its whole text"
            raise PydanticCustomError("unfit_secret", "{why}", {"why": why})
        try:
            Url(_token_url(secret))
        except ValueError as error:
            why = f"is a key file whose token_uri {error}"
            raise PydanticCustomError("unfit_secret", "{why}", {"why": why}) from None
    return secret


KeyFile = Annotated[Secret, AfterValidator(_as_key_file)]
"""The text of a key file, as Google's console gives it."""


def _as_url(text: str) -> str:
    if "{{" in text:
        raise ValueError("is asked for all events alike: no {{ }}")
    Url(text)
    return text


class BasicAuth(BaseModel):
    """HTTP basic authentication."""

    model_config = _STRICT

    type: Literal["basic"] = Field("basic", description="A name and a password.")
    username: str = Field(pattern=r"^[^:]+$", description="The name; it holds no colon.")
    password: Secret = Field(description="The password; give it as ${NAME}.")


class ServiceAccountAuth(BaseModel):
    """A token of a Google service account, which the server gets and renews."""

    model_config = _STRICT

    type: Literal["google_service_account"] = Field(description="A token of a Google service account.")
    key: KeyFile = Field(description="The text of its key file (JSON); give it as ${NAME}.")
    scope: str = Field(min_length=1, description="What the token is for, such as `https://www.googleapis.com/auth/pubsub`.")


class ClientCredentialsAuth(BaseModel):
    """A token by OAuth 2.0's client credentials, which the server gets and renews."""

    model_config = _STRICT

    type: Literal["oauth2_client_credentials"] = Field(description="A token by a client's id and secret.")
    token_url: Annotated[str, AfterValidator(_as_url)] = Field(description="Where tokens are given.")
    client_id: str = Field(min_length=1, description="The client's id.")
    client_secret: Secret = Field(description="Its secret; give it as ${NAME}.")
    scope: str = Field("", description="What the token is for, where its giver wants to know.")
    audience: str = Field("", description="Whom it is for, where its giver wants to know.")


def _type_of(value: Any) -> str:
    if isinstance(value, BasicAuth | ServiceAccountAuth | ClientCredentialsAuth):
        return value.type
    return str(value.get("type", "basic")) if isinstance(value, dict) else "basic"


Auth: TypeAlias = Annotated[
    Annotated[BasicAuth, Tag("basic")]
    | Annotated[ServiceAccountAuth, Tag("google_service_account")]
    | Annotated[ClientCredentialsAuth, Tag("oauth2_client_credentials")],
    Discriminator(
        _type_of,
        custom_error_type="auth",
        custom_error_message="type must be basic, google_service_account or oauth2_client_credentials",
    ),
]
"""Any of them; without a ``type`` it is a name and a password."""


def header(auth: BasicAuth) -> str:
    """What its ``Authorization`` says."""
    return basic(auth.username, auth.password.reveal())


def basic(username: str, password: str) -> str:
    """The same, of a name and a password, either of which may be empty."""
    return f"Basic {base64.b64encode(f'{username}:{password}'.encode()).decode()}"


def grant(auth: ServiceAccountAuth | ClientCredentialsAuth) -> Grant:
    """By which the server gets a token."""
    if isinstance(auth, ServiceAccountAuth):
        return service_account(auth.key, auth.scope)
    return ClientCredentials(auth.token_url, auth.client_id, auth.client_secret.reveal(), auth.scope, auth.audience)


def service_account(key: Secret, scope: str) -> ServiceAccount:
    """The account of a key file, for a token of this scope."""
    found = _read(key)
    return ServiceAccount(
        _token_url(key),
        scope,
        str(found.get("client_email", "")),
        str(found.get("private_key", "")),
        str(found.get("private_key_id") or ""),
    )


def _token_url(key: Secret) -> str:
    return str(_read(key).get("token_uri") or TOKENS_AT_GOOGLE)


def _read(secret: Secret) -> Mapping[str, Any]:
    try:
        found = json.loads(secret.reveal())
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
