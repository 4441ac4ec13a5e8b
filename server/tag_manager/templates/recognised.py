"""Which template of the gallery a type such as ``cvt_5TP8W`` or ``cvt_90000001_90`` is."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from server.tag_manager import literals
from server.tag_manager.export import Entity, Export, text_of

_INFO: Final = re.compile(r"___INFO___(.*?)(?:\n___[A-Z_]+___|\Z)", re.DOTALL)
_TAIL: Final = re.compile(r"(?:\s*\([^()]*\)|\s*[0-9]+)+$")

BY_GALLERY_ID: Final[Mapping[str, str]] = {
    "5TP8W": "stape-io/facebook-tag",
    "NCN6S": "facebookincubator/ConversionsAPI-Tag-for-GoogleTagManager",
    "K8M24": "stape-io/tiktok-tag",
    "K8FK5": "stape-io/ga4-advanced-tag",
    "MQ7RL": "stape-io/klaviyo-tag",
}
BY_NAME: Final[Mapping[str, str]] = {
    "facebook conversion api": "stape-io/facebook-tag",
    "conversions api tag": "facebookincubator/ConversionsAPI-Tag-for-GoogleTagManager",
    "facebook conversions api tag": "facebookincubator/ConversionsAPI-Tag-for-GoogleTagManager",
    "tiktok events api (official)": "tiktok/gtm-template-eapi",
    "tiktok events api": "stape-io/tiktok-tag",
    "pinterest conversion api": "stape-io/pinterest-tag",
    "pinterest api for conversions tag": "pinterest/ss-gtm-template",
    "linkedin capi": "stape-io/linkedin-tag",
    "linkedin conversion api": "stape-io/linkedin-tag",
    "snapchat conversion api": "stape-io/snapchat-tag",
    "reddit conversion api": "stape-io/reddit-tag",
    "microsoft conversion api": "stape-io/microsoft-capi-tag",
    "microsoft ads uet conversion api by stape": "stape-io/microsoft-capi-tag",
    "twitter conversion api": "stape-io/twitter-tag",
    "klaviyo": "stape-io/klaviyo-tag",
    "mixpanel": "stape-io/mixpanel-tag",
    "json http request": "stape-io/json-http-request-tag",
    "data client": "stape-io/data-client",
    "advanced lookup table": "stape-io/advanced-lookup-table-variable",
    "url parser": "gtm-templates-simo-ahava/url-parser",
    "sha256 hasher": "gtm-templates-simo-ahava/sha256-hasher",
    "object property extractor": "stape-io/object-property-extractor-variable",
    "google consent mode check": "analytics-engineers/gtm-server-variable-google-consent-mode-check",
    "object builder": "stape-io/object-builder-variable",
    "stape store lookup": "stape-io/store-lookup-variable",
    "stape store writer": "stape-io/stape-store-writer-tag",
}
"""Templates without a reference, by their names in lower case without what copies have at the end."""


@dataclass(frozen=True, slots=True)
class Recognised:
    """A template. ``reference`` is ``owner/repository`` in lower case, empty where it is unknown; ``label`` is for people."""

    reference: str
    label: str
    entity: Entity | None = None


class Templates:
    """The custom templates of an export, by the types that are made of them."""

    def __init__(self, export: Export) -> None:
        self._by_type = _by_type(export)
        used = (self._by_type.get(each.type) for each in export.entities if each.type.startswith("cvt_"))
        self.used = frozenset(each.entity for each in used if each)

    def of(self, type: str) -> Recognised | None:
        """The template of a type; None where the type is no custom template's."""
        if not type.startswith("cvt_"):
            return None
        known = BY_GALLERY_ID.get(type.removeprefix("cvt_"))
        missing = Recognised(known.lower(), known) if known else Recognised("", f"{type}, which the export does not contain")
        return self._by_type.get(type, missing)


def recognised(template: Entity) -> Recognised:
    """The template that this entity is."""
    gallery = _gallery(template)
    owner, repository = text_of(gallery.get("owner")), text_of(gallery.get("repository"))
    if owner and repository:
        label = literals.spoken(f"{owner}/{repository}")
        return Recognised(label.lower(), label, template)
    name = template.name.strip().lower()
    known = BY_NAME.get(name) or BY_NAME.get(_TAIL.sub("", name).strip(), "")
    return Recognised(known.lower(), f"«{literals.spoken(template.name)}»", template)


def _by_type(export: Export) -> Mapping[str, Recognised]:
    """Of two with one id the one that nobody has modified counts, else the first."""
    found: dict[str, Recognised] = {}
    for template in sorted(export.of("template"), key=lambda each: _gallery(each).get("isModified") is True):
        for type in _types(template):
            found.setdefault(type, recognised(template))
    return found


def _types(template: Entity) -> list[str]:
    gallery_id = text_of(_gallery(template).get("galleryTemplateId"))
    by_place = f"cvt_{template.field('containerId')}_{template.id}"
    return [by_place, *([f"cvt_{gallery_id}"] if gallery_id else []), *_declared(template)]


def _declared(template: Entity) -> list[str]:
    """The id in the template's own description, where it is one that types are made of."""
    section = _INFO.search(template.field("templateData"))
    try:
        info = json.loads(section[1]) if section else {}
    except (ValueError, RecursionError):
        return []
    id = text_of(info.get("id")) if isinstance(info, dict) else ""
    return [id] if id.startswith("cvt_") and id != "cvt_temp_public_id" else []


def _gallery(template: Entity) -> Mapping[str, Any]:
    found = template.fields.get("galleryReference")
    return found if isinstance(found, dict) else {}
