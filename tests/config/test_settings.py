"""The sections that are the file's own: server and outbox."""

from __future__ import annotations

import pytest
from pydantic import BaseModel, ValidationError

from config import OutboxSettings, ServerSettings
from config.places import Address


def refused(model: type[BaseModel], **values: object) -> str:
    with pytest.raises(ValidationError) as error:
        model.model_validate(values)
    return error.value.errors()[0]["msg"]


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("0.0.0.0:8080", Address("0.0.0.0", 8080)),
        ("localhost:0", Address("localhost", 0)),
        ("[::1]:8081", Address("::1", 8081)),
        ("my-host.example:65535", Address("my-host.example", 65535)),
    ],
)
def test_an_address_reads_and_prints_alike(text: str, address: Address) -> None:
    read = ServerSettings.model_validate({"listen": text}).listen
    assert read == address
    assert str(read) == text


@pytest.mark.parametrize("written", [20, 20.0, "20", {"per_second": 20}, {"per_second": "20", "burst": 100}])
def test_a_rate_limit_may_be_a_plain_number_of_requests_a_second(written: object) -> None:
    limit = ServerSettings.model_validate({"rate_limit": written}).rate_limit
    assert limit is not None
    assert (limit.per_second, limit.burst) == (20.0, 100)


@pytest.mark.parametrize(
    ("written", "why"), [(0, "greater than 0"), (True, "dictionary"), ("fast", "valid number"), ([20], "dictionary")]
)
def test_what_is_no_rate_limit(written: object, why: str) -> None:
    assert why in refused(ServerSettings, rate_limit=written)


@pytest.mark.parametrize(
    "value", ["", "8080", ":8080", "host", "host:", "host:65536", "host:٣", "::1:80", "a b:80", 8080, None, ["a:1"], "a:1\n"]
)
def test_what_is_no_address(value: object) -> None:
    assert "must be an address and a port" in refused(ServerSettings, listen=value)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.1.2.3", "[::1]", "localhost"])
def test_the_admin_port_is_opened_on_loopback(host: str) -> None:
    assert str(ServerSettings.model_validate({"admin": f"{host}:9"}).admin) == f"{host}:9"


@pytest.mark.parametrize("host", ["0.0.0.0", "[::]", "10.0.0.1", "example.com", "localhost.example.com", "127.1"])
def test_and_elsewhere_only_with_a_token_that_nobody_guesses(host: str) -> None:
    assert "off loopback it is not opened without a token" in refused(ServerSettings, admin=f"{host}:9")
    assert "must have 16 characters or more" in refused(ServerSettings, admin=f"{host}:9", admin_token="too short")
    guarded = ServerSettings.model_validate({"admin": f"{host}:9", "admin_token": "0123456789abcdef"})
    assert (str(guarded.admin), str(guarded.admin_token)) == (f"{host}:9", "***")


@pytest.mark.parametrize("token", ["", " ", " " * 20, "\t\n" * 20])
def test_a_blank_token_guards_nothing(token: str) -> None:
    assert "is blank, which guards nothing: `openssl rand -hex 24` makes one" in refused(ServerSettings, admin_token=token)


@pytest.mark.parametrize("token", [" 0123456789abcdef", "0123456789abcdef\n"])
def test_a_token_with_a_space_at_its_end_could_not_be_typed(token: str) -> None:
    assert "must neither begin nor end with a space" in refused(ServerSettings, admin_token=token)


@pytest.mark.parametrize(
    "origin",
    [
        "https://www.example.com",
        "http://localhost:3000",
        "https://*.example.com",
        "https://xn--bcher-kva.example",
        "null",
        "capacitor://localhost",
        "ionic://localhost",
        "app://obsidian.md",
        "app://.",
        "file://",
        "tauri://localhost",
        "chrome-extension://aapbdbdomjkkjkaonfhkkikfgjllcleb",
    ],
)
def test_origins(origin: str) -> None:
    assert ServerSettings.model_validate({"allowed_origins": origin}).allowed_origins == [origin]


@pytest.mark.parametrize(
    "origin",
    [
        "*",
        "",
        "example.com",
        "NULL",
        "capacitor://*",
        "app://*.example.com",
        "capacitor://localhost/",
        "ws://a.example",
        "data://x",
        "javascript://x",
        "://x",
        "https://example.com/",
        "https://Example.com",
        "https://*",
        "https://a*.b",
        "ftp://a",
        "https://a@b",
    ],
)
def test_what_is_no_origin(origin: str) -> None:
    assert "must be an origin" in refused(ServerSettings, allowed_origins=[origin])


def test_yaml_has_a_word_for_the_opaque_origin_that_means_nothing_elsewhere() -> None:
    assert ServerSettings.model_validate({"allowed_origins": [None, "https://a.example"]}).allowed_origins == [
        "null",
        "https://a.example",
    ]


def test_sizes_and_durations() -> None:
    server = ServerSettings.model_validate({"max_body": "2 MiB", "shutdown_grace": "1m", "max_connections": 10})
    assert (server.max_body, server.shutdown_grace, server.max_connections) == (2 << 20, 60, 10)
    outbox = OutboxSettings.model_validate({"max_size": "1 GiB", "max_age": "2h"})
    assert (outbox.max_size, outbox.max_age) == (1 << 30, 7200)


@pytest.mark.parametrize(
    ("url", "folder"), [("sqlite:data", "data"), ("sqlite:/var/lib/tagyard", "/var/lib/tagyard"), ("sqlite:../a b", "../a b")]
)
def test_the_folder_of_the_outbox_is_kept_as_written(url: str, folder: str) -> None:
    assert OutboxSettings.model_validate({"url": url}).folder == folder


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("data", "must be sqlite:FOLDER"),
        ("sqlite:", "must be sqlite:FOLDER"),
        ("redis://host:6379", "must be sqlite:FOLDER"),
        ("nats:host", "must be nats://HOST:PORT"),
        ("nats://", "must be nats://HOST:PORT"),
        ("nats://host/a.b", "must be nats://HOST:PORT"),
        ("nats://host/" + "a" * 41, "must be nats://HOST:PORT"),
        ("nats://host:65536", "must be nats://HOST:PORT"),
        ("nats://a,,b", "must be nats://HOST:PORT"),
        ("nats://a:4222?x=1", "must be nats://HOST:PORT"),
        ("tls://me:secret@host", "a user and a password belong to `outbox.nats`"),
    ],
)
def test_other_outboxes_are_refused(url: str, message: str) -> None:
    said = refused(OutboxSettings, url=url)
    assert message in said
    assert "secret" not in said


@pytest.mark.parametrize(
    ("url", "servers", "stream"),
    [
        ("nats://host", ["nats://host:4222"], "TAGYARD"),
        (
            "nats://a:4223,b,[::1],[::1]:1/SHOP-2",
            ["nats://a:4223", "nats://b:4222", "nats://[::1]:4222", "nats://[::1]:1"],
            "SHOP-2",
        ),
        ("tls://a.example:4222/", ["tls://a.example:4222"], "TAGYARD"),
    ],
)
def test_an_outbox_may_be_streams_of_several_servers(url: str, servers: list[str], stream: str) -> None:
    outbox = OutboxSettings.model_validate({"url": url})
    assert (outbox.servers, outbox.stream, outbox.folder, outbox.shared) == (servers, stream, "data", True)


def test_an_outbox_of_files_has_no_servers() -> None:
    assert (list(OutboxSettings().servers), OutboxSettings().shared) == ([], False)
