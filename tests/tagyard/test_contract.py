"""The contract notices what breaks it, and says so in words that its author can act on."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final

import pytest
from pydantic import Field, ValidationError, create_model

from tagyard import TransformationSettings
from tagyard.testing import ClientContract, TagContract, TransformationContract
from tests.block_runners import run_by
from tests.documentation import Block
from tests.plugin.sieve import Sieve
from tests.tagyard.broken import (
    Another,
    Changing,
    Chatty,
    Counting,
    Deaf,
    Distant,
    Exposing,
    Fickle,
    Forgetful,
    Fragile,
    Homeless,
    Loose,
    Losing,
    Naming,
    Partless,
    Reordering,
    Revealing,
    Silent,
    Skipping,
    Storing,
    Trusting,
    Twice,
    Undescribed,
    Vague,
)

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


@pytest.mark.parametrize("description", ["7 days", "値", "“Live”", "`live` or `test`", "A word"])
def test_a_setting_may_be_described_in_any_script(description: str) -> None:
    settings = create_model("Described", __base__=TransformationSettings, live=(str, Field("x", description=description)))
    of(TransformationContract, type("Foreign", (Sieve,), {"Settings": settings})).test_every_setting_is_described()


def test_each_promise_of_a_contract_is_broken_once() -> None:
    for contract in (ClientContract, TransformationContract, TagContract):
        promised = {name for name in dir(contract) if name.startswith("test_")}
        broken = {f"test_{test}" for of, _, test, _ in BROKEN if of is contract}
        shared = {f"test_{test}" for _, _, test, _ in BROKEN}
        assert promised <= shared
        assert broken <= promised


@pytest.mark.parametrize("block", run_by("test_a_fault_is_told_as_the_page_shows"), ids=str)
def test_a_fault_is_told_as_the_page_shows(block: Block) -> None:
    with pytest.raises(pytest.fail.Exception) as caught:
        of(TagContract, Forgetful).test_a_secret_that_its_settings_take_is_sent()
    assert str(caught.value) == block.text.strip()
