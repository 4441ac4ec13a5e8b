"""Scripts of previews, which nobody keeps."""

from __future__ import annotations

import pytest

from core.types import Upstream
from server.scripts.fetch import FetchError
from tests.server.scripts.conftest import Bench, Run, headers


class TestPreviews:
    @pytest.mark.parametrize(
        "query", ["gtm_auth=a", "gtm_preview=env-3", "gtm_debug=x", "gtm%5Fpreview=X", "a=1&gtm_auth=a&gtm_preview=b"]
    )
    def test_they_are_fetched_every_time_and_kept_nowhere(self, run: Run, query: str) -> None:
        preview = Upstream("script", "GTM-1", f"https://up.example/gtm.js?id=GTM-1&{query}")

        async def test(bench: Bench) -> None:
            for number in (1, 2):
                bench.google.body = b'"www.googletagmanager.com";%d' % number
                reply = await bench.get(preview, accept_encoding="br")
                assert (reply.status, reply.body) == (200, b'"data.example.com";%d' % number)
                sent = headers(reply)
                assert sent["cache-control"] == "private, no-store"
                assert "etag" not in sent
            assert await bench.rows() == []
            assert not bench.scripts._copies._disk._folder.exists()
            bench.google.failure = FetchError("HTTP 500", 500)
            assert (await bench.get(preview)).status == 502

        run(test)

    @pytest.mark.parametrize(
        "query", ["xgtm_auth=1&l=gtm_preview", "gtm_auth=&gtm_preview=&gtm_cookies_win=x", "gtm_auth", "GTM_AUTH=1"]
    )
    def test_a_name_that_only_looks_like_it_is_none_nor_is_a_blank_one(self, run: Run, query: str) -> None:
        async def test(bench: Bench) -> None:
            await bench.get(Upstream("script", "GTM-1", f"https://up.example/gtm.js?id=GTM-1&{query}"))
            assert len(await bench.rows()) == 1

        run(test)
