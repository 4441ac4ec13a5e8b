"""Which phone numbers redact finds, and what only looks a little like one."""

from __future__ import annotations

import pytest

from tests.transformations.redacting import quoted, text_after

PHONES = [
    "+491701234567", "+49 170 1234567", "+49 (0) 170 123-4567", "+1 (212) 555-0123", "+49.170.1234567",
    "+49\u00a0170\u00a01234567",
    "0170 1234567", "0170-1234567", "(030) 123456-7", "030/1234567", "030 / 1234567", "0049 170 1234567", "06 12 34 56 78",
    "06.12.34.56.78", "(212) 555-0123", "(212)555-0123", "020 7946 0958", "0170 1234567 0171 7654321",
    "+49 170 1234567 +49 171 7654321",
]  # fmt: skip


FROM_MANY_COUNTRIES = (
    # international, as people of many countries write them
    "+43 1 5123456", "+41 44 668 18 00", "+33 1 42 68 53 00", "+44 20 7946 0958", "+353 1 234 5678", "+31 20 123 4567",
    "+32 2 555 12 12", "+39 06 1234 5678", "+34 912 345 678", "+351 21 123 4567", "+48 22 123 45 67", "+46 8 123 456 78",
    "+47 22 12 34 56", "+45 12 34 56 78", "+358 9 1234567", "+1 212 555 0123", "+1-212-555-0123", "+55 11 91234-5678",
    "+52 55 1234 5678", "+81 3-1234-5678", "+86 138 0013 8000", "+91 98765 43210", "+61 2 9999 9999", "+64 9 123 4567",
    "+27 11 123 4567", "+90 532 123 45 67", "+7 495 123-45-67", "+380 44 123 4567", "+420 123 456 789", "+36 1 123 4567",
    "+972 3-123-4567", "+971 4 123 4567", "+65 6123 4567", "+49 151 / 234 567-89", "+49–151–23456789", "+1.2125550123",
    # national
    "0151/23456789", "030 / 123 45 67", "(030) 1234567", "0621 12345", "0151 - 234 567 89", "0151–2345678", "0664 1234567",
    "044 668 18 00", "079 123 45 67", "01 42 68 53 00", "01.42.68.53.00", "01-42-68-53-00", "07700 900123", "(020) 7946 0958",
    "020-1234567", "070-123 45 67", "090-1234-5678", "098765 43210", "080 2345 6789", "0412 345 678", "011 123 4567",
    "0532 123 45 67", "06 12 34 56 78 07 12 34 56 78",
)  # fmt: skip

NO_PHONES = (
    "2026-11-29", "29.11.2026", "01/02/2026", "01.02.24 10.30", "2026-11-29 08:15:30", "2026-11-29T10:15:30+0100",
    "Sun Nov 29 2026 10:15:30 GMT+0100 (CET)", "0800-1800", "09.00-17.00", "1 234 567,89", "010.001.002.003", "192.168.0.1:8080",
    "4006381333931", "04006381333931", "0-306-40615-2", "978-3-16-148410-0", "0 12345 67890 5", "1764340309313000",
    "35009a79-1a05-49d7-b876-2b884d0f825b", "01234567-0123-4567-8901-012345678901", "1.2.3-0123 45678", "v0.12.345",
    "0800x0600", "GS1.1.1764340309.5.1.1764340315.54.0.0", "+52.520008,+13.404954", "52.520008,13.404954", "-33.86 151.20",
    "01 02 03 04 05 06", "01-02-03-04-05-06", "1 2 3 4 5 6 7 8 9 10", "T-2024-00012345", "00-11-22-33-44-55", "10-12-345",
    "DE02 1203 0000 0000 2020 51", "4111 1111 1111 1111", "Order #0123-456789", "#0170 123456", "0815-47110-bolt",
    "0815-47110.html",
    "https://shop.example/p/0815-47110", "https://shop.example/p/0815-47110?x=1", "https://shop.example/p/0815-47110/",
    "https://shop.example/p/0815-47110-bolt", "https://shop.example/p/bolt-0815-47110", "https://shop.example/p/bolt_0815-47110.html",
    "https://shop.example/2026/11/29/0123-45678", "/p/0123-456789", "https://0815-47110.example/",
)  # fmt: skip


@pytest.mark.parametrize("phone", FROM_MANY_COUNTRIES)
def test_a_phone_number_of_many_countries_goes(phone: str) -> None:
    assert text_after(f"call {phone}!", patterns="phone") == "call [redacted]!"
    assert text_after(f"https://x.example/?tel={quoted(phone, 1)}", patterns="phone").startswith("https://x.example/?tel=%5B")


@pytest.mark.parametrize("text", NO_PHONES)
def test_what_only_looks_a_little_like_a_phone_number_stays(text: str) -> None:
    assert text_after(text, patterns="phone") == text
    assert text_after(f"see {text} here", patterns="phone") == f"see {text} here"


def test_an_article_number_in_the_path_stays_and_a_phone_number_in_the_query_goes() -> None:
    url = "https://shop.example/p/0815-47110-bolt?tel=0170-1234567#/p/0815-47110"
    assert text_after(url, patterns="phone") == "https://shop.example/p/0815-47110-bolt?tel=%5Bredacted%5D#/p/0815-47110"
    assert text_after("https://shop.example/call/0170%201234567", patterns="phone") == "https://shop.example/call/%5Bredacted%5D"
    assert text_after("tel://0170-1234567", patterns="phone") == "tel://%5Bredacted%5D"


@pytest.mark.parametrize("phone", PHONES)
@pytest.mark.parametrize("around", ["{}", "call {}!", "tel:{}", "{}, {}", "<b>{}</b>"])
def test_a_phone_number_as_one_writes_it_goes(phone: str, around: str) -> None:
    assert text_after(around.replace("{}", phone), patterns="phone") == around.replace("{}", "[redacted]")


@pytest.mark.parametrize("phone", PHONES)
@pytest.mark.parametrize("times", [1, 2, 3])
def test_a_phone_number_in_a_url_goes(phone: str, times: int) -> None:
    expected = f"https://x.example/?tel={quoted('[redacted]', times if quoted(phone, 1) != phone else 1)}&a=%2B1"
    assert text_after(f"https://x.example/?tel={quoted(phone, times)}&a=%2B1", patterns="phone") == expected


def test_a_form_writes_spaces_as_plus() -> None:
    assert (
        text_after("https://x.example/?tel=%2B49+170+1234567&a=1", patterns="phone")
        == "https://x.example/?tel=%5Bredacted%5D&a=1"
    )
