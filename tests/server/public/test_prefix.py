"""What is below the path prefix."""

from __future__ import annotations

import pytest

from server.public.prefix import below


@pytest.mark.parametrize(
    ("prefix", "path", "inside"),
    [
        ("", "/g/collect", "/g/collect"),
        ("", "/", "/"),
        ("/metrics", "/metrics/g/collect", "/g/collect"),
        ("/metrics", "/metrics/", "/"),
        ("/metrics", "/metrics", "/"),
        ("/metrics", "/metrics/metrics/x", "/metrics/x"),
        ("/metrics", "/metrics//x", "//x"),
        ("/metrics", "/g/collect", None),
        ("/metrics", "/metricsx/g/collect", None),
        ("/metrics", "/Metrics/g/collect", None),
        ("/metrics", "/a/metrics/g/collect", None),
        ("/metrics", "/", None),
        ("/metrics", "", None),
        ("/a/b", "/a/b/x", "/x"),
        ("/a/b", "/a/x", None),
    ],
)
def test_a_path_is_below_the_prefix_or_not_ours(prefix: str, path: str, inside: str | None) -> None:
    assert below(prefix, path) == inside
