"""What a site's Content-Security-Policy must allow."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.server.cli.conftest import Run

GA4 = "clients: {ga4: {measurement_ids: [G-ABC1234567]}}\ntags: {ga4: {}}\n"
SCRIPTS = "clients: {ga4: {measurement_ids: [G-ABC1234567]}, own: {type: google_scripts, ids: [G-ABC1234567]}}\ntags: {ga4: {}}\n"
GOOGLE = "https://www.googletagmanager.com"


def policy(scripts: str, rest: str) -> str:
    scripts = scripts if scripts == GOOGLE else f"{scripts} {GOOGLE}"
    return f"script-src {scripts};\nimg-src {rest};\nconnect-src {rest};\nframe-src {rest};\n"


@pytest.mark.parametrize(
    ("text", "arguments", "scripts", "rest"),
    [
        (GA4, ["--host", "data.shop.example"], GOOGLE, "https://data.shop.example"),
        (SCRIPTS, ["--host", "data.shop.example"], "https://data.shop.example", "https://data.shop.example"),
        (SCRIPTS, ["--host", "shop.example:8443"], "https://shop.example:8443", "https://shop.example:8443"),
        (SCRIPTS, ["--host", "[2001:db8::1]:8443"], "https://[2001:db8::1]:8443", "https://[2001:db8::1]:8443"),
        (
            SCRIPTS + "server: {path_prefix: /m}\n",
            ["--host", "shop.example"],
            "https://shop.example/m/",
            "https://shop.example/m/",
        ),
        (SCRIPTS + "server: {path_prefix: /m}\n", [], "'self'", "'self'"),
        (GA4 + "server: {public_host: data.example.com}\n", [], GOOGLE, "https://data.example.com"),
        (SCRIPTS + "server: {public_host: a.example, path_prefix: /m}\n", [], "'self'", "'self'"),
        (GA4 + "server: {path_prefix: /m}\n", [], GOOGLE, "'self'"),
        (SCRIPTS + "server: {listen: 'localhost:8080'}\n", [], "http://localhost:8080", "http://localhost:8080"),
        (GA4 + "server: {listen: 'localhost:80', path_prefix: /m}\n", [], GOOGLE, "http://localhost:80/m/"),
    ],
)
def test_it_prints_one_directive_a_line(run: Run, folder: Path, text: str, arguments: list[str], scripts: str, rest: str) -> None:
    (folder / "container.yaml").write_text(text)
    result = run("csp", *arguments)
    assert (result.exit_code, result.stdout, result.stderr) == (0, policy(scripts, rest), "")


def test_scripts_of_another_upstream_come_from_there(run: Run, folder: Path) -> None:
    (folder / "container.yaml").write_text(SCRIPTS.replace(" ids:", " upstream: 'http://localhost:9', ids:"))
    told = run("csp", "--host", "data.shop.example").stdout
    assert told.startswith("script-src https://data.shop.example http://localhost:9;\n")


def test_a_host_that_is_not_known_has_a_stand_in_and_that_is_said(run: Run, folder: Path) -> None:
    (folder / "site.yaml").write_text(SCRIPTS)
    result = run("csp", "site.yaml")
    assert result.stdout == policy("https://data.example.com", "https://data.example.com")
    assert "say which with --host" in result.stderr


@pytest.mark.parametrize("host", ["", "a b", "a;b", "https://a", "a/b", "'self'", "a\nb", "*"])
def test_what_is_no_host(run: Run, folder: Path, host: str) -> None:
    (folder / "container.yaml").write_text(GA4)
    result = run("csp", "--host", host)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "must be a host" in result.stderr


def test_a_broken_file_is_told(run: Run, folder: Path) -> None:
    (folder / "container.yaml").write_text("clients: {}\n")
    assert run("csp").exit_code == 1
