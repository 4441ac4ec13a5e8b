"""Who may open the admin port."""

from __future__ import annotations

import pytest

from server.admin import OPEN, Access
from server.admin.sign_in.access import bearer
from tests.server.admin.conftest import TOKEN, Port

LOCKED = Access(TOKEN)
HERE = ["localhost", "LOCALHOST:8081", "127.0.0.1", "127.0.0.1:8081", "127.1.2.3:1", "[::1]", "[::1]:8081"]
ELSEWHERE = ["rebound.example", "tagyard.internal:8081", "10.0.0.7:8081", "[2001:db8::1]:8081", "localhost.evil.example"]
NO_HOST = ["", "a@127.0.0.1", "localhost/", "localhost:", "localhost:8081:1", "127.0.0.1\n", "a b", "[::1", "127.0.0.1.", "½"]


@pytest.mark.parametrize("host", HERE)
def test_this_machines_names_are_always_allowed(host: str) -> None:
    assert OPEN.host_allowed(host)
    assert LOCKED.host_allowed(host)


@pytest.mark.parametrize("host", [*ELSEWHERE, "127.0.0.1.evil.example", "1270.0.0.1", "::1", "0.0.0.0"])
def test_a_name_that_was_made_to_point_here_is_refused_where_nothing_else_protects(host: str) -> None:
    assert not OPEN.host_allowed(host)


@pytest.mark.parametrize("host", ELSEWHERE)
def test_with_a_token_any_name_will_do(host: str) -> None:
    assert LOCKED.host_allowed(host)


@pytest.mark.parametrize("host", NO_HOST)
def test_what_is_no_host_is_never_allowed(host: str) -> None:
    assert not OPEN.host_allowed(host)
    assert host == "127.0.0.1." or not LOCKED.host_allowed(host)


@pytest.mark.parametrize("header", [f"Bearer {TOKEN}", f"bearer {TOKEN}", f"BEARER  {TOKEN} "])
def test_the_token_is_read_out_of_its_header(header: str) -> None:
    assert LOCKED.matches(bearer({"authorization": header}))


@pytest.mark.parametrize(
    "header",
    ["", TOKEN, f"Basic {TOKEN}", "Bearer ", "Bearer", f"Bearer {TOKEN[:-1]}", f"Bearer {TOKEN}x", "Bearer \xe9\xff"],
)
def test_anything_else_is_not_the_token(header: str) -> None:
    assert not LOCKED.matches(bearer({"authorization": header}))


@pytest.mark.parametrize("blank", ["", " ", "\t \n"])
def test_a_blank_token_would_let_everybody_in(blank: str) -> None:
    with pytest.raises(ValueError, match="a blank admin token lets everybody in"):
        Access(blank)


def test_the_token_is_not_told() -> None:
    assert TOKEN not in repr(LOCKED)


@pytest.mark.parametrize(("given", "fits"), [(TOKEN, True), (TOKEN[:-1], False), ("", False), ("é", False)])
def test_a_token_that_is_typed_is_compared_in_full(given: str, fits: bool) -> None:
    assert LOCKED.matches(given) is fits
    assert not OPEN.matches(given)


HOST = {"host": "localhost:8081"}
BEARER = {"authorization": f"Bearer {TOKEN}"}


@pytest.mark.parametrize(
    ("headers", "allowed"),
    [
        ({}, True),
        ({"sec-fetch-site": "same-origin", "sec-fetch-mode": "cors"}, True),
        ({"sec-fetch-site": "none", "sec-fetch-mode": "navigate"}, True),
        ({"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate"}, True),
        ({"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document"}, True),
        ({"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "iframe"}, False),
        ({"sec-fetch-site": "same-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "embed"}, False),
        ({"sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors"}, False),
        ({"sec-fetch-site": "cross-site", "sec-fetch-mode": "cors"}, False),
        ({"sec-fetch-site": "same-site", "sec-fetch-mode": "no-cors"}, False),
        ({"sec-fetch-site": "same-site"}, False),
    ],
)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_another_sites_page_may_link_here_and_not_read(method: str, headers: dict[str, str], allowed: bool) -> None:
    assert OPEN.same_site(method, {**HOST, **headers}, by_header=False) is allowed


@pytest.mark.parametrize(
    ("headers", "allowed"),
    [
        ({"origin": "http://localhost:8081"}, True),
        ({"origin": "https://localhost:8081"}, True),
        ({"origin": "HTTP://LOCALHOST:8081"}, True),
        ({"sec-fetch-site": "same-origin"}, True),
        (BEARER, True),
        ({}, False),
        ({"origin": "null"}, False),
        ({"origin": ""}, False),
        ({"origin": "http://localhost:3000"}, False),
        ({"origin": "http://localhost"}, False),
        ({"origin": "http://evil.example"}, False),
        ({"origin": "http://localhost:8081.evil.example"}, False),
        ({"origin": "http://evil.example", **BEARER}, False),
        ({"origin": "null", "sec-fetch-site": "same-origin"}, False),
        ({"sec-fetch-site": "none"}, False),
        ({"sec-fetch-site": "same-site"}, False),
        ({"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate"}, False),
    ],
)
@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_what_changes_something_comes_from_our_own_page_or_with_the_token(
    method: str, headers: dict[str, str], allowed: bool
) -> None:
    assert LOCKED.same_site(method, {**HOST, **headers}, by_header=bool(bearer(headers))) is allowed


@pytest.mark.parametrize(
    "path",
    [
        *("/deliveries/drop", "/deliveries/retry", "/requests/0/a/reveal", "/requests/0/a/send", "/try", "/login", "/logout"),
        *("/browser", "/browser/preview", "/configuration/edit"),
    ],
)
@pytest.mark.parametrize("origin", ["null", "http://evil.example", "http://localhost:3000"])
def test_a_form_on_another_page_reaches_nothing(port: Port, path: str, origin: str) -> None:
    status, _, body = port.post(path, {"sure": "yes", "all": "dead"}, origin=origin)
    assert (status, body) == (403, b"this request comes from another site's page\n")
    (worker,) = port.workers
    assert worker is not None
    assert worker.asked == []


@pytest.mark.parametrize("path", ["/api/requests", "/metrics", "/live/stream", "/", "/ready"])
def test_a_script_on_another_page_reads_nothing(port: Port, path: str) -> None:
    assert port.get(path, sec_fetch_site="cross-site", sec_fetch_mode="no-cors")[0] == 403
    assert port.get(path, host="rebound.example:8081")[0] == 421
