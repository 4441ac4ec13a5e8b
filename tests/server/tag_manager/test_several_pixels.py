"""A tag of the gallery's template for Meta with several pixels becomes several tags."""

from __future__ import annotations

from typing import Any, ClassVar

from tests.server.tag_manager.building import importing, told, written
from tests.server.tag_manager.vendor_templates import META, lists


class TestSeveralPixels:
    """Of the gallery's tag for Meta."""

    ROWS: ClassVar = [
        {"pixelId": "100000000000001", "accessToken": "{{t - token}}"},
        {"pixelId": "100000000000002", "accessToken": "abc"},
    ]

    def lists(self, rows: list[dict[str, str]], **values: Any) -> dict[str, Any]:
        several = {"pixelId": "", "accessToken": "", "enableMultipixelSetup": True, "pixelIdAndAccessTokenTable": rows}
        return lists(META, {**several, **values})

    def test_each_is_a_tag(self) -> None:
        made = importing(**self.lists(self.ROWS, adStorageConsent="required"))
        file = written(**self.lists(self.ROWS, adStorageConsent="required"))["tags"]
        assert (file["t"]["pixel_id"], file["t"]["access_token"]) == ("100000000000001", "${T_TOKEN}")
        assert file["t_2"] == {**file["t"], "pixel_id": "100000000000002", "access_token": "${META_ACCESSTOKEN}"}
        assert [each.said for each in made.report.added if each.section == "tags"] == ["tag t_2: a further pixel of «T»"]
        assert told(made, "tag") == [("imported", "t", [])]

    def test_one_without_a_translation_is_left_out(self) -> None:
        rows = [*self.ROWS, {"pixelId": "{{mail}}", "accessToken": "abc"}]
        made = importing(**self.lists(rows))
        why = "a pixel is left out: it depends on the event, and a plain text is needed"
        assert told(made, "tag") == [("approximated", "t", [why])]

    def test_one_that_the_check_refuses_is_left_out(self) -> None:
        rows = [*self.ROWS, {"pixelId": "here", "accessToken": "abc"}]
        made = importing(**self.lists(rows))
        ((status, _, (reason,)),) = told(made, "tag")
        assert status == "approximated"
        assert reason.startswith("a pixel is left out: pixel_id: ")

    def test_none_is_a_comment(self) -> None:
        made = importing(**self.lists([{"pixelId": "{{mail}}", "accessToken": "abc"}]))
        assert told(made, "tag") == [("skipped", "t", ["none of its pixels has a translation"])]

    def test_the_table_does_not_count_where_there_is_one_pixel(self) -> None:
        file = written(**lists(META, {"enableMultipixelSetup": False, "pixelIdAndAccessTokenTable": self.ROWS}))["tags"]
        assert list(file) == ["t"]

    def test_transformations_reach_all_of_them(self) -> None:
        change = {
            "name": "c",
            "type": "tf_exclude_params",
            "parameter": [
                {
                    "type": "LIST",
                    "key": "excludedParamsTable",
                    "list": [{"type": "MAP", "map": [{"key": "excludedParams", "value": "a"}]}],
                },
                {
                    "type": "LIST",
                    "key": "affectedTags",
                    "list": [{"type": "MAP", "map": [{"key": "tagReference", "value": "T"}]}],
                },
            ],
        }
        file = written(**self.lists(self.ROWS), transformation=[change])
        assert file["transformations"]["c"]["tags"] == ["t", "t_2"]
