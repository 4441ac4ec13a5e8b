"""What came as a custom parameter leaves as one, whatever its name; and files reach it by its key, like any other."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.component import Setup
from core.context import Context
from core.numbers import javascript
from core.types import Event, Payload, Request
from tags.ga4 import Ga4
from tests.wire.ga4.parameters import all_texts
from transformations.allow import Allow, AllowSettings
from transformations.augment import Augment, AugmentSettings
from transformations.exclude import Exclude, ExcludeSettings
from transformations.redact import Redact, RedactSettings
from wire.ga4 import numbers, query
from wire.ga4.custom import NAMED, NEVER
from wire.ga4.decode import decode_event
from wire.ga4.encode import encode
from wire.ga4.hits import pieces
from wire.ga4.table import PARAMETERS
from wire.measurement_protocol.encode import encode as encode_payload

START = {"v": "2", "tid": "G-ABC", "cid": "1.2", "en": "purchase"}
LIST = "x-ga-custom_parameters"


def event_of(**parameters: str) -> Event:
    return decode_event({**START, **parameters})


def context(event: Event) -> Context:
    return Context(Request("r1", 7, "GET", "/g/collect"), "web", event)


def sent(event: Event, **values: Any) -> dict[str, Any]:
    """What leaves by the tag, but for what is in every hit here."""
    tag = Ga4(Ga4.Settings.model_validate(values), Setup("ga4"))  # type: ignore[arg-type]  # Settings is the class's own
    payload = tag.map(event, context(event))
    assert isinstance(payload, Payload)
    return {name: text for name, text in map(query.named, pieces(payload.body)) if START.get(name) != text}


KEYS = sorted(NAMED - NEVER)


def test_these_are_the_keys_of_named_parameters_that_pages_use_as_well() -> None:
    assert {"currency", "page_title", "page_location", "page_path", "language", "user_id", "ga_session_id"} <= set(KEYS)
    assert {"engagement_time_msec", "ga_session_number", "creative_format"} <= set(KEYS)


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize(
    ("begin", "text", "value"), [("ep.", "x", "x"), ("epn.", "5", 5), ("epn.", "NaN", "NaN"), ("ep.", "5", "5")]
)
def test_it_is_read_by_its_key_and_leaves_by_its_name(key: str, begin: str, text: str, value: Any) -> None:
    event = event_of(**{f"{begin}{key}": text})
    assert event[key] == value
    assert sent(event) == {f"{begin}{key}": text}


@pytest.mark.parametrize("key", sorted(NEVER - {"user_data", "event_name", "client_id"}))
@pytest.mark.parametrize("begin", ["ep.", "epn."])
def test_what_says_who_and_where_is_never_said_by_a_custom_parameter(key: str, begin: str) -> None:
    event = event_of(**{f"{begin}{key}": "5"})
    assert key not in event
    assert sent(event) == {f"{begin}{key}": "5"}


def test_a_named_parameter_beside_it_has_the_key() -> None:
    event = event_of(**{"cu": "EUR", "ep.currency": "USD"})
    assert event["currency"] == "EUR"
    assert sent(event) == {"cu": "EUR", "ep.currency": "USD"}


def test_a_value_that_is_no_number_is_read_and_leaves_as_it_came() -> None:
    event = event_of(**{"epn.value": "4,245.42", "upn.age": "old"})
    assert (event["value"], event["x-ga-mp2-user_properties"]) == ("4,245.42", {"age": "old"})
    assert sent(event) == {"epn.value": "4,245.42", "upn.age": "old"}


def test_an_ordinary_hit_has_no_list() -> None:
    assert LIST not in event_of(**{"cu": "EUR", "epn.value": "5", "ep.x": "1", "up.a": "b", "upn.c": "1"})


CAME = {"ep.currency": "EUR", "ep.page_title": "Thanks, jo@shop.example", "epn.value": "4,2", "upn.age": "old", "up.tier": "x"}


class TestAFileReachesIt:
    def test_exclude(self) -> None:
        settings = ExcludeSettings.model_validate({"parameters": ["currency", "value", "x-ga-mp2-user_properties.age"]})
        event = Exclude(settings, Setup()).apply(event_of(**CAME), context({}))
        assert event[LIST] == ["ep.page_title"]
        assert sent(event) == {"ep.page_title": "Thanks, jo@shop.example", "up.tier": "x"}

    def test_exclude_takes_the_list_only_where_it_is_named(self) -> None:
        def without(name: str) -> Event:
            return Exclude(ExcludeSettings.model_validate({"parameters": name}), Setup()).apply(event_of(**CAME), context({}))

        assert sent(without("x-ga-gcs")) == CAME
        assert LIST not in without("x-ga-custom*")
        assert sent(without("x-ga-custom*"))["cu"] == "EUR"

    @pytest.mark.parametrize(
        "parameters",
        [["event_name", "client_id", "x-ga-measurement_id", "currency"], ["event_name", "client_id", "x-ga-m*", "cur*"]],
    )
    def test_allow(self, parameters: list[str]) -> None:
        event = Allow(AllowSettings.model_validate({"parameters": parameters}), Setup()).apply(event_of(**CAME), context({}))
        assert sent({key: value for key, value in event.items() if key != "x-ga-mp2-user_properties"}) == {"ep.currency": "EUR"}

    def test_what_augment_sets_leaves_like_any_value_of_its_key(self) -> None:
        values = {"currency": "{{ event.currency | lower }}", "value": 4.2, "x-ga-mp2-user_properties.age": "young"}
        event = Augment(AugmentSettings.model_validate({"parameters": values}), Setup()).apply(event_of(**CAME), context({}))
        assert sent(event) == {
            "cu": "eur",
            "epn.value": "4.2",
            "up.age": "young",
            "up.tier": "x",
            "ep.page_title": "Thanks, jo@shop.example",
        }

    def test_augment_with_nothing_removes_it(self) -> None:
        settings = AugmentSettings.model_validate({"parameters": {"currency": "{{ event.none }}", "value": "{{ event.none }}"}})
        event = Augment(settings, Setup()).apply(event_of(**{"ep.currency": "EUR", "epn.value": "x"}), context({}))
        assert LIST not in event
        assert sent(event) == {}

    def test_what_redact_changes_leaves_by_its_name(self) -> None:
        event = Redact(RedactSettings.model_validate({"patterns": "email"}), Setup()).apply(event_of(**CAME), context({}))
        assert sent(event) == {**CAME, "ep.page_title": "Thanks, [redacted]"}

    def test_the_tags_own_filters_take_it_for_the_custom_parameter_that_it_is(self) -> None:
        event = event_of(**CAME, cs="x", dl="https://a.b/")
        named = {"cs": "x", "dl": "https://a.b/"}
        users = {"upn.age": "old", "up.tier": "x"}
        assert sent(event, parameters={"include": "none"}) == {**named, **users}
        assert sent(event, parameters={"include": ["currency"]}) == {**named, **users, "ep.currency": "EUR"}
        gone = sent(event, parameters={"exclude": ["currency", "value"]}, user_properties={"exclude": "age"})
        assert gone == {**named, "up.tier": "x", "ep.page_title": CAME["ep.page_title"]}

    def test_what_the_tag_sets_leaves_like_any_value_of_its_key(self) -> None:
        settings = {"parameters": {"set": {"currency": "USD"}}, "user_properties": {"set": {"age": "{{ 31 }}"}}}
        event = event_of(**{"ep.currency": "EUR", "upn.age": "old"})
        assert sent(event, **settings) == {"cu": "USD", "upn.age": "31"}


def test_the_second_road_does_not_take_it_for_a_field() -> None:
    event = event_of(**{"ep.user_id": "x", "ep.ga_session_id": "y", "ep.currency": "EUR", "epn.value": "4,2"})
    encoded = encode_payload(event, {})
    assert encoded.request == {"client_id": "1.2"}
    assert encoded.event["params"] == {"user_id": "x", "ga_session_id": "y", "currency": "EUR", "value": "4,2"}


@pytest.mark.parametrize(
    "odd",
    [None, "ep.currency", {}, [5, None], ["currency"], ["ep.user_data"], ["ep.user_data.email"], ["ep.x-ga-gcs", "ep.client_id"]],
)
def test_a_list_that_somebody_else_made_brings_nothing_out(odd: Any) -> None:
    event = {
        **event_of(gcs="G111"),
        "user_data": {"email": "jo@shop.example"},
        "user_data.email": "jo@shop.example",
        "currency": "EUR",
    }
    assert sent({**event, LIST: odd}) in ({"gcs": "G111", "cu": "EUR"}, {"gcs": "G111", "ep.currency": "EUR"})


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=8) | st.sampled_from(
    ["0", "5", "-1.5", "12.50", "007", "NaN", "-Infinity", "1e999", "4,245.42", "1" * 30, "true", "", "1e-7", "12345678901234567"]
)
ODD_NAMES = st.sampled_from(
    ["items", "campaign", "x", "", "a.b", "x-ga-gcs", "x-mp-consent", "user_properties", "v", "cu", "ep.x"]
)
custom = st.sampled_from(["ep.", "epn.", "up.", "upn."]).flatmap(
    lambda begin: (st.sampled_from(sorted(NAMED | NEVER - {"user_data"})) | ODD_NAMES | st.text(max_size=4)).map(
        lambda name: begin + name
    )
)
NOT_THE_SAME = {"v", "_uip", "richsstsse", "uafvl"}
"""Always 2; the address; left out by design; spelled anew."""
named = st.sampled_from(sorted({row.name for row in PARAMETERS} - NOT_THE_SAME))


@settings(max_examples=500)
@given(st.dictionaries(custom | named | st.text("xyz_.", min_size=1, max_size=4), texts, max_size=12))
def test_what_comes_in_leaves_under_its_name_with_its_text(parameters: dict[str, str]) -> None:
    parameters = {name: text for name, text in parameters.items() if not name.partition(".")[2].startswith("user_data")}
    left = all_texts(encode(decode_event(parameters)))
    del left["v"]
    assert left.keys() == parameters.keys()
    for name, text in parameters.items():
        assert left[name] in (text, as_javascript_writes_it(name, text))


def as_javascript_writes_it(name: str, text: str) -> str | None:
    """Of a number the text that gtag would have sent; of anything else the text itself."""
    read = numbers.read(text)
    if isinstance(read, str) or not (name.startswith(("epn.", "upn.")) or name in ("_p", "sct", "_et", "_s", "tfd")):
        return text
    return javascript(read)
