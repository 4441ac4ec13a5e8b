"""Tags that are made of templates of the gallery, by ``owner/repository`` in lower case."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from server.tag_manager.meaning import Lost
from server.tag_manager.tags import TagNode, TagReader
from server.tag_manager.templates.facebook import read_facebook
from server.tag_manager.templates.http_request import read_http_request
from server.tag_manager.templates.vendor import reader_of
from server.tag_manager.templates.vendors import VENDORS
from server.tag_manager.translation import Translation

_LINKEDIN: Final = "stape-io/linkedin-tag"
_read_linkedin: Final = reader_of(VENDORS[_LINKEDIN])


def _linkedin(translation: Translation) -> TagNode | Lost:
    """Of its two kinds one does nothing but keep the click."""
    if translation.entity.text("type") != "page_view":
        return _read_linkedin(translation)
    return TagNode("linkedin", remember={"linkedin": "the type page_view"}, only_cookies=True)


TAG_TEMPLATES: Final[Mapping[str, TagReader]] = {
    **{reference: reader_of(vendor) for reference, vendor in VENDORS.items()},
    "stape-io/facebook-tag": read_facebook,
    _LINKEDIN: _linkedin,
    "stape-io/json-http-request-tag": read_http_request,
}
