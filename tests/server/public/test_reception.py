"""From the path of a request to the clients: what is understood, and what is said of the rest."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.component import Setup
from core.container import Container
from core.registry import installed
from core.types import Reply, Request, Upstream
from core.unclaimed import in_words, reasons
from server.public.prefix import below, cuts, readings, tidied
from server.public.reception import Reception
from tests.core.tiny import Fixed

HIT = "v=2&tid=G-ABC1234567&cid=1.2&en=page_view"
MP = b'{"client_id":"1.2","events":[{"name":"a"}]}'


def component(type: str, **settings: Any) -> Any:
    entry = installed().find("client", type)
    assert entry
    client = entry.load()
    return client(client.Settings(**settings), Setup(type))


CLIENTS = [
    ("web", component("ga4", measurement_ids=["G-ABC1234567"])),
    ("backend", component("measurement_protocol", api_secrets=["s3cret"])),
    ("scripts", component("google_scripts", ids=["G-ABC1234567"])),
]


def handled(path: str, prefix: str = "", query: str = HIT, clients: Any = CLIENTS, **more: Any) -> Any:
    reception = Reception(prefix)
    request = Request("r1", 1_764_340_311_502_000, more.pop("method", "GET"), reception.inside(path), query, **more)
    return reception.handle(Container(clients, ()), request, path)


def why(path: str, prefix: str = "", query: str = HIT, **more: Any) -> str:
    return in_words(reasons(handled(path, prefix, query, **more)[1]))


@pytest.mark.parametrize("prefix", ["", "/metrics"])
@pytest.mark.parametrize("path", ["/g/collect", "/g/collect/", "//g/collect", "/g//collect", "///g//collect///"])
def test_slashes_too_many_are_left_out(prefix: str, path: str) -> None:
    request, run = handled(prefix + path, prefix)
    assert (run.client, request.path) == ("web", "/g/collect")
    assert [each.code for each in run.findings] == ([] if path == "/g/collect" else ["PATH_SLASHES"])
    assert all(prefix + path in each.description for each in run.findings)


def test_the_path_as_it_came_counts_first() -> None:
    slashed = component("measurement_protocol", activation_paths="/mp/collect/")
    request, run = handled("/mp/collect/", method="POST", body=MP, clients=[*CLIENTS, ("slashed", slashed)])
    assert (run.client, request.path) == ("slashed", "/mp/collect/")
    assert "PATH_SLASHES" not in [each.code for each in run.findings]


def test_a_secret_is_asked_for_whatever_the_path_looks_like() -> None:
    for path in ("/mp/collect", "/mp/collect/", "//mp//collect"):
        _, run = handled(path, query="measurement_id=G-1", method="POST", body=MP)
        assert (run.client, run.reply.status, run.events) == ("backend", 403, ())


def test_a_prefix_that_was_taken_away_on_the_way_is_understood() -> None:
    request, run = handled("/g/collect", "/metrics")
    assert (run.client, request.path) == ("web", "/g/collect")
    assert [(each.code, "/metrics" in each.description) for each in run.findings] == [("PATH_PREFIX_MISSING", True)]


@pytest.mark.parametrize(
    "path", ["/g/collect%2f", "/g%2fcollect", "/./g/collect", "/x/../g/collect", "/G/Collect", "/g/collect.", "/g"]
)
def test_nothing_else_is_made_of_a_path(path: str) -> None:
    assert handled(path)[1].client is None


@pytest.mark.parametrize(
    ("path", "prefix", "told"),
    [
        (
            "/metrics/g/collect",
            "",
            "the path is below /metrics, but no server.path_prefix is set; set path_prefix: /metrics, or let the proxy remove it",
        ),
        (
            "/a/b/g/collect",
            "/metrics",
            "the path is below /a/b, but server.path_prefix is /metrics; set path_prefix: /a/b, "
            "or let the proxy put /metrics before the client's path",
        ),
        (
            "/metrics/metrics/g/collect/",
            "/metrics",
            "the path is below /metrics/metrics, but server.path_prefix is /metrics; set path_prefix: /metrics/metrics, "
            "or let the proxy put /metrics before the client's path",
        ),
        ("/nothing", "/metrics", "the path is not below /metrics, the server.path_prefix"),
    ],
)
def test_a_path_in_the_wrong_place_is_told_where_it_would_be_right(path: str, prefix: str, told: str) -> None:
    assert why(path, prefix) == told


def test_one_that_a_client_knows_is_found_for_a_stranger_s_hit_too() -> None:
    assert "path_prefix: /metrics" in why("/metrics/g/collect", query="v=2&tid=G-OTHER")
    assert "path_prefix: /metrics" in why("/metrics/g/collect", method="OPTIONS", query="")


def test_each_client_says_why() -> None:
    assert why("/g/collect", query="v=2&tid=G-OTHER") == (
        "web: measurement id G-OTHER is not among G-ABC1234567; backend: the path is not /mp/collect; "
        "scripts: the path is none of a script"
    )
    assert why("/nothing").startswith("web: the path is not /g/collect; backend: ")
    assert why("/g/collect/", query="v=2&tid=G-OTHER").startswith("web: measurement id G-OTHER"), "of the path as it was read"


def test_a_stranger_s_hit_without_the_prefix_is_told_both() -> None:
    told = why("/g/collect", "/metrics", "v=2&tid=G-OTHER")
    assert told.startswith("the path is not below /metrics, the server.path_prefix; web: measurement id G-OTHER")


@pytest.mark.parametrize(
    ("path", "kind", "status"),
    [
        ("/", "root", 200),
        ("/favicon.ico", "favicon", 204),
        ("/robots.txt", "robots", 200),
        ("/.well-known/security.txt", "well_known", 404),
        ("/sitemap.xml", "crawler", 404),
        ("/robots933456.txt", "platform", 404),
        ("/_ah/warmup", "platform", 200),
    ],
)
@pytest.mark.parametrize("prefix", ["", "/metrics"])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_probes_are_answered_inside_and_outside_of_the_prefix(
    path: str, kind: str, status: int, prefix: str, method: str
) -> None:
    for asked in {path, prefix + path}:
        _, run = handled(asked, prefix, "", method=method)
        assert (run.client, run.probe, run.reply.status) == (None, kind, status)
        assert reasons(run) == ()


def test_robots_are_kept_off() -> None:
    assert handled("/robots.txt")[1].reply.body == b"User-agent: *\nDisallow: /\n"


@pytest.mark.parametrize(("path", "status"), [("/", 204), ("*", 204), ("/x", 400)])
def test_options_without_a_page_is_a_probe_at_the_root(path: str, status: int) -> None:
    assert handled(path, query="", method="OPTIONS")[1].reply.status == status
    assert handled(path, query="", method="OPTIONS", headers=(("origin", "https://x.example"),))[1].reply.status == 400


@pytest.mark.parametrize(("method", "path"), [("POST", "/"), ("PUT", "/robots.txt"), ("GET", "/wp-login.php"), ("GET", "/.env")])
def test_anything_else_stays_unclaimed(method: str, path: str) -> None:
    _, run = handled(path, query="", method=method)
    assert (run.probe, run.reply.status) == ("", 400)


def test_clients_come_before_probes() -> None:
    demo = ("demo", component("demo"))
    assert handled("/", query="", clients=[*CLIENTS, demo])[1].client == "demo"
    head, run = handled("/", query="", clients=[*CLIENTS, demo], method="HEAD")
    assert (run.client, run.probe, run.reply.status, head.method) == (None, "head", 200, "HEAD")


def test_head_sets_no_cookies_and_makes_no_events() -> None:
    keeping = component("ga4", cookies={"mode": "server"})
    run = handled("/g/collect", clients=[("web", keeping)], method="HEAD", headers=(("host", "data.example.com"),))[1]
    assert isinstance(run.reply, Reply)
    assert (run.probe, run.events, run.reply.status) == ("head", (), 204)
    assert "set-cookie" not in dict(run.reply.headers)
    script = handled("/gtag/js", query="id=G-ABC1234567", method="HEAD")[1]
    assert (script.client, isinstance(script.reply, Upstream)) == ("scripts", True)


def test_head_is_no_hit_that_is_passed_on_to_google() -> None:
    passing = [("scripts", component("google_scripts", ids=["AW-111", "G-ABC1234567"], google_paths="forward"))]
    for path, query in (("/ccm/collect", "tid=AW-111"), ("/pagead/conversion/111/", ""), ("/a", "id=G-ABC1234567&v=3")):
        assert isinstance(handled(path, query=query, clients=passing)[1].reply, Upstream)
        head = handled(path, query=query, clients=passing, method="HEAD")[1].reply
        assert isinstance(head, Reply)
        assert head.status == 204


def test_a_client_that_passes_without_a_word_or_fails_does_no_harm() -> None:
    silent, broken = Fixed(), Fixed()
    silent.claims, broken.claims = None, ValueError("visitor@example.com")
    _, run = handled("/x", clients=[("silent", silent), ("broken", broken)])
    assert in_words(reasons(run)) == "broken: failed: ValueError"


PATHS = st.lists(st.sampled_from(["", "g", "collect", "metrics", "..", ".", "x"]), max_size=8).map(
    lambda parts: "/" + "/".join(parts)
)


@given(PATHS, st.sampled_from(["", "/metrics", "/a/b"]))
def test_every_reading_is_a_path_without_slashes_too_many(path: str, prefix: str) -> None:
    assert tidied(tidied(path)) == tidied(path)
    for reading in readings(prefix, path):
        assert reading.path == tidied(reading.path)
        assert reading.path != path or below(prefix, path) is None
    assert all(f"{cut}{inside}" == tidied(path) for cut, inside in cuts(path) if len(tidied(path).split("/")) <= 5)


@given(PATHS, st.sampled_from(["", "/metrics"]))
def test_any_path_has_a_reply(path: str, prefix: str) -> None:
    request, run = handled(path, prefix)
    assert run.client is not None or run.probe or reasons(run)
    assert Reception(prefix).as_it_came(request, run).startswith("/")


def test_no_address_of_anybody_s_is_told_on() -> None:
    assert "@" not in why("/bob@example.com/g/collect")
    assert "below /(masked)" in why("/bob@example.com/g/collect")
