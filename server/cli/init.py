"""``tagyard init``: a small configuration to start from."""

from __future__ import annotations

import re
from pathlib import Path

import click

from server.cli.options import failing

_PLACEHOLDER = "G-XXXXXXXXXX"
_ID = re.compile(r"G-[A-Z0-9]{4,20}")
_FILE = Path("container.yaml")
_TEXT = """\
# What your site's gtag.js sends here goes on to Google Analytics, filtered by what this file says.

clients:
  ga4:                              # claims GA4 hits of these properties, and no others
    measurement_ids: [{id}]

tags:
  ga4: {{}}                           # sends every event on, as it came

# What leaves may be less, or more:
#
# transformations:
#   no_personal_data: {{type: exclude, parameters: [email, user_data]}}
#   shop_name:        {{type: augment, parameters: {{shop: "{{{{ event.page_hostname }}}}"}}}}
#
# And a tag may fire on some events only; to a list under `tags` add:
#
# triggers:
#   purchases: {{event: purchase}}
# tags:
#   webhook: {{type: http_request, triggers: [purchases], url: https://example.com/orders}}
"""


@click.command()
@click.argument("id", required=False, metavar="[ID]")
def init(id: str | None) -> None:
    """Write a small commented container.yaml.

    ID is the measurement ID of your GA4 property, such as G-ABC1234567.
    """
    if id is not None and not _ID.fullmatch(id):
        raise click.ClickException(
            f"{id!r} is not a measurement ID, such as G-ABC1234567; GA4 shows it under Admin, Data streams"
        )
    if _FILE.exists():
        raise click.ClickException(f"{_FILE} is already there and stays as it is")
    with failing(OSError):
        _FILE.write_text(_TEXT.format(id=id or _PLACEHOLDER), encoding="utf-8")
    click.echo(f"{_FILE} is written. What to do next:")
    for step in _steps(id):
        click.echo(f"  {step}")


def _steps(id: str | None) -> list[str]:
    url = f"/g/collect?v=2&tid={id or _PLACEHOLDER}&cid=1.2&en=page_view"
    first = [] if id else [f"put your measurement ID in place of {_PLACEHOLDER}"]
    return [
        *first,
        "tagyard check                      is everything as it should be?",
        f"tagyard explain --url '{url}'",
        "tagyard serve --dry-run            run it, show what would be sent, send nothing",
        "tagyard serve                      run it",
    ]
