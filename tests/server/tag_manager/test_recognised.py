"""Which template of the gallery a type is: by gallery id, by place, by its own description, by reference or by name."""

from __future__ import annotations

import json
from typing import Any

import pytest

from server.tag_manager.reading import read
from server.tag_manager.templates.recognised import Templates, recognised
from tests.server.tag_manager.building import client, export, template


def templates(*found: Any, types: tuple[str, ...] = ()) -> Templates:
    """Those of an export, where clients are made of some."""
    return Templates(read(export(customTemplate=found, client=[client(f"c{at}", type) for at, type in enumerate(types)])))


def described(name: str, id: str, **more: Any) -> Any:
    """A template that says its id in its description."""
    info = json.dumps({"type": "TAG", "id": id, "displayName": name})
    return {**template(name, **more), "templateData": f"___INFO___\n\n{info}\n\n\n___TEMPLATE_PARAMETERS___\n\n[]"}


def test_a_type_that_is_no_templates_is_none() -> None:
    assert templates().of("sgtmgaaw") is None


def test_a_template_is_found_by_the_containers_id_and_its_own() -> None:
    found = templates(template("X", "stape-io/facebook-tag", "90")).of("cvt_1_90")
    assert found is not None
    assert (found.reference, found.label) == ("stape-io/facebook-tag", "stape-io/facebook-tag")


def test_a_template_is_found_by_the_gallerys_id() -> None:
    found = templates(template("X", "Owner/Repository", galleryTemplateId="ABCDE")).of("cvt_ABCDE")
    assert found is not None
    assert (found.reference, found.label) == ("owner/repository", "Owner/Repository")


def test_a_template_is_found_by_the_id_in_its_description() -> None:
    found = templates(described("X", "cvt_ABCDE", reference="a/b")).of("cvt_ABCDE")
    assert found is not None
    assert found.reference == "a/b"


@pytest.mark.parametrize(
    "data",
    [
        "",
        "___INFO___",
        "___INFO___\n\nnot json",
        "___INFO___\n\n[1]",
        '___INFO___\n\n{"id": 5}',
        '___INFO___\n\n{"id": "cvt_temp_public_id"}',
        "___INFO___\n\n" + "[" * 100_000,
        5,
        None,
    ],
)
def test_a_description_that_says_no_id_is_none(data: Any) -> None:
    found = templates({**template("X", "a/b"), "templateData": data})
    assert found.of("cvt_temp_public_id") is not None
    assert found.of("cvt_ABCDE") == templates().of("cvt_ABCDE")


def test_of_two_with_one_id_the_one_that_nobody_modified_counts() -> None:
    found = templates(
        template("mine", "a/modified", "1", galleryTemplateId="ABCDE", isModified=True),
        template("theirs", "a/original", "2", galleryTemplateId="ABCDE"),
    )
    assert [each.reference for type in ("cvt_ABCDE", "cvt_1_1") if (each := found.of(type))] == ["a/original", "a/modified"]


@pytest.mark.parametrize(
    ("id", "reference"),
    [
        ("5TP8W", "stape-io/facebook-tag"),
        ("NCN6S", "facebookincubator/conversionsapi-tag-for-googletagmanager"),
        ("K8M24", "stape-io/tiktok-tag"),
        ("K8FK5", "stape-io/ga4-advanced-tag"),
        ("MQ7RL", "stape-io/klaviyo-tag"),
        ("OTHER", ""),
        ("1_77", ""),
    ],
)
def test_what_the_export_lacks_is_known_by_the_gallerys_id_or_not_at_all(id: str, reference: str) -> None:
    found = templates().of(f"cvt_{id}")
    assert found is not None
    assert found.reference == reference
    assert found.entity is None
    assert reference or found.label == f"cvt_{id}, which the export does not contain"


@pytest.mark.parametrize(
    ("name", "reference"),
    [
        ("Facebook Conversion API", "stape-io/facebook-tag"),
        ("Facebook Conversion API 1", "stape-io/facebook-tag"),
        ("Facebook Conversion API (copy)", "stape-io/facebook-tag"),
        ("Facebook Conversion API (2) 3", "stape-io/facebook-tag"),
        ("FACEBOOK CONVERSION API", "stape-io/facebook-tag"),
        ("JSON HTTP Request", "stape-io/json-http-request-tag"),
        ("Data Client", "stape-io/data-client"),
        ("House Tag", ""),
        ("1", ""),
    ],
)
def test_without_a_reference_the_name_tells(name: str, reference: str) -> None:
    (entity,) = read(export(customTemplate=[template(name)])).entities
    assert recognised(entity).reference == reference
    assert recognised(entity).label == f"«{name}»"


def test_a_template_is_used_where_something_is_made_of_it() -> None:
    found = templates(template("a", "a/b", "1"), template("c", "c/d", "2"), types=("cvt_1_2", "cvt_1_3"))
    assert [each.name for each in found.used if each] == ["c"]
