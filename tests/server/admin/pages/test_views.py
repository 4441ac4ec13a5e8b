"""The links to the views of the live page."""

from __future__ import annotations

import pytest

from server.admin.pages.views import LABELS, REFUSED, address, view_links
from server.inspection.search import VIEWS


def test_there_is_a_link_to_each_view_and_one_is_current() -> None:
    links = view_links("failures", {"q": "a b", "view": "failures"}, {"": 5, "failures": 2})
    assert [link["name"] for link in links] == [*VIEWS, REFUSED] == list(LABELS)
    assert [link["name"] for link in links if link["current"]] == ["failures"]
    assert {link["name"]: link["count"] for link in links} == {**dict.fromkeys(LABELS), "": 5, "failures": 2}


def test_what_is_searched_for_goes_along_except_to_what_is_not_searched() -> None:
    links = {link["name"]: link["address"] for link in view_links("", {"q": "a b", "view": "", "before": ""}, {})}
    assert links[""] == "/?q=a+b"
    assert links["unclaimed"] == "/?q=a+b&view=unclaimed"
    assert links[REFUSED] == "/?view=refused"


@pytest.mark.parametrize(
    ("asked", "changed", "path"),
    [
        ({}, {}, "/"),
        ({"q": ""}, {"view": ""}, "/"),
        ({"q": "a&b=c"}, {}, "/?q=a%26b%3Dc"),
        ({"view": "x"}, {"view": "y"}, "/?view=y"),
        ({"q": "é\n<"}, {"before": "1.2.3"}, "/?q=%C3%A9%0A%3C&before=1.2.3"),
    ],
)
def test_an_address_holds_what_is_not_empty(asked: dict[str, str], changed: dict[str, str], path: str) -> None:
    assert address(asked, **changed) == path
