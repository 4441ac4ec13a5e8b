"""What looks like a secret, and what does not."""

from __future__ import annotations

import pytest

from server.tag_manager.looks import is_public_place, is_secret_name, is_secret_place, looks_secret, secret_words


def words(text: str, **flags: bool) -> list[str]:
    """The words of a text that look like secrets."""
    return [text[start:stop] for start, stop in secret_words(text, **flags)]


@pytest.mark.parametrize(
    "token",
    [
        "EAAJZC2INVENTEDtokenNOTreal0a1b2c3d",
        "ya29.a0Invented",
        "AIzaSyINVENTED01",
        "sk_live_51INVENTED",
        "rk_test_51INVENTED",
        "whsec_INVENTED01",
        "xoxb-0123456789-INVENTED",
        "ghp_INVENTED0123",
        "gho_INVENTED0123",
        "github_pat_INVENTED0123",
        "glpat-INVENTED0123",
        "shpat_0123456789abcdef",
        "shpss_0123456789abcdef",
        "AKIAINVENTED0123",
        "ASIAINVENTED0123",
        "pk_0123456789abcdef",
        "pina_INVENTED",
        "eyJhbGciOiJub25lIn0.eyJpIjoxfQ.c2ln",
        "eyJhbGciOiJub25lIn0.eyJpIjoxfQ",
        "SG.INVENTED01.abc",
        "AQ" + "Vx7invented0" * 8,
        "-----BEGIN PRIVATE KEY-----\nMIIInvented\n-----END PRIVATE KEY-----",
        "-----BEGIN RSA PRIVATE KEY-----\nMIIInvented",
    ],
)
def test_known_beginnings_are_secrets_wherever_they_stand(token: str) -> None:
    assert words(token) == [token]
    assert words(token, public=True) == [token]


@pytest.mark.parametrize(
    "token",
    [
        "0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c",
        "0F1E2D3C4B5A69788796A5B4C3D2E1F0",
        "6a1f0b2c-3d4e-4f50-8a6b-7c8d9e0f1a2b",
        "Inv3nt3dN0tR3alT0k3n01234",
        "Invented-Bearer-0123456789-abcdefghij-XYZ",
        "inv3nted-K3y-f0r-mail-4nd-m0re-00112233",
        "SW52ZW50ZWQgbm90IHJlYWwgdG9rZW4gMDEyMzQ1Njc4OQ==",
        "1234567890123456|abcdefghijklmnopqr",
        "abcdefghijklmnopqrstuvwxyzabcd1234",
        "AAAABBBBCCCCDDDDaaaa111",
    ],
)
def test_long_words_of_several_kinds_are_secrets_where_no_ids_stand(token: str) -> None:
    assert words(token) == ([token] if len(token) >= 24 else [])
    assert not looks_secret(token, public=True)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "main",
        "true",
        "100000000000001",
        "G-EXAMPLE0001",
        "GTM-EX5SRV1",
        "C0INVENTED0PIXEL0ID0",
        "AbC-D_efG-h12_34-567",
        "prenota_diagnosi_1seduta",
        "spring_sale_landing_page_variant_2_of_2026",
        "a-rather-long-name-of-a-campaign-that-says-2026",
        "https://shop.example/a/rather/long/path/to/some/page/of/2026",
        "server-side-tagging-abcde12345-uc.a.run.app",
        "1234567890-abcdefghijklmnopqrst12345.apps.googleusercontent.com",
        "data.shop.example:8443",
        "/collect/v2/2026/01/02/events/of/the/shop",
        "2026-01-02T08:15:30.000Z",
        "^(begin_checkout|purchase|add_to_cart|view_item)$",
        "sam.roe+newsletter@shop.example.com",
        "Mozilla/5.0 (X11; Linux x86_64)",
        "urn:lla:llaPartnerConversion:104012",
        "größe eines sehr langen deutschen wortes ohne ziffern",
        "EAA",
        "AKIA",
        "pk_live",
        "AQ12",
        "eyJ",
    ],
)
def test_words_that_people_write_are_none(text: str) -> None:
    assert words(text) == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Bearer Inv3nt3dN0tR3alT0k3n01234", ["Inv3nt3dN0tR3alT0k3n01234"]),
        ("https://x.example/in?key=Inv3nt3dN0tR3alT0k3n01234&v=1", ["Inv3nt3dN0tR3alT0k3n01234"]),
        ("https://x.example/Inv3nt3dN0tR3alT0k3n01234/events", ["Inv3nt3dN0tR3alT0k3n01234"]),
        ("https://me:Inv3nt3dN0tR3alT0k3n01234@x.example/", ["Inv3nt3dN0tR3alT0k3n01234"]),
        ("/data/Inv3nt3dN0tR3alT0k3n01234/events", ["Inv3nt3dN0tR3alT0k3n01234"]),
        ("token=Inv3nt3dN0tR3alT0k3n01234", ["Inv3nt3dN0tR3alT0k3n01234"]),
        ("a sk_live_51INVENTED, b shpat_0123456789abcdef", ["sk_live_51INVENTED", "shpat_0123456789abcdef"]),
        ('{"private_key": "sk_live_51INVENTED"}', ["sk_live_51INVENTED"]),
        (
            'before "-----BEGIN PRIVATE KEY-----\\nMII\\n-----END PRIVATE KEY-----" after',
            ["-----BEGIN PRIVATE KEY-----\\nMII\\n-----END PRIVATE KEY-----"],
        ),
    ],
)
def test_in_a_longer_text_only_the_word_is_one(text: str, found: list[str]) -> None:
    assert words(text) == found


def test_alternatives_are_words_of_their_own_where_patterns_stand() -> None:
    ids = "G-AAAAAAAA1|G-AAAAAAAA2|G-AAAAAAAA3|G-AAAAAAAA4"
    assert words(ids) == [ids]
    assert words(ids, alternatives=True) == []
    assert words(f"a|Inv3nt3dN0tR3alT0k3n01234|{ids}", alternatives=True) == ["Inv3nt3dN0tR3alT0k3n01234"]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("accessToken", True),
        ("access_token", True),
        ("apiAccessToken", True),
        ("Authorization", True),
        ("X-Api-Key", True),
        ("apiKey", True),
        ("client_secret", True),
        ("PASSWORD", True),
        ("dbPasswd", True),
        ("privateKey", True),
        ("aws-access-key", True),
        ("secretKey", True),
        ("credential", True),
        ("userCredentials", True),
        ("consumerKey", True),
        ("appSecretProof", True),
        ("tokenType", False),
        ("publicKey", False),
        ("key", False),
        ("authorizationUrl", False),
        ("passwordless", False),
        ("", False),
    ],
)
def test_places_of_secrets_are_told_by_how_their_names_end(name: str, expected: bool) -> None:
    assert is_secret_place(name) is expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("const - meta api token", True),
        ("Meta Access Token (old)", True),
        ("secret of the shop", True),
        ("db password", True),
        ("Private Key", True),
        ("API-Key Mail", True),
        ("Credentials", True),
        ("access_key", True),
        ("klaviyo public key", False),
        ("token type", False),
        ("token type and token", True),
        ("key", False),
        ("brand", False),
        ("", False),
    ],
)
def test_constants_are_secrets_by_what_their_names_say(name: str, expected: bool) -> None:
    assert is_secret_name(name) is expected


@pytest.mark.parametrize("name", ["pixelId", "pixel_code", "conversionLabel", "conversion-id", "keyPath", "eventName", "event"])
def test_ids_and_names_of_events_may_look_like_anything(name: str) -> None:
    assert is_public_place(name)


@pytest.mark.parametrize(
    "text",
    [
        "eyJ-" * 50_000,
        "eyJ" * 70_000,
        "SG.a" * 50_000,
        "a." * 100_000,
        "-----BEGIN A-----" * 10_000,
        "a=" * 100_000,
        "/|" * 99_999,
    ],
)
def test_no_text_takes_long(text: str) -> None:
    assert isinstance(words(text), list)
