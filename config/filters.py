"""What filters ask for by name: a secret of the environment, a vendor's rules."""

from __future__ import annotations

from collections.abc import Collection

from config.document import Document
from config.environment import Substitution
from config.mentions import mentions
from config.messages import unknown
from config.settings import Settings
from core.expressions.written import SECRET, VENDOR


def check_filters(settings: Settings, document: Document, substitution: Substitution, vendors: Collection[str]) -> None:
    """Notes every name that there is not, and takes the secrets among them out of the environment, as ``${NAME}`` would."""
    for mention in mentions(settings):
        for root, name in sorted(mention.expression.references):
            if root == SECRET:
                substitution.named(name, mention.text)
            elif root == VENDOR and vendors and name not in vendors:
                document.error(mention.text, unknown(f"vendor {name}", name, list(vendors)), about=name)
