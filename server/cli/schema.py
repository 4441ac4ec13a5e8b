"""``tagyard schema``: the JSON Schema of the file, for editors."""

from __future__ import annotations

import json

import click

from config.schema import json_schema
from core.registry import installed


@click.command()
def schema() -> None:
    """Print the JSON Schema of CONFIG, for editors.

    \b
      tagyard schema > tagyard.schema.json
    and as the first line of container.yaml:
      # yaml-language-server: $schema=./tagyard.schema.json
    """
    click.echo(json.dumps(json_schema(installed()), indent=2, ensure_ascii=False))
