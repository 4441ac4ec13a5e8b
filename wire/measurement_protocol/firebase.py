"""What the Firebase SDK of apps sends: bundles of protocol buffers, in a format that Google has published for nobody."""

from __future__ import annotations

from typing import Final

from core.types import Request

_UPLOAD: Final = "/a"
_CONFIG: Final = "/config/app/"


def is_of_firebase(request: Request) -> bool:
    """Whether the SDK uploads events (``/a``), or asks for an app's configuration.

    ``/a?id=GTM-…`` is something else: what Google's scripts tell of themselves.
    """
    if request.path == _UPLOAD:
        return request.method == "POST" and "id" not in request.query
    return request.path.startswith(_CONFIG) and request.method == "GET"
