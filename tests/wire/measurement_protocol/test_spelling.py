"""Names in snake_case and in camelCase are the same, wherever the schema has names."""

from __future__ import annotations

import pytest

from tests.wire.measurement_protocol.read_payloads import NOW, SNAKE, codes, payload, respelt


def test_both_spellings_are_one_payload_wherever_the_schema_has_names() -> None:
    written = respelt(SNAKE)
    written["userProperties"] = {"myTier": {"value": "gold", "timestampMicros": NOW}}
    assert "clientId" in written
    assert "adPersonalization" in written["consent"]
    assert "sha256Street" in str(written)
    assert payload(written) == SNAKE
    assert codes(written) == codes(SNAKE)


def test_names_of_ones_own_are_never_respelt() -> None:
    own = {"clientId": 1, "userId": {"clientId": 2}, "timestampMicros": 3}
    written = {"client_id": "1.2", "events": [{"name": "a", "params": own}], "user_properties": {"userId2": {"value": 1}}}
    assert payload(written) == written


def test_clear_names_of_user_data_are_respelt_so_that_tags_know_them() -> None:
    written = {"userData": {"emailAddress": "x", "phoneNumber": "y", "address": {"firstName": "z", "lastName": "w"}}}
    read_ = {"email_address": "x", "phone_number": "y", "address": {"first_name": "z", "last_name": "w"}}
    assert payload(written) == {"user_data": read_}


@pytest.mark.parametrize("swap", [False, True])
def test_of_both_spellings_snake_case_counts_and_that_is_told(swap: bool) -> None:
    both = {"client_id": "1.2", "clientId": "3.4"}
    written = {**(dict(reversed(both.items())) if swap else both), "events": [{"name": "a"}]}
    assert payload(written)["client_id"] == "1.2"
    assert codes(written) == [("client_id", "NAME_DUPLICATED")]
    consent = {"client_id": "1", "consent": {"ad_user_data": "GRANTED", "adUserData": "DENIED"}, "events": [{"name": "a"}]}
    assert payload(consent)["consent"] == {"ad_user_data": "GRANTED"}
    assert codes(consent) == [("consent.ad_user_data", "NAME_DUPLICATED")]


@pytest.mark.parametrize("swap", [False, True])
def test_null_is_no_value(swap: bool) -> None:
    both = {"client_id": None, "clientId": "3.4"}
    assert payload(dict(reversed(both.items())) if swap else both) == {"client_id": "3.4"}
