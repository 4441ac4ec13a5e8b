"""What the Firebase SDK of apps sends: bundles of protocol buffers, in a format that Google has published for nobody."""

from __future__ import annotations

from typing import Final

from core.settings import Shape
from core.types import Request
from wire.ga4.streams import EXAMPLE_ID, STREAM

APP: Final = r"[0-9]+:[0-9]+:[A-Za-z0-9_]+:[0-9A-Za-z]+"
"""How an app's id looks: a version, the project's number, the platform, and digits of the app's own."""
STREAM_OR_APP: Final = Shape(
    rf"{STREAM.pattern}|{APP}",
    f"the id of a GA4 stream or of an app in Firebase, such as {EXAMPLE_ID} or 1:234567:android:1a2b3c",
)
_UPLOAD: Final = "/a"
_CONFIG: Final = "/config/app/"


def is_of_firebase(request: Request) -> bool:
    """Whether the SDK uploads events (``/a``), or asks for an app's configuration.

    ``/a?id=GTM-…`` is something else: what Google's scripts tell of themselves.
    """
    if request.path == _UPLOAD:
        return request.method == "POST" and "id" not in request.query
    return request.path.startswith(_CONFIG) and request.method == "GET"
