"""What all tags have in common: triggers, exceptions, consent, pauses, sequences. Nothing fires more than it did."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from tests.server.tag_manager.building import condition, importing, tag, told, trigger, written

TRIGGERS = [
    trigger("one", condition("EQUALS", "{{Event Name}}", "a"), triggerId="1"),
    trigger("two", condition("EQUALS", "{{Event Name}}", "b"), triggerId="2"),
    trigger("lost", condition("EQUALS", "{{gone}}", "b"), triggerId="3"),
]


def file(*tags: Any) -> Any:
    """The tags in the file."""
    return written(tag=tags, trigger=TRIGGERS)["tags"]


def common(*tags: Any, key: str = "t") -> Any:
    """What a tag has besides its type and note."""
    return {name: value for name, value in file(*tags)[key].items() if name not in ("type", "note")}


def reasons(*tags: Any, key: str = "t") -> Sequence[str]:
    """What the report says of it."""
    found = told(importing(tag=tags, trigger=TRIGGERS), "tag")
    return next(said for _, each, said in found if each == key)


def needing(*types: str, status: str = "NEEDED") -> Any:
    """The consent that a tag needs."""
    return {
        "consentStatus": status,
        "consentType": {"type": "LIST", "list": [{"type": "TEMPLATE", "value": each} for each in types]},
    }


def before(*names: str) -> Any:
    return [{"tagName": name} for name in names]


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"firingTriggerId": ["1"]}, {"triggers": ["one"]}),
        ({"firingTriggerId": ["2", "1"]}, {"triggers": ["two", "one"]}),
        ({"firingTriggerId": ["1", "1"]}, {"triggers": ["one"]}),
        ({"firingTriggerId": ["2147479574"]}, {"triggers": ["all"]}),
        ({"firingTriggerId": []}, {"triggers": []}),
        ({"firingTriggerId": ["1", "9"]}, {"triggers": ["one"]}),
        ({"firingTriggerId": ["1"], "blockingTriggerId": ["2"]}, {"triggers": ["one"], "exceptions": ["two"]}),
        ({"firingTriggerId": ["1"], "blockingTriggerId": ["2", "2"]}, {"triggers": ["one"], "exceptions": ["two"]}),
        ({"firingTriggerId": ["1"], "blockingTriggerId": ["2147479574"]}, {"triggers": ["one"], "exceptions": ["all"]}),
        ({"firingTriggerId": ["1"], "blockingTriggerId": ["9"]}, {"triggers": ["one"], "paused": True}),
        ({"firingTriggerId": ["1"], "blockingTriggerId": ["3"]}, {"triggers": ["one"], "paused": True}),
        ({"firingTriggerId": ["1"], "paused": True}, {"triggers": ["one"], "paused": True}),
        ({"firingTriggerId": ["1"], "paused": False}, {"triggers": ["one"]}),
        ({"firingTriggerId": ["1"], "scheduleStartMs": "1"}, {"triggers": ["one"], "paused": True}),
        ({"firingTriggerId": ["1"], "scheduleEndMs": "1"}, {"triggers": ["one"], "paused": True}),
        ({"consentSettings": needing("ad_storage")}, {"triggers": ["all"], "consent": ["ad_storage"]}),
        (
            {"consentSettings": needing("analytics_storage", "ad_user_data", status="needed")},
            {"triggers": ["all"], "consent": ["analytics_storage", "ad_user_data"]},
        ),
        ({"consentSettings": needing("ad_storage", "ad_storage")}, {"triggers": ["all"], "consent": ["ad_storage"]}),
        ({"consentSettings": needing("ad_storage", status="NOT_SET")}, {"triggers": ["all"]}),
        ({"consentSettings": needing("ad_storage", status="notNeeded")}, {"triggers": ["all"]}),
        ({"consentSettings": needing()}, {"triggers": ["all"]}),
        ({"consentSettings": {"consentStatus": "NEEDED"}}, {"triggers": ["all"]}),
        (
            {"consentSettings": needing("ad_storage", "security_storage")},
            {"triggers": ["all"], "consent": ["ad_storage"], "paused": True},
        ),
        ({"tagFiringOption": "ONCE_PER_LOAD"}, {"triggers": ["all"]}),
        ({"tagFiringOption": "UNLIMITED"}, {"triggers": ["all"]}),
        ({"priority": {"type": "INTEGER", "value": "5"}}, {"triggers": ["all"]}),
    ],
)
def test_what_stands_in_the_file(fields: Any, expected: Any) -> None:
    assert common(tag("T", **fields)) == expected


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, []),
        ({"firingTriggerId": []}, ["has no trigger: it never fires"]),
        ({"firingTriggerId": ["9"]}, ["the export has no trigger 9: it does not fire for that"]),
        ({"firingTriggerId": ["3"]}, ["a trigger of its matches nothing: lost"]),
        ({"blockingTriggerId": ["9"]}, ["the export has no blocking trigger 9: paused"]),
        ({"blockingTriggerId": ["3"]}, ["what holds it back cannot be told (lost): paused"]),
        ({"paused": True}, []),
        ({"consentSettings": needing("x")}, ["no consent type x: paused"]),
        ({"tagFiringOption": "oncePerLoad"}, ["fires for every event: there is no page load here"]),
        ({"tagFiringOption": "oncePerEvent"}, []),
        ({"priority": {"type": "INTEGER", "value": "0"}}, []),
        ({"priority": {"type": "INTEGER", "value": "5"}}, ["priority 5 is dropped: tags do not wait for each other"]),
        ({"priority": 7}, ["priority 7 is dropped: tags do not wait for each other"]),
        ({"scheduleStartMs": "1764547200000"}, ["no schedules: paused"]),
    ],
)
def test_what_the_report_says(fields: Any, expected: Sequence[str]) -> None:
    assert reasons(tag("T", **fields)) == expected


@pytest.mark.parametrize(("key", "when"), [("setupTag", "before"), ("teardownTag", "after")])
class TestSequences:
    """Tags that go before or after another fire with it."""

    def test_the_other_gets_its_triggers_besides_its_own(self, key: str, when: str) -> None:
        tags = [tag("T", firingTriggerId=["2"]), tag("Main", firingTriggerId=["1"], **{key: before("T")})]
        assert common(*tags) == {"triggers": ["two", "one"]}
        assert reasons(*tags) == [f"fires with «Main», not {when} it"]
        assert reasons(*tags, key="main") == [f"«T» fires with it, not {when} it"]

    def test_one_without_a_trigger_of_its_own_fires_with_it(self, key: str, when: str) -> None:
        tags = [tag("T", firingTriggerId=[]), tag("Main", firingTriggerId=["1"], **{key: before("T")})]
        assert common(*tags) == {"triggers": ["one"]}
        assert reasons(*tags) == [f"fires with «Main», not {when} it"]

    def test_what_holds_the_main_tag_back_holds_it_back(self, key: str, when: str) -> None:
        tags = [
            tag("T", firingTriggerId=[]),
            tag(
                "Main",
                firingTriggerId=["1"],
                blockingTriggerId=["2"],
                consentSettings=needing("ad_storage"),
                **{key: before("T")},
            ),
        ]
        assert common(*tags) == {"triggers": ["one"], "exceptions": ["two"], "consent": ["ad_storage"]}
        del when

    def test_and_the_report_says_where_it_fires_less_for_that(self, key: str, when: str) -> None:
        tags = [
            tag("T", firingTriggerId=["2"]),
            tag("Main", firingTriggerId=["1"], consentSettings=needing("ad_storage"), **{key: before("T")}),
        ]
        assert reasons(*tags) == [f"fires with «Main», not {when} it", "what holds «Main» back holds it back wherever it fires"]

    def test_a_main_tag_that_is_paused_gives_nothing(self, key: str, when: str) -> None:
        tags = [tag("T", firingTriggerId=["2"]), tag("Main", firingTriggerId=["1"], paused=True, **{key: before("T")})]
        assert common(*tags) == {"triggers": ["two"]}
        assert reasons(*tags) == [f"does not fire {when} «Main», which is paused"]

    @pytest.mark.parametrize(
        "why",
        [{"scheduleStartMs": "1"}, {"blockingTriggerId": ["9"]}, {"blockingTriggerId": ["3"]}, {"consentSettings": needing("x")}],
    )
    def test_nor_does_one_that_is_paused_for_want_of_a_translation(self, key: str, when: str, why: Any) -> None:
        tags = [tag("T", firingTriggerId=[]), tag("Main", firingTriggerId=["1"], **why, **{key: before("T")})]
        assert common(*tags) == {"triggers": []}
        assert reasons(*tags) == [f"does not fire {when} «Main», which is paused", "has no trigger: it never fires"]

    def test_a_tag_that_the_export_lacks_is_named(self, key: str, when: str) -> None:
        assert reasons(tag("T", **{key: before("Gone")})) == ["the export has no tag «Gone»"]
        del when

    def test_names_are_trimmed(self, key: str, when: str) -> None:
        tags = [tag("T ", firingTriggerId=[]), tag("Main", firingTriggerId=["1"], **{key: before(" T")})]
        assert common(*tags)["triggers"] == ["one"]
        del when

    def test_sequences_do_not_go_on(self, key: str, when: str) -> None:
        tags = [
            tag("T", firingTriggerId=[]),
            tag("Middle", firingTriggerId=["2"], **{key: before("T")}),
            tag("Main", firingTriggerId=["1"], **{key: before("Middle")}),
        ]
        assert common(*tags, key="middle")["triggers"] == ["two", "one"]
        assert common(*tags)["triggers"] == ["two"]
        assert common(*reversed(tags))["triggers"] == ["two"]
        del when

    def test_two_that_go_before_each_other_fire_with_each_other(self, key: str, when: str) -> None:
        tags = [
            tag("T", firingTriggerId=["1"], **{key: before("U")}),
            tag("U", firingTriggerId=["2"], **{key: before("T")}),
        ]
        assert common(*tags)["triggers"] == ["one", "two"]
        assert common(*tags, key="u")["triggers"] == ["two", "one"]
        del when

    def test_one_that_goes_before_itself_stays_as_it_is(self, key: str, when: str) -> None:
        assert common(tag("T", firingTriggerId=["1"], **{key: before("T")})) == {"triggers": ["one"]}
        del when

    def test_a_comment_gets_them_too(self, key: str, when: str) -> None:
        made = importing(
            tag=[tag("T", type="sgtmflc", firingTriggerId=[]), tag("Main", firingTriggerId=["1"], **{key: before("T")})],
            trigger=TRIGGERS,
        )
        assert "  #t:\n  #  type: floodlight_counter\n  #  note: T\n  #  triggers: [one]\n" in made.text
        del when


def test_of_two_tags_with_one_name_the_first_goes_before() -> None:
    tags = [tag("T", firingTriggerId=[]), tag("T", firingTriggerId=[]), tag("Main", firingTriggerId=["1"], setupTag=before("T"))]
    assert common(*tags)["triggers"] == ["one"]
    assert common(*tags, key="t_2")["triggers"] == []


@pytest.mark.parametrize(
    ("type", "stub", "reason"),
    [
        (
            "sgtmadsct",
            "google_ads",
            "google_ads needs what the export does not have: the account, the conversion action's number, a service account",
        ),
        ("sgtmadsremarket", "google_ads_remarketing", "no tag for Google Ads remarketing yet (sgtmadsremarket)"),
        ("sgtmawud", "google_ads_user_data", "no tag for Google Ads user-provided data yet (sgtmawud)"),
        ("sgtmfls", "floodlight_sales", "no tag for floodlight sales yet (sgtmfls)"),
        ("sgtmflc", "floodlight_counter", "no tag for floodlight counter yet (sgtmflc)"),
        ("sgtmnew", "unknown", "no tag for the tag type sgtmnew"),
        ("cvt_1_99", "unknown", "no tag for cvt_1_99, which the export does not contain"),
    ],
)
def test_tags_without_a_counterpart_are_comments(type: str, stub: str, reason: str) -> None:
    made = importing(tag=[tag("T", {"a": "b"}, type)])
    assert told(made, "tag") == [("skipped", "t", [reason])]
    assert (
        f"  # -- {reason}\n  #t:\n  #  type: {stub}\n  #  note: T\n  #  triggers: [all]\n  #  settings: {{a: b}}\n" in made.text
    )
