"""What the gallery's tag for Meta has that no other has: several pixels, and a proof of the app's secret."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from server.tag_manager.export import row_text
from server.tag_manager.meaning import Lost
from server.tag_manager.tags import TagNode
from server.tag_manager.templates.vendor import reader_of
from server.tag_manager.templates.vendors import VENDORS
from server.tag_manager.translation import WHOLE_TEXT_ONLY, Translation
from server.tag_manager.yaml_text import Node

_ONE: Final = VENDORS["stape-io/facebook-tag"]
_SEVERAL: Final = replace(
    _ONE,
    plain={name: setting for name, setting in _ONE.plain.items() if name != "pixelId"},
    secret={},
    needed=(),
    dropped=_ONE.dropped | {"pixelId", "accessToken"},
)
_read_one: Final = reader_of(_ONE)
_read_several: Final = reader_of(_SEVERAL)


def read_facebook(translation: Translation) -> TagNode | Lost:
    """The tag, and one for each further pixel."""
    tag = translation.entity
    several = tag.rows("pixelIdAndAccessTokenTable") if tag.flag("enableMultipixelSetup") else []
    pixels = [found for row in several if (found := _pixel(row_text(row, "pixelId"), row_text(row, "accessToken"), translation))]
    if several and not pixels:
        return Lost("none of its pixels has a translation")
    made = _read_several(translation) if several else _read_one(translation)
    if isinstance(made, Lost):
        return made
    if tag.flag("useAppSecretProof") and tag.text("appSecretProof"):
        proof = translation.text(tag.text("appSecretProof"), secrets=True, place="appSecretProof")
        if isinstance(proof, Lost) or "{{" in proof:
            return Lost(f"appSecretProof: {proof.reason if isinstance(proof, Lost) else WHOLE_TEXT_ONLY}")
        made.settings["app_secret"] = proof
        translation.approximate("app_secret is the app's secret itself, not its proof")
    common = dict(made.settings)
    for at, pixel in enumerate(pixels):
        if at:
            made.more.append({**common, **pixel})
        else:
            made.settings |= pixel
    return made


def _pixel(id: str, token: str, translation: Translation) -> dict[str, Node]:
    pixel = translation.plain(id, place="pixelId")
    secret = translation.text(token, secrets=True, place="accessToken")
    if isinstance(secret, str) and "{{" in secret:
        secret = Lost(WHOLE_TEXT_ONLY)
    if isinstance(pixel, Lost) or isinstance(secret, Lost):
        why = pixel.reason if isinstance(pixel, Lost) else secret.reason if isinstance(secret, Lost) else ""
        translation.approximate(f"a pixel is left out: {why}")
        return {}
    return {"pixel_id": pixel, "access_token": secret}
