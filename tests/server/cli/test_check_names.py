"""``check`` doubts names that browsers keep no cookies for, lists that let too many read, and paths that nobody asks for."""

from __future__ import annotations

import json
from pathlib import Path

from tests.server.cli.conftest import Run

FILE = """
server:
  public_host: x-ew.a.run.app
  path_prefix: /metrics
  allowed_origins: [null, "https://*.vercel.app", https://shop.vercel.app, https://*.shop.fly.dev, https://www.example.com]
clients:
  ga4: {measurement_ids: [G-1], cookies: {mode: server, domain: x-ew.a.run.app}}
  fine: {type: measurement_protocol, activation_paths: [/mp/collect, /metricsx/a]}
  never: {type: measurement_protocol, activation_paths: [/mp, /metrics/mp/collect]}
  scripts: {type: google_scripts, ids: [GTM-A], paths: {GTM-A: /metrics/a.js}}
tags: {ga4: {}}
"""
TOLD = {
    "server.public_host": "is a name of run.app, for which no browser keeps cookies of your site; name one of your own domain",
    "server.allowed_origins[1]": "lets every page of that platform read replies, whoever made it; name your own",
    "server.allowed_origins[2]": "is a name of vercel.app: browsers keep no cookies for its pages, "
    "unless this server has the same name",
    "clients.ga4.cookies.domain": "is a name of run.app: pages of your own domain get no cookie",
    "clients.never.activation_paths[1]": "has the server's path_prefix, which clients are not shown; write /mp/collect",
    "clients.scripts.paths.GTM-A": "has the server's path_prefix, which clients are not shown; write /a.js",
}


def test_each_is_told_at_its_place(run: Run, folder: Path) -> None:
    (folder / "container.yaml").write_text(FILE)
    problems = json.loads(run("check", "--json").stdout)["problems"]
    told = {each["path"]: each["message"] for each in problems}
    assert {path: told.get(path) for path in TOLD} == TOLD
    assert not [path for path in told if path not in TOLD and path.startswith("server")]
