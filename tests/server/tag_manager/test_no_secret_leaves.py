"""No value of an export that looks like a token is in anything that is written or said: all looks, in all places."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, Phase, settings
from hypothesis import given as given_by
from hypothesis import strategies as st

from server.cli import main
from server.tag_manager.product import Imported, imported
from server.tag_manager.reading import read
from server.tag_manager.report import as_json, as_text
from tests.server.tag_manager.building import (
    export,
)
from tests.server.tag_manager.planted_tokens import PLACES, TEMPLATES, Json, house

TOKENS: Final[Mapping[str, str]] = {
    "of Meta": "EAAJZC2INVENTEDtokenNOTreal0a1b2c3d",
    "of Google's OAuth": "ya29.a0InventedNotReal-0123456789_abc",
    "an API key of Google's": "AIzaSyINVENTED0123456789notrealnotreal",
    "of Stripe": "sk_live_51INVENTEDnotreal0123456789",
    "a webhook's": "whsec_INVENTEDnotreal0123456789abcd",
    "of Slack": "xoxb-0123456789-INVENTEDnotreal",
    "of GitHub": "ghp_INVENTEDnotreal0123456789abcdefABCD",
    "of Shopify": "shpat_0123456789abcdef0123456789abcdef",
    "of AWS": "AKIAINVENTED01234567",
    "of Klaviyo": "pk_0123456789abcdef0123456789abcdef01",
    "of Pinterest": "pina_INVENTEDnotreal0123456789",
    "a JWT": "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJpbnZlbnRlZCJ9.c2lnbmF0dXJl",
    "of LinkedIn": "AQ" + "Vx7invented0" * 8,
    "in hexadecimal": "0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c",
    "a UUID": "6a1f0b2c-3d4e-4f50-8a6b-7c8d9e0f1a2b",
    "of letters and digits": "Inv3nt3dN0tR3alT0k3n01234",
    "with signs": "Invented-Bearer-0123456789-abcdefghij-XYZ",
    "in base64": "SW52ZW50ZWQgbm90IHJlYWwgdG9rZW4gMDEyMzQ1Njc4OQ==",
}


def _all(planted: Mapping[str, Sequence[Json]]) -> Mapping[str, Sequence[Json]]:
    return {**planted, "customTemplate": [*TEMPLATES, *planted.get("customTemplate", ())]}


def _outputs(made: Imported) -> Sequence[str]:
    return [
        made.text,
        made.environment,
        "\n".join(as_text(made.report, "f")),
        json.dumps(as_json(made.report), ensure_ascii=False),
    ]


def _is_in(token: str, text: str) -> bool:
    """Whether a text tells of it, however it is spelt: keys are in lower case, and other marks are ``_``."""
    plain = "".join(each for each in token.lower() if each.isalnum())
    return token in text or plain in "".join(each for each in text.lower() if each.isalnum())


@pytest.mark.parametrize("place", PLACES)
def test_no_token_is_in_any_output(place: str) -> None:
    for look, token in TOKENS.items():
        planted = PLACES[place](token)
        if planted:
            made = imported(read(export(**_all(planted))))
            assert not [text for text in _outputs(made) if _is_in(token, text)], look


def test_nor_is_it_on_the_terminal(tmp_path: Path) -> None:
    token = TOKENS["of Meta"]
    lists: dict[str, list[Json]] = {}
    for plant in PLACES.values():
        for kind, found in plant(token).items():
            lists.setdefault(kind, []).extend(found)
    file = tmp_path / "export.json"
    version = f'"exportFormatVersion": "{token}"'
    file.write_bytes(export(**_all(lists)).replace(b'"exportFormatVersion": 2', version.encode()))
    for flags in ([], ["--json"], ["--strict"]):
        run = CliRunner().invoke(main, ["import", str(file), "--output", "-", *flags])
        assert not _is_in(token, run.output)
    run = CliRunner().invoke(main, ["import", str(file), "--output", str(tmp_path / "made.yaml")])
    assert run.exit_code == 0, run.output
    assert not [path for path in tmp_path.iterdir() if path != file and _is_in(token, path.read_text(encoding="utf-8"))]
    assert not _is_in(token, run.output)


@pytest.mark.parametrize(
    "wrong", [b'{"a": TOKEN}', b'{"container": TOKEN}', b"TOKEN", b'{"exportFormatVersion": "TOKEN", "containerVersion": 1}']
)
def test_nor_in_what_is_said_of_a_file_that_cannot_be_read(wrong: bytes, tmp_path: Path) -> None:
    token = TOKENS["of Stripe"]
    file = tmp_path / "export.json"
    file.write_bytes(wrong.replace(b"TOKEN", token.encode()))
    run = CliRunner().invoke(main, ["import", str(file), "--output", str(tmp_path / "made.yaml")])
    assert run.exit_code == 1
    assert not _is_in(token, run.output)


LETTERS: Final = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
random_tokens = st.tuples(
    st.sampled_from(("", "EAA", "sk_live_", "ya29.", "AIza", "shpat_")),
    st.text(LETTERS, min_size=14, max_size=20),
    st.text("0123456789", min_size=6, max_size=10),
    st.text(LETTERS + "0123456789", min_size=14, max_size=40),
).map("".join)
few = settings(max_examples=60, deadline=None, database=None, phases=(Phase.generate,), suppress_health_check=list(HealthCheck))


@few
@given_by(random_tokens, st.sampled_from(sorted(PLACES)), st.sampled_from(sorted(PLACES)))
def test_nor_is_any_other_in_two_places_at_once(token: str, first: str, second: str) -> None:
    lists: dict[str, list[Json]] = {}
    for place in (first, second):
        for kind, found in PLACES[place](token).items():
            lists.setdefault(kind, []).extend(found)
    made = imported(read(export(**_all(lists))))
    assert not [text for text in _outputs(made) if _is_in(token, text)]


PASSWORDS: Final = ("Tr0ub4dor", "S3same!", "correcthorsebattery")


@pytest.mark.parametrize("password", PASSWORDS)
@pytest.mark.parametrize("key", ["password", "clientSecret", "api_key", "X-Api-Key", "userCredentials", "appSecretProof"])
def test_what_stands_in_the_place_of_a_secret_is_one_whatever_it_looks_like(key: str, password: str) -> None:
    made = imported(read(export(**_all(house({key: password}, notes=f"it is {password}, of May")))))
    assert not [text for text in _outputs(made) if password in text]
    assert [each.name for each in made.report.secrets] == [f"HOUSE_{key.upper().replace('-', '_')}"]
