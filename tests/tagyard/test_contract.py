"""The contract notices what breaks it, and says so in words that its author can act on."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final

import pytest
from pydantic import ConfigDict, Field, ValidationError

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
from tagyard.testing import ClientContract, TagContract, TransformationContract
from tests.plugin.beacon import Beacon, BeaconSettings
from tests.plugin.bulk import Bulk, BulkSettings
from tests.plugin.sieve import Sieve


class Told(BulkSettings):
    """Has a text in which a secret may stand."""

    token: str | Secret = Field("t", description="a word")


class Lax(TransformationSettings):
    """Takes whatever stands there."""

    model_config = ConfigDict(extra="allow")


class Silent(Sieve):
    examples = ()


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


BROKEN: Final[Sequence[tuple[type, type, str, str]]] = [
    (
        TagContract,
        Deaf,
        "an_entry_point_leads_to_it",
        r'leads to .*:Deaf(.|\n)*\[project.entry-points."tagyard.tags"\]',
    ),
    (TransformationContract, Silent, "it_says_what_it_is", "Silent has no docstring"),
    (TagContract, Undescribed, "every_setting_is_described", "description of Told.token begins with a small letter"),
    (TransformationContract, Loose, "its_settings_have_a_json_schema", "Lax must refuse what it does not know"),
    (TransformationContract, Loose, "an_unknown_setting_is_refused", "DID NOT RAISE"),
    (TransformationContract, Twice, "its_examples_have_different_titles", "share a title: No value of small purchases"),
    (ClientContract, Another, "its_examples_hold", r"'A page view' gives other events than it says:\n- .*page_view"),
    (ClientContract, Fickle, "the_same_request_gives_the_same_claim", "another claim the second time"),
    (ClientContract, Fragile, "no_request_makes_it_raise", "IndexError"),
    (ClientContract, Distant, "the_first_request_of_its_settings_is_one_that_it_claims", r"first_request\(\), /elsewhere"),
    (TransformationContract, Reordering, "its_examples_hold", r"gives another event than it says:(.|\n)*\+ .*'value': 1"),
    (TransformationContract, Changing, "the_event_that_came_in_is_untouched", "changes the event itself, and not a copy"),
    (TransformationContract, Trusting, "no_event_makes_it_raise", "KeyError"),
    (TagContract, Storing, "its_examples_hold", r"'An event' sends something else(.|\n)*\n- .*\n\+ "),
    (TagContract, Counting, "mapping_twice_gives_the_same_payload", "another payload the second time"),
    (TagContract, Storing, "what_is_stored_is_json_and_packs_the_same_when_it_is_read_again", "once it is read from the disk"),
    (TagContract, Homeless, "what_is_stored_is_json_and_packs_the_same_when_it_is_read_again", "says no destination"),
    (TagContract, Skipping, "an_empty_event_is_mapped_or_skipped", "an empty event is mapped to None"),
    (TagContract, Naming, "no_event_makes_map_raise", "AttributeError"),
    (TagContract, Revealing, "no_secret_of_the_settings_reaches_a_payload", "map puts the secret into what is stored"),
    (TagContract, Forgetful, "a_secret_that_its_settings_take_is_sent", r"pack has to call fill\("),
    (TagContract, Exposing, "no_secret_of_the_event_reaches_a_payload", "a secret of the event is stored"),
    (TagContract, Losing, "each_payload_is_carried_by_exactly_one_request", r"each of them once:\n- \[0, 1, 2\]\n\+ \[0\]"),
    (TagContract, Chatty, "nothing_to_pack_is_nothing_to_send", "requests of no payloads"),
    (TagContract, Losing, "a_batch_never_makes_more_requests_than_it_is_given_payloads", "each of them once"),
    (TagContract, Deaf, "judge_answers_for_every_status", "is judged None"),
    (TagContract, Vague, "no_answer_makes_judge_raise", "neither one nor 2 outcomes"),
    (TagContract, Partless, "each_payload_has_its_part_of_a_request", "gives 0 for a request that carries 1"),
]


def of(contract: Any, component: type) -> Any:
    return type("TestIt", (contract,), {"component": component})()


@pytest.mark.parametrize(("contract", "component", "test", "words"), BROKEN, ids=lambda value: getattr(value, "__name__", value))
def test_a_fault_is_noticed_and_told(contract: type, component: type, test: str, words: str) -> None:
    faults = (pytest.fail.Exception, LookupError, AttributeError, ValidationError)
    with pytest.raises(faults) as caught:
        getattr(of(contract, component), f"test_{test}")()
    told = f"{type(caught.value).__name__}: {caught.value}"
    assert re.search(words, told), told


def test_each_promise_of_a_contract_is_broken_once() -> None:
    for contract in (ClientContract, TransformationContract, TagContract):
        promised = {name for name in dir(contract) if name.startswith("test_")}
        broken = {f"test_{test}" for of, _, test, _ in BROKEN if of is contract}
        shared = {f"test_{test}" for _, _, test, _ in BROKEN}
        assert promised <= shared
        assert broken <= promised
