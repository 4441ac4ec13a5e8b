"""The path prefix under which the server is mounted: what is below it, and what is not ours."""

from __future__ import annotations


def below(prefix: str, path: str) -> str | None:
    """The path as clients know it; None where it is not below the prefix. An empty prefix is above everything."""
    if not prefix:
        return path
    if path == prefix:
        return "/"
    return path[len(prefix) :] if path.startswith(f"{prefix}/") else None
