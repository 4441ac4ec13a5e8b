"""Names below which hosting platforms hand out hosts.

A host there is a site of its own, as the private part of the public suffix list has it: a browser keeps no cookie for more than
that one host, and takes pages elsewhere for strangers.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

PLATFORMS: Final = frozenset(
    {
        *("run.app", "appspot.com", "cloudfunctions.net", "web.app", "firebaseapp.com"),
        *("amazonaws.com", "awsapprunner.com", "cloudfront.net", "elasticbeanstalk.com", "on.aws"),
        *("azurewebsites.net", "azurecontainerapps.io", "azurecontainer.io", "azurefd.net", "azure-api.net"),
        *("cloudapp.azure.com", "cloudapp.net", "azurestaticapps.net"),
        *("workers.dev", "pages.dev", "vercel.app", "netlify.app", "deno.dev", "edgecompute.app", "fastly.net"),
        *("herokuapp.com", "fly.dev", "onrender.com", "railway.app", "koyeb.app", "northflank.app", "code.run"),
        *("ondigitalocean.app", "scalingo.io", "cleverapps.io", "gigalixirapp.com", "platformsh.site", "scw.cloud"),
        *("github.io", "gitlab.io", "ngrok.io", "ngrok.app", "ngrok-free.app", "trycloudflare.com", "loca.lt", "ts.net"),
        *("myshopify.com", "shopifypreview.com", "duckdns.org"),
    }
)

_MOST_LABELS: Final = 20


@lru_cache(maxsize=1024)
def platform_of(host: str) -> str | None:
    """The platform's name where the host (lower case, perhaps with a port) is one of those that it hands out."""
    labels = host.partition(":")[0].rstrip(".").split(".", _MOST_LABELS)
    names = (".".join(labels[at:]) for at in range(1, len(labels)))
    return next((name for name in names if name in PLATFORMS), None)
