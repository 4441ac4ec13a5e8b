"""The README and the pages in docs: what they show loads, what they tell to run runs, and where they lead is something."""

from __future__ import annotations

import itertools
import re
from pathlib import Path
from typing import Any

import click
import pytest
import yaml
from click.testing import CliRunner

from config import SourceFile, load
from core.registry import installed
from server.cli.main import main
from tests.block_runners import run_by
from tests.docker.compose import copy, parse
from tests.documentation import PAGES, ROOT, Block, Command, Transcript, commands, headings, links, text_of, transcripts
from wire.identity.vendors import VENDORS

COMPOSE = ROOT / "docker" / "compose.yaml"
SERVING = {"serve", "healthy", "reload", "outbox", "scripts", "try"}
"""Commands that run for ever, ask a server that runs, or a vendor."""

MISSING = {
    "clients": "clients: {web: {type: ga4, measurement_ids: [G-ABC1234567]}}\n",
    "tags": "tags: {ga4: {}}\n",
}
"""What an example that shows only a part of a file leaves out."""

CONFIGURATIONS = run_by("test_its_configurations_load_without_a_word")
OVERRIDES = run_by("test_what_it_adds_to_compose_fits_it")
OURS = [command for command in commands() if command.tagyard is not None]
COMPOSED = [command for command in commands() if command.words[:2] == ("docker", "compose")]

HIT = "/g/collect?v=2&tid=G-ABC1234567&cid=1.2&en=page_view"
FILES = {
    "container.yaml": "clients: {ga4: {measurement_ids: [G-ABC1234567]}}\ntags: {ga4: {}}\n"
    f"tests: [{{name: a hit, request: {{url: '{HIT}'}}, sent: {{ga4: 1}}}}]\n",
    "old.yaml": "clients: {ga4: {measurement_ids: [G-ABC1234567]}}\ntags: {ga4: {}}\n",
    "hits.jsonl": f'{{"url": "{HIT}"}}\n',
    "margins.csv": (ROOT / "config" / "examples" / "margins.csv").read_text(encoding="utf-8"),
    "purchase.json": '{"event_name": "purchase", "user_data": {"email": "a@b.c"}}',
    "hit.txt": f"curl 'https://data.example.com{HIT}'\n",
    "visit.har": f'{{"log": {{"entries": [{{"request": {{"method": "GET", "url": "https://data.example.com{HIT}"}}}}]}}}}',
}
"""The files that the commands speak of."""


def completed(block: Block) -> str:
    """The example, as a whole file."""
    return block.text + "".join(text for section, text in MISSING.items() if section not in yaml.safe_load(block.text))


@pytest.mark.parametrize("block", CONFIGURATIONS, ids=str)
def test_its_configurations_load_without_a_word(block: Block) -> None:
    def read(path: str) -> bytes:
        return (ROOT / "config" / "examples" / path).read_bytes()

    source = SourceFile(str(block), completed(block).encode())
    loaded = load([source], registry=installed(), environ={}, read=read, serve=False, vendors=tuple(VENDORS))
    assert [str(problem) for problem in loaded.problems] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_nothing_on_a_page_has_the_heading_of_something_else(page: Path) -> None:
    found = headings(page)
    assert [each for each in sorted(set(found)) if found.count(each) > 1] == []


@pytest.mark.parametrize("block", [block for block in CONFIGURATIONS if "\ntests:" in block.text], ids=str)
def test_the_tests_in_its_configurations_pass(block: Block, tmp_path: Path) -> None:
    (tmp_path / "container.yaml").write_text(block.text)
    result = CliRunner().invoke(main, ["test", str(tmp_path / "container.yaml")])
    assert result.exit_code == 0, result.output


@pytest.mark.parametrize("command", [each for each in OURS if (each.tagyard or ("",))[0] not in SERVING], ids=str)
def test_its_commands_do_what_they_say(command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("TAGYARD_CONFIG", raising=False)
    for name, text in FILES.items():
        (tmp_path / name).write_text(text)
    assert command.tagyard
    if command.tagyard[0] == "init":
        (tmp_path / "container.yaml").unlink()
    result = CliRunner().invoke(main, command.tagyard)
    assert result.exit_code == 0, result.output
    assert "claimed by" in result.output or command.tagyard[0] != "explain" or "--expr" in command.tagyard


@pytest.mark.parametrize("transcript", transcripts(), ids=str)
def test_its_commands_print_what_it_shows(transcript: Transcript, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name, text in FILES.items():
        (tmp_path / name).write_text(text)
    if transcript.configuration is not None:
        (tmp_path / "container.yaml").write_text(completed(transcript.configuration))
    result = CliRunner().invoke(main, transcript.words)
    assert transcript.shows(result.stdout), result.output


def understood(words: tuple[str, ...]) -> None:
    """Parses the words as ``tagyard`` would, and runs nothing. Raises click.UsageError."""
    command: click.Command = main
    while isinstance(command, click.Group):
        command, words = command.commands[words[0]], words[1:]
    parent = click.Context(main, **main.context_settings)  # what a command keeps of its first context is the real one then
    command.make_context(command.name, list(words), parent)


@pytest.mark.parametrize("command", [each for each in OURS if (each.tagyard or ("",))[0] in SERVING], ids=str)
def test_its_commands_for_a_server_are_understood(command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "container.yaml").write_text(FILES["container.yaml"])
    assert command.tagyard
    understood(command.tagyard)
    with pytest.raises(click.NoSuchOption):
        understood((*command.tagyard, "--no-such-option"))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.name))
def test_its_links_lead_somewhere(page: Path) -> None:
    for target, heading in links(page):
        assert target.exists(), target
        assert not heading or heading in headings(target), f"{target.name}#{heading}"


def service_of(words: tuple[str, ...]) -> str | None:
    """The service that ``docker compose`` is told of, if any: the first word that is neither an option nor its value."""
    values = {"--entrypoint", "--signal"}
    rest = [word for before, word in itertools.pairwise(words) if not word.startswith("-") and before not in values]
    return next(iter(rest), None)


@pytest.fixture(scope="module")
def services() -> dict[str, dict[str, Any]]:
    """What docker/compose.yaml starts, by name."""
    found: dict[str, dict[str, Any]] = yaml.safe_load(COMPOSE.read_text())["services"]
    return found


@pytest.mark.parametrize("command", COMPOSED, ids=str)
def test_its_compose_commands_name_services_that_there_are(command: Command, services: dict[str, Any]) -> None:
    assert command.words[2] in {"build", "exec", "kill", "ps", "run", "start", "stop", "up"}
    named = service_of(command.words[2:])
    assert named in {None, *services}
    assert named == "tagyard" or command.words[2] in {"build", "up"}


@pytest.mark.parametrize("block", OVERRIDES, ids=str)
def test_what_it_adds_to_compose_fits_it(block: Block, services: dict[str, Any], tmp_path: Path) -> None:
    for name, added in yaml.safe_load(block.text)["services"].items():
        assert added.keys() <= {"ports", "command"}
        for port in added.get("ports", ()):
            assert port.startswith("127.0.0.1:")
        if "command" in added:
            understood(("serve", str(ROOT / "config" / "examples" / "ga4.yaml"), *added["command"]))
        assert name in services
    folder = copy(tmp_path)
    override = folder / "compose.override.yaml"
    override.write_text(block.text)
    read = parse(folder / "compose.yaml", override)
    assert read.returncode == 0, read.stderr


def test_what_it_copies_and_builds_for_compose_is_there(services: dict[str, Any]) -> None:
    build = services["tagyard"]["build"]
    assert (COMPOSE.parent / build["context"] / build["dockerfile"]).exists()
    copied = [command.words[1] for command in commands() if command.words[0] == "cp"]
    assert copied
    for name in copied:
        assert (COMPOSE.parent / name).exists(), name
    for command in commands():
        if command.words[:2] == ("docker", "run"):
            assert services["tagyard"]["image"] in command.words
    volumes = [volume.split(":")[1] for volume in services["tagyard"]["volumes"]]
    assert "/data" in volumes
    assert "/config" in volumes


def test_the_image_runs_the_program_that_it_names() -> None:
    recipe = (ROOT / "docker" / "Dockerfile").read_text()
    assert 'ENTRYPOINT ["tagyard", "serve"]' in recipe
    assert "TAGYARD_CONFIG=/config/container.yaml TAGYARD_DATA=/data" in recipe


def test_files_of_the_repository_that_it_names_are_there() -> None:
    for page in PAGES:
        for name in re.findall(r"`((?:docker|docs|config)/[\w./-]+)`", text_of(page)):
            assert name == "docker/compose.override.yaml" or (ROOT / name).exists(), name
