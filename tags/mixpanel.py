"""Sends events to Mixpanel."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, ClassVar, Final, Literal

from pydantic import Field, model_validator

from core.component import Setup, TagExample, TagSettings
from core.context import Context
from core.secret import Secret
from core.types import Event, Outbound, OutboundRequest, Outcome, Payload, Response, Skip
from wire.authorization import BasicAuth, basic, header
from wire.conversions import commerce, judging, packing
from wire.conversions.moment import SECOND, micros, named, own_id
from wire.conversions.properties import properties
from wire.conversions.settings import Origin
from wire.conversions.vendor import VendorTag
from wire.conversions.visitor import client_id, user_id
from wire.hashing import sha256

ENDPOINTS: Final = {
    "us": "https://api.mixpanel.com",
    "eu": "https://api-eu.mixpanel.com",
    "in": "https://api-in.mixpanel.com",
}

_ID: Final = re.compile(r"[A-Za-z0-9-]{1,36}")
_LONGEST_ID: Final = 36
_MILLISECOND: Final = SECOND // 1000
_NOBODY: Final = frozenset({
    *("anon", "anonymous", "nil", "none", "null", "n/a", "na", "undefined", "unknown", "<nil>", "true", "false", "0", "-1"),
    *("[]", "{}", "00000000-0000-0000-0000-000000000000"),
})  # fmt: skip
"""Ids for which Mixpanel refuses an event: broken code writes them, and all visitors would be one."""


class MixpanelSettings(TagSettings):
    """Sends events to Mixpanel."""

    project_token: Secret | None = Field(None, description="The project's token; give it as ${NAME}. Or a `service_account`.")
    service_account: BasicAuth | None = Field(
        None, description="The name and the secret of a service account, beside the `project_id`, in place of the token."
    )
    project_id: str | None = Field(None, pattern=r"^\d{1,20}$", description="The project's number.")
    region: Literal["us", "eu", "in"] = Field("us", description="Where the project's data lives.")
    ip: bool = Field(True, description="Whether the visitor's IP address leaves, by which Mixpanel knows the place.")
    endpoint: Origin | None = Field(None, description="Scheme and host, where they are not those of the region.")

    needs: ClassVar[Sequence[str]] = ("event_name",)

    @model_validator(mode="after")
    def _has_one_credential(self) -> MixpanelSettings:
        if (self.project_token is None) == (self.service_account is None):
            raise ValueError("needs a project_token or a service_account, and not both")
        if self.service_account and not self.project_id:
            raise ValueError("needs the project_id beside a service_account")
        return self


class Mixpanel(VendorTag[MixpanelSettings]):
    """Sends events to Mixpanel, up to 2,000 with one request, by its import interface.

    Events leave under their own names. The ``distinct_id`` is the ``user_id``, else the ``client_id``, which is the
    ``$device_id`` as well, so that Mixpanel can tell who a visitor was before; an event with neither is nobody's, and is taken.
    Ids such as ``anonymous`` or ``null``, for which Mixpanel refuses an event, are none. No personal data (``user_data``)
    leaves.

    Mixpanel says which events of a request it does not take: these are given up, the others are there. An event that comes
    twice has the same ``$insert_id``, and counts once.
    """

    Settings: ClassVar[type[TagSettings]] = MixpanelSettings
    _own_origins = frozenset(ENDPOINTS.values())
    _most = 2000
    _most_bytes = 1_990_000
    """Mixpanel takes 10 MB; an older text of its own says 2."""
    _rows_at = ()

    examples: ClassVar[Sequence[TagExample]] = (
        TagExample(
            title="A purchase",
            settings={"project_token": "EXAMPLE_TOKEN", "region": "eu"},
            event={
                "event_name": "purchase",
                "client_id": "77.1767000000",
                "user_id": "u-7",
                "event_id": "e-51",
                "x-mp-timestamp_micros": 1767312000000000,
                "transaction_id": "A-2040",
                "value": 48.5,
            },
            sends=(
                OutboundRequest(
                    method="POST",
                    url="https://api-eu.mixpanel.com/import?strict=1",
                    headers=(("authorization", "Basic RVhBTVBMRV9UT0tFTjo="), *packing.JSON),
                    body=b'[{"event":"purchase","properties":{"transaction_id":"A-2040","value":48.5,"time":1767312000000,'
                    b'"distinct_id":"u-7","$insert_id":"e-51","$device_id":"77.1767000000","$user_id":"u-7",'
                    b'"mp_lib":"tagyard"}}]',
                    payloads=(0,),
                ),
            ),
        ),
    )

    def __init__(self, settings: MixpanelSettings, setup: Setup) -> None:
        super().__init__(settings, setup, settings.endpoint or ENDPOINTS[settings.region])
        self._url = f"{self._origin}/import?strict=1"
        if settings.project_id:
            self._url += f"&project_id={settings.project_id}"
        account, token = settings.service_account, settings.project_token
        credential = header(account) if account else basic(token.reveal() if token else "", "")
        self._headers = (("authorization", credential), *packing.JSON)

    def map(self, event: Event, context: Context) -> Payload | Skip:
        """The event as Mixpanel has it."""
        if isinstance(name := named(event), Skip):
            return name
        user, visitor = _somebody(user_id(event)), _somebody(client_id(event))
        fixed = {
            "time": micros(event, context) // _MILLISECOND,
            "distinct_id": user or visitor or "",
            "$insert_id": _insert_id(own_id(event, context)),
        }
        around = commerce.present(**{
            "$device_id": visitor,
            "$user_id": user,
            "ip": commerce.text(event.get("ip_override")) if self._settings.ip else 0,
            "$current_url": commerce.text(event.get("page_location")),
            "$referrer": commerce.text(event.get("page_referrer")),
            "mp_lib": "tagyard",
        })  # fmt: skip
        said: dict[str, Any] = {**properties(event, "page_location", "page_referrer"), **fixed, **around}
        return context.payload({"row": {"event": name, "properties": said}}, self._origin)

    def _body(self, rows: Sequence[Any]) -> Any:
        return rows

    def judge(self, request: Outbound, response: Response) -> Outcome | Sequence[Outcome]:
        """Row by row: what a 400 does not name is there."""
        answer = judging.answer(response)
        if judging.ok(response):
            all_in = "num_records_imported" not in answer or judging.counts_all(answer["num_records_imported"], request)
            return judging.taken(response, "Mixpanel", told=answer.get("status") == "OK" and all_in)
        failed = judging.named(answer.get("failed_records"), request)
        if response.status == 400 and failed:
            rejected = {
                index: judging.words(response, judging.at(record, "field"), judging.at(record, "message"))
                for index, record in failed.items()
            }
            return judging.by_rows(request, rejected, judging.DELIVERED)
        said = judging.at(answer, "error")
        return judging.refusal(response, said)


def _somebody(id: str | None) -> str | None:
    return None if id is None or id.lower() in _NOBODY else id


def _insert_id(id: str) -> str:
    """Mixpanel takes letters, digits and dashes, and no more than 36."""
    return id if _ID.fullmatch(id) else sha256(id)[:_LONGEST_ID]
