"""Secrets get names, each once; the file has the names, and .env.example says where they are from."""

from __future__ import annotations

from typing import Any

import pytest

from tests.server.tag_manager.building import constant, importing, tag, template, told, variable, written

TOKEN = "Inv3nt3dN0tR3alT0k3n01234"
OTHER = "0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c"
HTTP = template("JSON HTTP Request", "stape-io/json-http-request-tag")
HOUSE = template("House Tag", "", "91")


def hook(name: str = "Hook", **values: Any) -> Any:
    return tag(name, {"url": "https://hooks.shop.example/in", **values}, "cvt_1_90")


def house(name: str = "House", **values: Any) -> Any:
    return tag(name, values, "cvt_1_91")


def headers(value: str, key: str = "X-A") -> Any:
    return [{"key": key, "value": value}]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("const - meta api token", "META_API_TOKEN"),
        ("constant - Meta-Token", "META_TOKEN"),
        ("c - token", "TOKEN_SECRET"),
        ("Mail", "MAIL_SECRET"),
        ("größe token", "GROSSE_TOKEN"),
        ("python token", "PYTHON_TOKEN_SECRET"),
        ("Tagyard token", "TAGYARD_TOKEN_SECRET"),
        ("LD library token", "LD_LIBRARY_TOKEN_SECRET"),
        ("LC all token", "LC_ALL_TOKEN_SECRET"),
        ("GTM token", "GTM_TOKEN_SECRET"),
        ("2 tokens", "VARIABLE_2_TOKENS"),
    ],
)
def test_a_constants_secret_is_called_as_the_constant(name: str, expected: str) -> None:
    made = importing(tag=[hook(headers=headers(f"{{{{{name}}}}}"))], variable=[constant(name, TOKEN)], customTemplate=[HTTP])
    assert [(each.name, each.origin) for each in made.report.secrets] == [(expected, f"variable «{name}»")]
    assert f'X-A: "${{{expected}}}"' in made.text
    assert told(made, "variable") == [("imported", None, [f"is the secret ${{{expected}}}"])]


def test_a_literals_secret_is_called_as_tag_and_parameter() -> None:
    made = importing(tag=[house(authToken="abcdef1"), hook(headers=headers(TOKEN))], customTemplate=[HTTP, HOUSE])
    assert [(each.name, each.origin) for each in made.report.secrets] == [
        ("HOOK_X_A", "«Hook», X-A"),
        ("HOUSE_AUTHTOKEN", "«House», authToken"),
    ]
    assert made.environment == "# «Hook», X-A\nHOOK_X_A=\n# «House», authToken\nHOUSE_AUTHTOKEN=\n"


def test_the_same_literal_twice_is_one_name_and_another_gets_a_number() -> None:
    made = importing(
        tag=[house("House", aToken=TOKEN), house("House", aToken=TOKEN), house("House", aToken=OTHER)], customTemplate=[HOUSE]
    )
    assert [each.name for each in made.report.secrets] == ["HOUSE_ATOKEN", "HOUSE_ATOKEN_2"]


def test_two_constants_of_one_value_are_one_secret() -> None:
    made = importing(
        tag=[hook(headers=headers("{{a token}} {{b token}}"))],
        variable=[constant("a token", TOKEN), constant("b token", TOKEN)],
        customTemplate=[HTTP],
    )
    assert [each.name for each in made.report.secrets] == ["A_TOKEN"]


def test_a_secret_stands_within_a_text() -> None:
    made = written(
        tag=[hook(url=f"https://hooks.shop.example/in?v=1&key={TOKEN}", headers=headers("Bearer {{c - hook}}", "Authorization"))],
        variable=[constant("c - hook", OTHER)],
        customTemplate=[HTTP],
    )["tags"]["hook"]
    assert made["url"] == "https://hooks.shop.example/in?v=1&key=${HOOK_URL}"
    assert made["headers"] == {"Authorization": "Bearer ${HOOK_SECRET}"}


def test_the_word_before_a_credential_is_none() -> None:
    made = written(tag=[hook(headers=headers("Bearer abc", "Authorization"))], customTemplate=[HTTP])["tags"]["hook"]
    assert made["headers"] == {"Authorization": "Bearer ${HOOK_AUTHORIZATION}"}


def test_a_constant_that_holds_a_secret_keeps_what_is_around_it() -> None:
    made = importing(
        tag=[hook(url="{{hook url}}")],
        variable=[constant("hook url", f"https://hooks.shop.example/a?k={TOKEN}&v={OTHER}&p=${{HOME}}")],
        customTemplate=[HTTP],
    )
    assert 'url: "https://hooks.shop.example/a?k=${HOOK_URL}&v=${HOOK_URL_2}&p=$${HOME}"' in made.text
    assert told(made, "variable") == [("imported", None, ["holds the secret ${HOOK_URL}"])]


@pytest.mark.parametrize("value", ["", "true", "FALSE"])
def test_what_says_no_more_than_yes_or_no_is_none(value: str) -> None:
    made = importing(tag=[house(authToken=value)], customTemplate=[HOUSE])
    assert made.report.secrets == []


def test_a_constant_is_a_secret_by_where_it_is_used() -> None:
    made = importing(tag=[house(authToken="{{brand}}")], variable=[constant("brand", "Nordlicht")], customTemplate=[HOUSE])
    assert [each.name for each in made.report.secrets] == ["BRAND_SECRET"]
    assert "Nordlicht" not in made.text


def test_a_constant_is_none_where_ids_stand() -> None:
    file = written(
        tag=[tag("FB", {"pixelId": "{{pixel}}", "accessToken": "{{t - token}}"}, "cvt_5TP8W")],
        variable=[constant("pixel", "100000000000001"), constant("t - token", "x-1")],
    )
    assert file["tags"]["fb"]["pixel_id"] == "100000000000001"
    assert file["tags"]["fb"]["access_token"] == "${T_TOKEN}"


def test_a_label_that_looks_like_a_secret_stays_what_it_is() -> None:
    label = "AbCd1234EfGh5678IjKl9012"
    made = importing(tag=[tag("Ads", {"conversionLabel": "{{label}}"}, "sgtmadsct")], variable=[constant("label", label)])
    assert label in made.text
    assert made.report.secrets == []


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"eventParameters": [{"fieldName": "p", "value": "{{a token}}"}]}, "p is left out: a variable cannot hold a secret"),
        ({"eventParameters": [{"fieldName": "p", "value": TOKEN}]}, "p is left out: a secret cannot stand there"),
        ({"measurementId": TOKEN}, "paused: the measurement id is left out: a secret cannot stand there"),
        ({"measurementId": "{{a token}}"}, "paused: the measurement id is left out: a secret cannot stand there"),
    ],
)
def test_where_no_secret_may_stand_it_is_left_out(values: Any, reason: str) -> None:
    made = importing(tag=[tag("T", values)], variable=[constant("a token", OTHER)])
    assert told(made, "tag") == [("approximated", "t", [reason])]
    assert made.report.secrets == []


@pytest.mark.parametrize("result", ["{{a token}}", TOKEN])
def test_a_table_with_a_secret_in_it_has_no_translation(result: str) -> None:
    table = variable("x", "smm", {"input": "{{Event Name}}", "map": [{"key": "a", "value": result}]})
    made = importing(tag=[hook(headers=headers("{{x}}"))], variable=[constant("a token", OTHER), table], customTemplate=[HTTP])
    assert told(made, "variable")[1] == ("skipped", None, ["a variable cannot hold a secret"])


@pytest.mark.parametrize(
    ("notes", "expected"),
    [
        (f"the token is {TOKEN}, until May", "the token is ***, until May"),
        ("see https://x.example/sk_live_51INVENTED/a", "see https://x.example/***/a"),
        ("password: Tr0ub4dor", "password: ***"),
        ("nothing to hide", "nothing to hide"),
    ],
)
def test_notes_are_masked_word_by_word(notes: str, expected: str) -> None:
    file = written(tag=[tag("T", notes=notes), house(password="Tr0ub4dor")], customTemplate=[HOUSE])
    assert file["tags"]["t"]["note"] == f"T: {expected}"


def test_a_word_that_anybody_might_write_is_not_masked_everywhere() -> None:
    file = written(tag=[tag("Standard", notes="by oauth"), house(authorization="oauth")], customTemplate=[HOUSE])
    assert file["tags"]["standard"]["note"] == "Standard: by oauth"


def test_keys_are_made_of_what_is_left_of_a_name() -> None:
    made = importing(tag=[tag(f"GA4 {TOKEN} main"), tag(OTHER)])
    assert [key for _, key, _ in told(made, "tag")] == ["ga4_main", "tag_2"]


def test_only_what_the_file_names_is_told() -> None:
    made = importing(tag=[tag("T")], variable=[constant("unused token", TOKEN)])
    assert made.environment == ""
    assert told(made, "variable") == [("unused", None, ["nothing uses it"])]


def test_rows_are_named_by_what_they_are_about() -> None:
    rows = [{"name": "Api-Key", "value": "abcdef1"}, {"name": "mode", "value": "full"}]
    file = importing(tag=[house(rows=rows)], customTemplate=[HOUSE])
    assert [each.name for each in file.report.secrets] == ["HOUSE_API_KEY"]


def test_columns_are_places_too() -> None:
    rows = [{"pixelId": "1", "accessToken": "abcdef1"}, {"pixelId": "2", "accessToken": "abcdef2"}]
    made = importing(tag=[house(rows=rows)], customTemplate=[HOUSE])
    assert [each.name for each in made.report.secrets] == ["HOUSE_ACCESSTOKEN", "HOUSE_ACCESSTOKEN_2"]


def test_what_is_named_token_in_a_ga4_tag_is_a_parameter() -> None:
    file = written(tag=[tag("T", {"eventParameters": [{"fieldName": "session_token", "value": "abc"}]})])
    assert file["tags"]["t"]["parameters"] == {"set": {"session_token": "abc"}}
