"""Every kind of expectation: it holds where it should, fails where it should, and says what there was instead."""

from __future__ import annotations

import pytest

from core.product import USER_AGENT
from tests.server.cases.conftest import HIT, RunTests

PAGE_VIEW = f'request: {{url: "{HIT}"}}'
BATCH = (
    'request: {url: "/metrics/g/collect?v=2&tid=G-ABC1234567&cid=1.2&dt=Shoes", '
    'body: "en=scroll\\r\\nen=click&dt=Cart", ip: 192.0.2.1}'
)
ORDER = "event: {event_name: purchase, transaction_id: T-1, client_id: '1.2', items: [{item_id: a, price: 3}]}"
MP = 'url: "/metrics/mp/collect?measurement_id=G-1&api_secret=${MP_SECRET}"'
REFUSED = 'request: {url: "/metrics/mp/collect?measurement_id=G-1&api_secret=guessed", method: post}'
OUTSIDE = "the path is not below /metrics, the server.path_prefix"
TWICE = f"requests: [{{{ORDER}}}, {{{ORDER}}}]"


def failures(run_tests: RunTests, given: str, expected: str) -> list[str]:
    """What is wrong, without the file's name and place."""
    (result,) = run_tests(f"- {{name: a, {given}, {expected}}}")
    return [f"{each.problem.path.removeprefix('tests[0].')}: {each.problem.message}" for each in result.failures]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (PAGE_VIEW, "client: web"),
        ("request: {url: /metrics/nothing}", "client: null, events: 0, sent: {ga4: 0}, reply: {status: 400}"),
        (f'request: {{url: "{HIT.removeprefix("/metrics")}"}}', "client: web"),
        ('request: {url: "/other/g/collect"}', "client: null"),
        (f'request: {{url: "https://data.example.com{HIT}"}}', "client: web"),
        (f"request: {{{MP}, body: {{client_id: a, events: [{{name: x}}]}}}}", "client: backend, events: {event_name: x}"),
        (f"request: {{{MP}, body_base64: eyJjbGllbnRfaWQiOiJhIiwiZXZlbnRzIjpbeyJuYW1lIjoieCJ9XX0=}}", "events: {event_name: x}"),
        (PAGE_VIEW, "events: [{event_name: page_view, email: a@b.c, user_id: null}]"),
        (PAGE_VIEW, "events: 1"),
        (BATCH, "events: [{event_name: scroll}, {event_name: click, ip_override: 192.0.2.1}]"),
        (PAGE_VIEW, "sent: {ga4: 1, orders: 0, file: [], ads: null}"),
        (PAGE_VIEW, "sent: {ga4: {query: {en: page_view, v: 2, ep.stage: live, ep.gone: null}}}"),
        (PAGE_VIEW, "sent: {ga4: {url: https://www.google-analytics.com/g/collect, body: null}}"),
        (PAGE_VIEW, f"sent: {{ga4: {{headers: {{User-Agent: {USER_AGENT}, content-type: null}}}}}}"),
        (BATCH, "sent: {ga4: [{query: {en: scroll, dt: Shoes}}, {query: {en: click, dt: Cart, _uip: 192.0.2.1}}]}"),
        (ORDER, "sent: {orders: {url: https://example.com/orders, query: {a: 1}}}"),
        (ORDER, 'sent: {orders: {url: "https://example.com/orders?a=1"}}'),
        (ORDER, "sent: {orders: {body: {order: T-1, items: [{price: 3}], coupon: null}}}"),
        (ORDER, 'sent: {orders: {headers: {authorization: "Bearer ${TOKEN}"}}}'),
        (ORDER, "sent: {file: {url: events.jsonl, body: {event_name: purchase}, query: {}}}"),
        (ORDER, "sent: {words: {body: one purchase}}"),
        (ORDER, "sent: {form: {body: {en: purchase, n: 1, x: null}}}"),
        (f"{ORDER}, consent: {{ad_storage: granted}}", "sent: {ads: {query: {id: [a, b]}, body: null}}"),
        (f"{ORDER}, consent: {{ad_storage: denied}}", "held: {ads: ad_storage is denied}"),
        (f"{ORDER}, consent: {{ad_storage: unset}}", "held: {ads: consent}, not_sent: ads"),
        (f"{ORDER}, clock: 2026-03-01", 'sent: {orders: {body: {at: "2026-03-01T00:00:00.000Z"}}}'),
        (ORDER, 'sent: {orders: {body: {at: "2026-01-01T00:00:00.000Z"}}}'),
        (f"{ORDER}, env: {{STAGE: test}}", "sent: {ga4: 0}, held: {ga4: skipped}"),
        (f"{PAGE_VIEW}, env: {{STAGE: test}}", "sent: {ga4: {query: {ep.stage: test}}}"),
        (PAGE_VIEW, "held: {orders: trigger, file: no trigger matched (purchases)}"),
        (PAGE_VIEW, "reply: {status: 204, headers: {Cache-Control: no-cache, etag: null}, body: null}"),
        (REFUSED, "reply: {status: 403, body: {validationMessages: [{validationCode: UNAUTHORIZED}]}}"),
        ('request: {url: /metrics/x}', 'reply: {body: "no client claims this request\\n"}'),
        (f'request: {{url: "{HIT}", cookies: {{FPID: FPID2.3.AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8%3D.1760043792}}}}',
         'events: {client_id: "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=.1760043792"}'),
        (TWICE, "sent: {orders: 1}, held: {orders: duplicate}, events: 2"),
        (f"requests: [{{{ORDER}}}, {{{ORDER}, clock: 2026-01-02}}]", "sent: {orders: 2}"),
        (f"requests: [{{{ORDER}}}, {{{ORDER}, clock: '2026-01-01T23:59:59Z'}}]", "sent: {orders: 1}"),
        (f'requests: [{{url: "{HIT}"}}, {{request: {{url: /metrics/x}}, client: null}}]', "sent: {ga4: 1}"),
        (f'requests: [{{url: "{HIT}"}}, {{{ORDER}, client: backend}}]', "client: web"),
    ],
)  # fmt: skip
def test_it_holds(run_tests: RunTests, given: str, expected: str) -> None:
    assert failures(run_tests, given, expected) == []


@pytest.mark.parametrize(
    ("given", "expected", "told"),
    [
        (PAGE_VIEW, "client: backend", "client: expected backend to claim it, but web does"),
        (PAGE_VIEW, "client: null", "client: expected nobody to claim it, but web does"),
        ("request: {url: /x}", "client: web", f"client: expected web to claim it, but nobody does ({OUTSIDE})"),
        (PAGE_VIEW, "events: 0", "events: expected 0, got 1"),
        (PAGE_VIEW, "events: null", "events: expected 0, got 1"),
        (PAGE_VIEW, "events: {event_name: x}", "events[0].event_name: expected 'x', got 'page_view'"),
        (BATCH, "events: {event_name: scroll}", "events: expected 1 entry, got 2"),
        (PAGE_VIEW, "sent: {ga4: 0}", "sent.ga4: expected 0 to be sent, got 1"),
        (PAGE_VIEW, "sent: {ga4: []}", "sent.ga4: expected 0 to be sent, got 1"),
        (PAGE_VIEW, "sent: {ga4: [{}, {}]}", "sent.ga4: expected 2 to be sent, got 1"),
        (
            PAGE_VIEW,
            "sent: {orders: 1}",
            "sent.orders: expected 1 to be sent, got 0 (it is held back: no trigger matched (purchases))",
        ),
        ("request: {url: /x}", "sent: {ga4: 1}", f"sent.ga4: expected 1 to be sent, got 0 (no client claims it: {OUTSIDE})"),
        ("request: {url: '/metrics/g/collect?v=2&tid=G-OTHER'}", "sent: {ga4: 1}", "sent.ga4: expected 1 to be sent, got 0 "
         "(no client claims it: web: measurement id G-OTHER is not among G-ABC1234567; backend: the path is not /mp/collect)"),
        (
            REFUSED,
            "sent: {ga4: {}}",
            "sent.ga4: expected 1 to be sent, got 0 (there is no event)",
        ),
        (PAGE_VIEW, "sent: {ga4: {query: {en: x}}}", "sent.ga4[0].query.en: expected 'x', got 'page_view'"),
        (PAGE_VIEW, "sent: {ga4: {query: {ep.email: null}}}", "sent.ga4[0].query.ep.email: expected nothing, got 'a@b.c'"),
        (PAGE_VIEW, "sent: {ga4: {query: {gone: 1}}}", "sent.ga4[0].query.gone: expected '1', got nothing"),
        (
            PAGE_VIEW,
            "sent: {ga4: {url: https://example.com}}",
            "sent.ga4[0].url: expected 'https://example.com', got 'https://www.google-analytics.com/g/collect'",
        ),
        (
            ORDER,
            'sent: {orders: {url: "https://example.com/orders?a=2"}}',
            "sent.orders[0].url: expected 'https://example.com/orders?a=2', got 'https://example.com/orders?a=1'",
        ),
        (ORDER, "sent: {orders: {headers: {X-Shop: x}}}", "sent.orders[0].headers.X-Shop: expected 'x', got 'shop'"),
        (ORDER, "sent: {orders: {headers: {X-Shop: null}}}", "sent.orders[0].headers.X-Shop: expected nothing, got 'shop'"),
        (ORDER, "sent: {orders: {body: {order: T-2}}}", "sent.orders[0].body.order: expected 'T-2', got 'T-1'"),
        (ORDER, "sent: {orders: {body: {items: [{price: 4}]}}}", "sent.orders[0].body.items[0].price: expected 4, got 3"),
        (ORDER, "sent: {words: {body: two}}", "sent.words[0].body: expected 'two', got 'one purchase'"),
        (ORDER, "sent: {words: {body: null}}", "sent.words[0].body: expected nothing, got 'one purchase'"),
        (ORDER, "sent: {form: {body: {n: 2}}}", "sent.form[0].body.n: expected '2', got '1'"),
        (
            ORDER,
            'sent: {orders: {headers: {Authorization: "${TOKEN}"}}}',
            "sent.orders[0].headers.Authorization: expected '***', got 'Bearer ***'",
        ),
        (ORDER, "not_sent: [ads, words]", "not_sent[1]: expected 0 to be sent, got 1"),
        (ORDER, "held: {words: consent}", "held.words: expected it to be held back by 'consent', but it fires"),
        (
            ORDER,
            "held: {ads: trigger}",
            "held.ads: expected it to be held back by 'trigger', but it is held back: consent ad_storage is unset",
        ),
        ("request: {url: /x}", "held: {ga4: trigger}",
         "held.ga4: expected it to be held back by 'trigger', "
         f"but no client claims it: {OUTSIDE}"),
        (PAGE_VIEW, "reply: {status: 200}", "reply.status: expected 200, got 204"),
        (PAGE_VIEW, "reply: {headers: {etag: x}}", "reply.headers.etag: expected 'x', got nothing"),
        (PAGE_VIEW, "reply: {body: x}", "reply.body: expected 'x', got ''"),
        ("request: {url: /x}", "reply: {body: null}", "reply.body: expected nothing, got 'no client claims this request\\n'"),
        (TWICE, "sent: {orders: 2}", "sent.orders: expected 2 to be sent, got 1 "
         "(it is held back: duplicate of the one that came at 2026-01-01T00:00:00+00:00)"),
        (f"requests: [{{{PAGE_VIEW}}}, {{url: /x, client: web}}]", "client: null",
         "client: request 1: expected nobody to claim it, but web does; "
         "requests[1].client: request 2: expected web to claim it, but nobody does "
         f"({OUTSIDE})"),
        (f"requests: [{{{PAGE_VIEW}}}, {{url: /x}}]", "reply: {status: 204}",
         "reply.status: request 2: expected 204, got 400"),
    ],
)  # fmt: skip
def test_it_fails(run_tests: RunTests, given: str, expected: str, told: str) -> None:
    assert "; ".join(failures(run_tests, given, expected)) == told


def test_what_was_sent_instead_is_shown(run_tests: RunTests) -> None:
    (result,) = run_tests(f"- {{name: a, {ORDER}, not_sent: words}}")
    (failure,) = result.failures
    assert failure.more == ("POST https://example.com/words 'one purchase'",)
    (result,) = run_tests(f"- {{name: a, {PAGE_VIEW}, sent: {{ga4: 2}}}}")
    (line,) = result.failures[0].more
    assert line.startswith('POST https://www.google-analytics.com/g/collect {"v": "2"')


def test_an_environment_in_which_the_file_has_mistakes_fails_the_test_and_tells_them(run_tests: RunTests) -> None:
    broken = f'- {{name: a, {PAGE_VIEW}, env: {{STAGE: "{{{{"}}, events: [{{event_name: "${{STAGE}}"}}]}}'
    result, other = run_tests(f"{broken}\n- {{name: b, {PAGE_VIEW}, events: 1}}")
    (failure,) = result.failures
    assert failure.problem.message == "the file has mistakes in this environment"
    assert failure.problem.path == "tests[0].env"
    assert "a value of the environment brings in {{" in failure.more[0]
    assert other.failures == ()


def test_a_plugin_that_fails_fails_the_test_and_not_the_others(run_tests: RunTests, monkeypatch: pytest.MonkeyPatch) -> None:
    from tags.ga4 import Ga4

    def fail(*_: object) -> None:
        raise RuntimeError("s3cret")

    monkeypatch.setattr(Ga4, "pack", fail)
    first, second = run_tests(f"- {{name: a, {PAGE_VIEW}, events: 1}}\n- {{name: b, request: {{url: /x}}, events: 0}}")
    assert [each.problem.message for each in first.failures] == ["could not be run: RuntimeError"]
    assert second.failures == ()


def test_a_result_knows_its_place_and_how_long_it_took(run_tests: RunTests) -> None:
    first, second = run_tests(f"- {{name: a, {PAGE_VIEW}, events: 1}}\n- {{name: b, {PAGE_VIEW}, events: 2}}")
    assert (second.name, second.seconds, second.place.line) == ("b", 1, first.place.line + 1)
    assert second.failures[0].problem.line == second.place.line
