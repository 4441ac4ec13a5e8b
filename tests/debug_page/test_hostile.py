"""Whatever a visitor or a vendor writes, the debug page shows it as text; what is secret or personal shows nowhere."""

from __future__ import annotations

import json
from collections.abc import Iterator
from urllib.parse import quote

import httpx
import pytest

from tests.debug_page.desk import SECRETS, Desk, desk
from tests.server.process.destination import Behaviour, status
from tests.waiting import until

pytestmark = pytest.mark.process

CORPUS = [
    "<script>window.pwned=1</script>",
    "<img src=x onerror=window.pwned=2>",
    "'\"><svg/onload=window.pwned=3>",
    "</script><script>window.pwned=4</script>",
    "</template><script>window.pwned=5</script>",
    "javascript:window.pwned=6",
    '" autofocus onfocus=window.pwned=7 x="',
    "{{ 7*7 }}{% raw %}${7*7}#{7*7}",
    "</pre></textarea></style><iframe srcdoc='<script>parent.pwned=8</script>'>",
    "<a href=javascript:window.pwned=9>x</a><base href=//evil.example/>",
    "&lt;script&gt;window.pwned=10&lt;/script&gt;",
    "\u2028\u2029<!--<script>window.pwned=11//-->",
]
FOREIGN = (
    "script:not([src^='/static/']), iframe, base, img:not([src^='/static/']), [onerror], [onload], [onfocus], a[href^=javascript]"
)
PAGES = (
    *(
        "/",
        "/?view=unclaimed",
        "/?view=refused",
        "/?q=script",
        "/overview",
        "/deliveries",
        "/configuration",
        "/configuration/edit",
    ),
    *("/try", "/browser", "/visitors", f"/visitors/{quote(CORPUS[0], safe='')}", f"/visitors/{quote(CORPUS[6], safe='')}"),
)
EMAIL = "canary.person@private.example"
PHONE = "+493012345678"


@pytest.fixture(scope="module")
def at(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    with desk(tmp_path_factory.mktemp("hostile")) as made:
        yield made


def saying(text: str) -> Behaviour:
    body = text.encode()
    head = f"HTTP/1.1 400 Bad Request\r\nX-Said: {quote(text)}\r\nContent-Length: {len(body)}\r\n\r\n".encode()
    return lambda _, transport: transport.write(head + body)


def pages(at: Desk) -> list[str]:
    lines = httpx.get(at.url("/api/requests"), trust_env=False).json()["requests"]
    tabs = ["tags", "data", "variables", "request", "consent", "reply", "test"]
    rows = [
        f"/requests/{line['worker']}/{line['id']}?tab={tabs[at % len(tabs)]}&tag={'hook' if at % 2 else 'ga4'}"
        for at, line in enumerate(lines)
    ]
    dead = httpx.get(at.url("/deliveries"), trust_env=False).text
    letters = [f"/deliveries/0-{number}" for number in range(1, 4) if f"0-{number}" in dead]
    of_first = [f"/requests/{line['worker']}/{line['id']}/{page}" for line in lines[:6] for page in ("again", "send")]
    return [*PAGES, *rows[:30], *of_first, *letters]


def test_nothing_that_was_sent_is_ever_executed(at: Desk) -> None:
    for text in CORPUS:
        at.vendor.behaviour = saying(text)
        at.hit(en=text, dl=f"https://x.example/{text}", dt=text, **{f"ep.{text}": text, "ep.value": text})
        at.send(
            f"/{quote(text)}?{quote(text)}={quote(text)}",
            headers={"User-Agent": ascii(text), "Referer": ascii(text)},
            method="GET",
        )
        at.send(f"/{quote(text)}", headers={"Cookie": ascii(text), "X-Much": "x" * 70_000}, method="GET")
        body = {"client_id": text, "events": [{"name": "x", "params": {"a": text}}]}
        at.send(f"/mp/collect?api_secret={SECRETS['MP_SECRET']}&measurement_id=G-TEST00001", json.dumps(body).encode())
    until(lambda: "HTTP 400" in httpx.get(at.url("/deliveries"), trust_env=False).text)
    said: list[str] = []
    at.page.on("dialog", lambda dialog: said.append(dialog.message))
    at.page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    at.page.on("pageerror", lambda error: said.append(str(error)))
    for path in pages(at):
        at.page.goto(at.url(path))
        if path == "/":
            at.page.get_by_test_id("request-row").nth(len(CORPUS)).wait_for()
        assert at.page.evaluate("window.pwned") is None, path
        assert at.page.locator(FOREIGN).count() == 0, path
    assert said == []


def test_a_pasted_text_is_not_executed_either(at: Desk) -> None:
    for text in CORPUS:
        at.page.goto(at.url("/try"))
        at.page.locator("textarea[name=text]").fill(f"/g/collect?v=2&tid=G-TEST00001&cid={quote(text)}&en={quote(text)}")
        at.page.get_by_test_id("try").click()
        at.page.get_by_test_id("tag-ga4").wait_for()
        at.page.locator("textarea[name=text]").fill(text)
        at.page.get_by_test_id("try").click()
        at.page.wait_for_load_state()
        assert at.page.evaluate("window.pwned") is None


def test_a_secret_and_a_person_show_nowhere(at: Desk) -> None:
    user_data = {"sha256_email_address": ["c" * 64], "email": EMAIL, "phone_number": PHONE}
    payload = {
        "client_id": "1.2",
        "user_data": user_data,
        "events": [{"name": "purchase", "params": {"value": 500, "mail": EMAIL}}],
    }
    secret = SECRETS["MP_SECRET"]
    for behaviour in (status("500 Oops"), saying(f"{SECRETS['HOOK_TOKEN']} of {EMAIL}"), saying("{")):
        at.vendor.behaviour = behaviour
        at.hit(en="purchase", **{"epn.value": "500", "ep.email": EMAIL, "ep.phone": PHONE})
        at.send(f"/mp/collect?api_secret={secret}&measurement_id=G-TEST00001", json.dumps(payload).encode())
        at.send(f"/mp/collect?api_secret={secret}x&measurement_id=G-TEST00001&user={EMAIL}", b"{")
        at.send(
            f"/nobody/{quote(EMAIL)}?token={SECRETS['HOOK_TOKEN']}",
            method="GET",
            headers={"Referer": f"https://x.example/?m={EMAIL}"},
        )
    until(lambda: "HTTP 400" in httpx.get(at.url("/deliveries"), trust_env=False).text)
    shown = [
        httpx.get(at.url(path), trust_env=False).text
        for path in (*pages(at), "/metrics", "/api/requests", "/ready", "/api/configuration")
    ]
    shown.append(at.server.log.read_text())
    for text in shown:
        for canary in (*SECRETS.values(), EMAIL, quote(EMAIL), PHONE, quote(PHONE)):
            assert canary not in text
    stored = b"".join(path.read_bytes() for path in (at.server.config.parent / "data").rglob("*") if path.is_file())
    assert b"purchase" in stored
    assert not [canary for canary in SECRETS.values() if canary.encode() in stored]
