"""How long a connection may be idle, by who is at its other end."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from config import ServerSettings
from server.connections.patience import TRUSTED, patience
from server.connections.terms import Patience
from server.connections.timed import FIRST_BYTE
from server.visitors.visitor import Visitors

LONGEST_OF_A_BALANCER = 900


@pytest.mark.parametrize(
    ("written", "peer", "expected"),
    [
        ({}, "203.0.113.9", (FIRST_BYTE, FIRST_BYTE)),
        ({}, "127.0.0.1", (FIRST_BYTE, FIRST_BYTE)),
        ({}, None, (FIRST_BYTE, FIRST_BYTE)),
        ({"trusted_proxies": ["private"]}, "10.0.1.7", (TRUSTED, TRUSTED, True)),
        ({"trusted_proxies": ["private"]}, "::ffff:10.0.1.7", (TRUSTED, TRUSTED, True)),
        ({"trusted_proxies": ["private"]}, "203.0.113.9", (FIRST_BYTE, FIRST_BYTE)),
        ({"behind": "cloudflare"}, "173.245.48.1", (TRUSTED, TRUSTED, True)),
        ({"keep_alive": "75s"}, "203.0.113.9", (FIRST_BYTE, 75)),
        ({"keep_alive": "75s", "trusted_proxies": ["private"]}, "10.0.1.7", (75, 75, True)),
        ({"keep_alive": "5s", "trusted_proxies": ["private"]}, "10.0.1.7", (FIRST_BYTE, 5, True)),
    ],
)
def test_a_trusted_proxy_has_long_and_everybody_else_has_what_the_file_says(
    written: dict[str, object], peer: str | None, expected: tuple[float, float, bool] | tuple[float, float]
) -> None:
    settings = ServerSettings.model_validate(written)
    assert patience(settings, Visitors(settings), peer) == Patience(*expected)


def test_no_balancer_waits_longer_than_the_server_does() -> None:
    assert TRUSTED > LONGEST_OF_A_BALANCER


@pytest.mark.parametrize(
    "written", [{"keep_alive": "0s"}, {"keep_alive": "3h"}, {"max_cookies": "10 B"}, {"max_cookies": "2 MiB"}]
)
def test_a_limit_that_makes_no_sense_is_refused(written: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        ServerSettings.model_validate(written)
