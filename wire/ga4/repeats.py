"""What gtag sends a second time once the visitor has granted ``ad_storage`` or ``ad_user_data``.

To a server container it sends ``page_view`` and every key event of the page again then, so that tags which consent held
back may fire; to Google itself it does not. Such a repeat says which types were updated in ``sst.gcut`` and has no
parameter ``gcut``; an event that the update itself leads to (``user_engagement``) has both, and comes once.
"""

from __future__ import annotations

from core.types import Event
from wire.ga4.table import FALLBACK, REPEAT, SERVER

_UPDATED = "gcut"
_OWN = f"{FALLBACK}{_UPDATED}"


def mark_repeat(event: Event) -> None:
    """Says in the event data that this event is a repeat, where it is one."""
    server = event.get(SERVER)
    if server and server.get(_UPDATED) and _OWN not in event:
        event[REPEAT] = True
