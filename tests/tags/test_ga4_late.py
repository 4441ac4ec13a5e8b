"""The second route: which events take ``/mp/collect``, and what is told of those that may not."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from core.context import Shared
from core.types import Event, Payload
from tags.ga4 import Ga4
from tests.tags.ga4_late import APP, BACKDATED, EVENT, LATER, MINUTE, SURROUNDINGS, T0, context, mapped, route, tag
from wire.measurement_protocol.late import Route


class TestWhoTakesIt:
    @pytest.mark.parametrize(
        ("event", "now", "settings", "taken"),
        [
            (EVENT, T0, {}, Route.HIT),
            (EVENT, T0 + 10 * MINUTE, {}, Route.HIT),
            (EVENT, T0 + 10 * MINUTE + 1, {}, Route.LATE),
            (EVENT, LATER, {}, Route.LATE),
            (EVENT, LATER, {"secret": None}, Route.HIT),
            (EVENT, LATER, {"late_after": "30m"}, Route.HIT),
            (EVENT, T0 + 2_000_000, {"late_after": "1s"}, Route.LATE),
            (EVENT, T0 - 5, {"late_after": 0}, Route.HIT),
            (BACKDATED, T0, {}, Route.LATE),
            (BACKDATED, T0, {"secret": None}, Route.HIT),
            ({**EVENT, "x-mp-timestamp_micros": "soon"}, T0, {}, Route.HIT),
            ({**EVENT, "x-mp-device": {"category": "tv"}}, T0, {}, Route.HIT),
        ],
    )
    def test_what_has_a_time_of_its_own_or_has_waited(self, event: Event, now: int, settings: Any, taken: Route) -> None:
        assert route(event, now, **settings) is taken

    @pytest.mark.parametrize(
        ("barred", "why"),
        [
            ({"x-ga-gcd": "13p3p3p3p5l1"}, "analytics consent is denied"),
            ({"x-ga-gcs": "G110"}, "analytics consent is denied"),
            ({"x-ga-gcd": None, "x-ga-gcs": "G100"}, "analytics consent is denied"),
            ({"x-mp-consent": {"analytics_storage": "DENIED"}}, "analytics consent is denied"),
            ({"x-ga-system_properties": {"ss": "1"}}, "it begins a session (_ss)"),
            ({"x-ga-system_properties": {"fv": "2"}}, "it is a first visit (_fv)"),
            ({"event_name": "user_engagement"}, "its name is reserved on /mp/collect"),
            ({"x-ga-measurement_id": "AW-123"}, "its measurement id is none of a GA4 stream"),
        ],
    )
    @pytest.mark.parametrize("event", [EVENT, BACKDATED])
    def test_what_may_not_goes_late_as_a_hit_and_is_told(self, event: Event, barred: Event, why: str) -> None:
        event = {**event, **barred}
        assert route(event, LATER) is Route.HIT
        assert tag().note(mapped(event), LATER) == f"late by /g/collect: {why}"
        assert tag().companions(mapped(event), LATER) is None

    @pytest.mark.parametrize(
        "harmless",
        [
            {"x-ga-gcs": "G111"},
            {"x-ga-gcs": "G1--"},
            {"x-ga-gcs": "G101"},
            {"x-ga-gcd": "13p3t3l3l5l1"},
            {"x-ga-gcd": None},
            {"x-ga-gcd": "nonsense"},
            {"x-ga-system_properties": {"ss": "0", "fv": "", "nsi": "1"}},
            {"x-mp-consent": {"ad_user_data": "DENIED"}},
            {"x-mp-consent": "DENIED"},
        ],
    )
    def test_what_may(self, harmless: Event) -> None:
        assert route({**EVENT, **harmless}, LATER) is Route.LATE

    def test_consent_that_a_transformation_took_away_still_counts(self) -> None:
        denied = {**EVENT, "x-ga-gcd": "13p3p3p3p5l1"}
        payload = tag().map(EVENT, context(denied))
        assert isinstance(payload, Payload)
        assert tag()._route(payload, LATER) is Route.HIT

    def test_consent_that_the_file_fills_in_counts(self) -> None:
        unset = {key: value for key, value in EVENT.items() if key != "x-ga-gcd"}
        filled = Shared(readers=SURROUNDINGS.readers, consent_fills={"analytics_storage": lambda _: "denied"})
        payload = tag().map(unset, context(unset, shared=filled))
        assert isinstance(payload, Payload)
        assert tag()._route(payload, LATER) is Route.HIT


class TestWhatIsTold:
    @pytest.mark.parametrize(("event", "now"), [(EVENT, T0), (EVENT, LATER), (BACKDATED, T0), (APP, T0)])
    def test_nothing_of_what_keeps_its_time(self, event: Event, now: int) -> None:
        assert tag().note(mapped(event), now) is None

    @pytest.mark.parametrize(("event", "now"), [(EVENT, LATER), (BACKDATED, T0), (BACKDATED, LATER)])
    def test_a_tag_without_a_secret_loses_the_time(self, event: Event, now: int) -> None:
        told = tag(None).note(mapped(event, secret=None), now)
        assert told == "late by /g/collect: the tag has no api_secret"

    def test_a_fresh_event_of_a_tag_without_a_secret_is_nothing_to_tell(self) -> None:
        assert tag(None).note(mapped(EVENT, secret=None), T0) is None
        assert tag(None).companions(mapped(EVENT, secret=None), LATER) is None


@pytest.mark.parametrize("written", ["soon", "-1m", -1])
def test_late_after_is_a_length_of_time(written: Any) -> None:
    with pytest.raises(ValidationError, match="late_after"):
        Ga4.Settings.model_validate({"late_after": written})
