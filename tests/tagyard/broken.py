"""Components that break the contract, each in one way."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pydantic import ConfigDict, Field

from tagyard import (
    Claim,
    Context,
    Event,
    EventPart,
    Outbound,
    OutboundRequest,
    Outcome,
    Payload,
    Reply,
    Request,
    Response,
    Secret,
    Skip,
    TransformationSettings,
)
from tests.plugin.beacon import Beacon, BeaconSettings
from tests.plugin.bulk import Bulk, BulkSettings
from tests.plugin.sieve import Sieve


class Told(BulkSettings):
    """Has a text in which a secret may stand."""

    token: str | Secret = Field("t", description="a word")


class Lax(TransformationSettings):
    """Takes whatever stands there."""

    model_config = ConfigDict(extra="allow")


class Silent(Sieve): ...


class Twice(Sieve):
    """Has two examples of one title."""

    examples = (*Sieve.examples, *Sieve.examples)


class Loose(Sieve):
    """Refuses nothing."""

    Settings = Lax


class Undescribed(Bulk):
    """Describes a setting in small letters."""

    Settings = Told


class Another(Beacon):
    """Makes another event."""

    def claim(self, request: Request) -> Claim:  # noqa: ARG002
        return Claim([{"event_name": "other"}], Reply(204))


class Fickle(Beacon):
    """Counts its requests."""

    _seen: list[str] = []  # noqa: RUF012

    def claim(self, request: Request) -> Claim:
        self._seen.append(request.id)
        return Claim([{"n": len(self._seen)}], Reply(204))


class Fragile(Beacon):
    """Takes for granted that there is a method."""

    def claim(self, request: Request) -> Claim:
        return Claim([{"method": request.method[0]}], Reply(204))


class Distant(Beacon):
    """Claims another path than its settings offer."""

    class Settings(BeaconSettings):
        """Theirs."""

        def first_request(self) -> str:
            return "/elsewhere"


class Changing(Sieve):
    """Changes the event itself."""

    def apply(self, event: Event, context: Context) -> Event:  # noqa: ARG002
        event.pop("value", None)
        return event


class Trusting(Sieve):
    """Takes for granted that each event has a name."""

    def apply(self, event: Event, context: Context) -> Event:  # noqa: ARG002
        return {"event_name": event["event_name"]}


class Reordering(Sieve):
    """Turns the parameters round."""

    def apply(self, event: Event, context: Context) -> Event:  # noqa: ARG002
        return {**event, "value": 1}


class Storing(Bulk):
    """Stores what is no JSON."""

    def map(self, event: Event, context: Context) -> Payload:
        return context.payload((event.get("value"),), "https://bulk.example")


class Homeless(Bulk):
    """Sends nowhere."""

    def map(self, event: Event, context: Context) -> Payload:
        return context.payload(event, "")


class Counting(Bulk):
    """Counts its events."""

    _seen: list[str] = []  # noqa: RUF012

    def map(self, event: Event, context: Context) -> Payload:
        self._seen.append(str(event))
        return context.payload(len(self._seen), "https://bulk.example")


class Skipping(Bulk):
    """Maps nothing, in words that are no Skip."""

    def map(self, event: Event, context: Context) -> Any:
        return super().map(event, context) if event.get("event_name") == "purchase" else None


class Naming(Bulk):
    """Takes for granted that a name is a text."""

    def map(self, event: Event, context: Context) -> Payload | Skip:
        return context.payload(event.get("event_name", "").lower(), "https://bulk.example")


class Revealing(Bulk):
    """Stores its token."""

    class Settings(BulkSettings):
        """Theirs."""

        token: Secret = Field(Secret("t"), description="A token.")

    examples = tuple(type(each)(each.title, {**each.settings, "token": "t"}, each.event, each.sends) for each in Bulk.examples)

    def __init__(self, settings: Any, setup: Any) -> None:
        super().__init__(settings, setup)
        self._token = settings.token.reveal()

    def map(self, event: Event, context: Context) -> Payload:
        return context.payload({**event, "token": self._token}, "https://bulk.example")


class Exposing(Bulk):
    """Reveals secrets of the event."""

    def map(self, event: Event, context: Context) -> Payload:
        return context.payload({**event, "token": str(getattr(event.get("token"), "reveal", str)())}, "https://bulk.example")


class Forgetful(Bulk):
    """Never puts a secret back."""

    class Settings(BulkSettings):
        """Theirs."""

        extra_: dict[str, Any] = Field({}, description="More.")

    examples = tuple(
        type(each)(each.title, {**each.settings, "extra_": {"k": "v"}}, each.event, each.sends) for each in Bulk.examples
    )

    def __init__(self, settings: Any, setup: Any) -> None:
        super().__init__(settings, setup)
        self._more = settings.extra_

    def map(self, event: Event, context: Context) -> Payload:
        return context.payload({**event, **self._more}, "https://bulk.example")


class Losing(Bulk):
    """Sends the first alone."""

    def pack(self, payloads: Sequence[Payload], now: int) -> Sequence[Outbound]:
        return super().pack(payloads[:1], now)


class Chatty(Bulk):
    """Sends a list of nothing."""

    def pack(self, payloads: Sequence[Payload], now: int) -> Sequence[Outbound]:
        return super().pack(payloads, now) or [OutboundRequest("POST", "https://bulk.example/", (), b"[]", ())]


class Deaf(Bulk):
    """Judges nothing."""

    def judge(self, request: Outbound, response: Response) -> Any: ...


class Vague(Bulk):
    """Says something of one event only."""

    def judge(self, request: Outbound, response: Response) -> Outcome | Sequence[Outcome]:
        return list(super().judge(request, response))[:1]  # type: ignore[arg-type]  # Bulk gives a list


class Partless(Bulk):
    """Shows nothing."""

    def parts(self, request: Outbound) -> Sequence[EventPart]:  # noqa: ARG002
        return []
