"""What components say of themselves is shown in paragraphs and lists, and what is code as code."""

from __future__ import annotations

from server.admin.pages.prose import Block, prose


def test_lines_are_joined_and_code_is_told_apart() -> None:
    text = "Sends ``a\nb`` on,\n  and so forth.\n\n``c`` ends it"
    assert list(prose(text)) == [
        Block(False, [[("Sends ", "a b"), (" on, and so forth.", "")]]),
        Block(False, [[("", "c"), (" ends it", "")]]),
    ]


def test_a_list_may_follow_its_first_words() -> None:
    text = "It has:\n* one\n  thing\n* ``two``\n\n- three"
    assert list(prose(text)) == [
        Block(False, [[("It has:", "")]]),
        Block(True, [[("one thing", "")], [("", "two"), ("", "")]]),
        Block(True, [[("three", "")]]),
    ]


def test_what_is_no_code_stays_as_it_is() -> None:
    assert list(prose("a ``b and * c - d")) == [Block(False, [[("a ``b and * c - d", "")]])]
    assert list(prose("")) == []
