"""The paths by which Google's scripts and what belongs to them are asked for; the same here as at Google's."""

from __future__ import annotations

import re
from typing import Final

SCRIPT_PATHS: Final = ("/gtm.js", "/gtag/js", "/gtag/destination")
FRAME_PATH: Final = "/ns.html"

BOOTSTRAP_PATH: Final = "/debug/bootstrap"
"""What a script asks for, by its id, before it does anything in preview and for Tag Assistant."""
DEBUG_PATHS: Final = (BOOTSTRAP_PATH, "/debug/badge", "/debug/badge.js", "/debug/badge.css")

TELEMETRY_PATHS: Final = ("/a", "/td")
"""Where the scripts tell Google how they fare, with ``id`` in the query."""

WORKER_FOLDER: Final = "/_/service_worker"
"""What is below it belongs to gtag's service worker. Its frame registers ``sw.js`` with this folder for a scope."""
WORKER_FILE: Final = re.compile(rf"{WORKER_FOLDER}/([A-Za-z0-9]{{1,16}})/(sw\.js|sw_iframe\.html)", re.ASCII)


def is_of_worker(path: str) -> bool:
    """Whether the path is for a file of gtag's service worker, whether there is such a file or not."""
    return path.startswith(f"{WORKER_FOLDER}/")
