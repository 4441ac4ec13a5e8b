"""Cookies that tags set there, and the clients' own setting ``remember`` keeps here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from server.tag_manager.common import ALL, Common
from server.tag_manager.outcome import Added, Outcome
from server.tag_manager.tags import TagNode
from server.tag_manager.translation import Translation
from server.tag_manager.yaml_text import Node


class Clients:
    """The live ``ga4`` clients of the file, those that the export lacks too."""

    def __init__(self, outcomes: Sequence[Outcome], added: Sequence[Added]) -> None:
        nodes = [(each.key, each.node) for each in outcomes if each.live]
        nodes += [(each.key, each.node) for each in added if each.section == "clients"]
        self._nodes = {key: node for key, node in nodes if key and isinstance(node, dict) and node.get("type") == "ga4"}

    def remember(self, platform: str, keys: Sequence[str]) -> None:
        """Has these clients keep the platform's cookies."""
        for key in keys:
            kept = self._nodes[key].setdefault("remember", [])
            if isinstance(kept, list) and platform not in kept:
                kept.append(platform)

    def asked_by(self, tag: Common, triggers: Mapping[str, Outcome]) -> Sequence[str]:
        """Those whose events can fire the tag, as far as its triggers name clients."""
        named: set[str] = set()
        for key in tag.triggers:
            trigger = triggers.get(key)
            node = trigger.node if trigger else None
            clients = node.get("client") if isinstance(node, dict) else None
            if isinstance(clients, list):
                named |= {str(each) for each in clients}
            elif key == ALL or not (isinstance(node, dict) and _is_about_clients(node.get("when"))):
                named |= self._nodes.keys()
        return [key for key in self._nodes if key in named]


def _is_about_clients(when: Node) -> bool:
    """Whether a condition says more of the client than can be told here, or nothing fits it."""
    return when is False or "client" in str(when)


class Remembering:
    """Hands what tags keep in cookies over to clients."""

    def __init__(self, clients: Clients, triggers: Mapping[str, Outcome]) -> None:
        self._clients = clients
        self._triggers = triggers

    def keep(self, made: TagNode, common: Common, translation: Translation) -> bool:
        """Whether clients keep all that the tag did; a tag that does not fire kept nothing."""
        kept = True
        for platform, asking in made.remember.items():
            keys = [] if common.paused else self._clients.asked_by(common, self._triggers)
            self._clients.remember(platform, keys)
            kept = kept and bool(keys)
            translation.approximate(_said(asking, keys, platform))
        return kept


def _said(asking: str, keys: Sequence[str], platform: str) -> str:
    if not keys:
        return f"{asking}: no client keeps these cookies, for it never fires for a ga4 client"
    which = f"the client {keys[0]} keeps" if len(keys) == 1 else f"the clients {', '.join(keys)} keep"
    return f"{asking}: {which} these cookies (`remember: {platform}`), on all hits where ad_storage is granted"
