"""Each rule of the house notices a breach that is planted, and leaves alone what merely looks like one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from textwrap import indent
from typing import Final

import pytest

from tests import house
from tests.house import LONGEST_FILE, LONGEST_FUNCTION, RULES, Rule, Tree, enough_tests, lines_of_code

Texts = Mapping[str, str]

LONG: Final = "def long() -> None:\n" + "    print()\n" * LONGEST_FUNCTION
SHORT: Final = "def short() -> None:\n" + "    print()\n" * (LONGEST_FUNCTION - 1)
QUICK: Final = "def quick() -> None: ...\n" * 3

BROKEN: Sequence[tuple[Rule, Texts]] = [
    (house.imports_point_down, {"core/a.py": "import wire.b"}),
    (house.imports_point_down, {"config/a.py": "def late() -> None:\n    from clients.ga4 import Ga4"}),
    (house.imports_point_down, {"tags/a.py": "from tags.b import B"}),
    (house.imports_point_down, {"wire/a.py": "from server.outbox import Outbox"}),
    (house.imports_point_down, {"tagyard/testing.py": "from server.explain import explain"}),
    (house.imports_point_down, {"core/a.py": "from tagyard import Tag"}),
    (house.rooms_have_an_order, {"server/http/a.py": "from server.delivery.b import B", "server/delivery/b.py": ""}),
    (house.rooms_have_an_order, {"server/outbox/a.py": "from server import cli", "server/cli/__init__.py": ""}),
    (house.rooms_have_an_order, {"server/loose.py": ""}),
    (house.no_circles, {"core/a.py": "from core.b import B", "core/b.py": "import core.a"}),
    (
        house.no_circles,
        {
            "core/a.py": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from core.b import B",
            "core/b.py": "from core.c import C",
            "core/c.py": "from core.a import A",
        },
    ),
    (
        house.no_circles,
        {"core/x/__init__.py": "from core.x.a import A", "core/x/a.py": "def late() -> None:\n    from core import x"},
    ),
    (
        house.faces_are_used,
        {"core/x/__init__.py": "from core.x.a import A\n__all__ = ['A']", "core/y.py": "from core.x.a import A"},
    ),
    (house.impure_is_in_the_server, {"wire/a.py": "from time import time"}),
    (house.impure_is_in_the_server, {"core/a.py": "import os\nimport socket as s"}),
    (house.impure_is_in_the_server, {"tags/a.py": "open('x')"}),
    (house.no_ability_is_asked_for_by_name, {"server/a.py": "getattr(tag, 'companions', None)"}),
    (house.no_ability_is_asked_for_by_name, {"core/a.py": "hasattr(client.settings, 'trusted')"}),
    (house.no_bare_state_in_sql, {"server/a.py": "Q = 'SELECT id FROM rows WHERE state = 2'"}),
    (house.no_bare_state_in_sql, {"server/a.py": "Q = f'UPDATE rows SET state = 0 WHERE id IN ({ids})'"}),
    (house.no_bare_state_in_sql, {"server/a.py": "Q = 'WHERE crashes < 2 AND tag = ?'"}),
    (house.no_bare_state_in_sql, {"server/a.py": "Q = 'WHERE state IN (0, 1)'"}),
    (house.no_bare_state_in_sql, {"server/a.py": "Q = 'SET state = iif(crashes + 1 >= 3, ?, ?)'"}),
    (house.no_bare_state_in_sql, {"server/a.py": "Q = f'SET crashes = crashes + 1, state = iif(crashes + 1 >= {limit}, 2, 0)'"}),
    (house.no_bare_state_in_sql, {"server/a.py": "Q = f'SET state = CASE WHEN {poisoned} THEN 2 END'"}),
    (house.no_bare_state_in_sql, {"server/a.py": "Q = 'DELETE FROM rows WHERE state NOT IN (?, 3)'"}),
    (house.no_bare_state_in_sql, {"server/a.py": "Q = 'DELETE FROM rows WHERE state<>4'"}),
    (house.no_bare_state_in_sql, {"server/a.py": "Q = 'SELECT id FROM rows WHERE 2 = rows.state'"}),
    (house.no_bare_state_in_sql, {"server/a.py": "Q = f'{names} WHERE {here} AND' ' rows.state = 1'"}),
    (house.no_bare_state_in_sql, {"server/a.py": "PART = 'state = 3'"}),
    (house.no_component_is_named, {"config/a.py": "if client.type == 'ga4': ...", "clients/ga4.py": ""}),
    (house.no_component_is_named, {"core/a.py": "A = 'first `allow`, then others'", "transformations/allow.py": ""}),
    (house.no_component_is_named, {"config/a.py": "A = f'such as `{name}: {{ga4: {{}}}}`'", "tags/ga4.py": ""}),
    (house.files_and_functions_are_small, {"core/a.py": "\n" * (LONGEST_FILE + 1)}),
    (house.files_and_functions_are_small, {"core/a.py": "class A:\n" + indent(LONG, "    ") + QUICK}),
    (house.everything_is_annotated, {"core/a.py": "def a(b) -> None: ..."}),
    (house.everything_is_annotated, {"core/a.py": "class A:\n    async def a(self, *, b: int, c=1) -> None: ..."}),
    (house.everything_is_annotated, {"core/a.py": "def a(b: int): ..."}),
    (house.a_component_file_has_one, {"tags/a.py": "class A: ...\nclass B: ..."}),
    (house.the_public_is_documented, {"core/a.py": "x = 1"}),
    (house.the_public_is_documented, {"core/a.py": '"""A."""\ndef a() -> None: ...'}),
    (house.the_public_is_documented, {"core/a.py": '"""A."""\nclass A: ...'}),
]

KEPT: Sequence[tuple[Rule, Texts]] = [
    (
        house.imports_point_down,
        {"server/a/b.py": "import core.a\nfrom wire.b import B\nimport json", "wire/c.py": "from wire.d import D"},
    ),
    (house.rooms_have_an_order, {"server/delivery/a.py": "from server.http.b import B", "server/http/b.py": ""}),
    (
        house.no_circles,
        {"core/a.py": "from core.b import B\nfrom core.c import C", "core/b.py": "from core.c import C", "core/c.py": ""},
    ),
    (
        house.faces_are_used,
        {
            "core/x/__init__.py": "from core.x.a import A\n__all__ = ['A']",
            "core/x/b.py": "from core.x.a import A",
            "core/y.py": "from core.x import A\nfrom core.x.a import Inner",
        },
    ),
    (house.impure_is_in_the_server, {"server/a.py": "import socket\nopen('x')", "core/a.py": "from datetime import datetime"}),
    (house.imports_point_down, {house.STARTS: "from server.cli import main", "tagyard/testing.py": "from config import load"}),
    (house.no_ability_is_asked_for_by_name, {"core/a.py": "getattr(settings, name)\ngetattr(error, 'errno', None)"}),
    (
        house.no_bare_state_in_sql,
        {"server/a.py": "Q = f'WHERE state = {State.DEAD} AND attempts < 2'\nW = 'the state = 2 of it'"},
    ),
    (house.no_bare_state_in_sql, {"server/a.py": "Q = f'SET state = iif(crashes + 1 >= {limit}, {State.DEAD}, {State.QUEUED})'"}),
    (house.no_bare_state_in_sql, {"server/a.py": "Q = f'UPDATE rows SET state = {to}, attempts = 0, crashes = 0'"}),
    (house.no_bare_state_in_sql, {"server/a.py": "Q = 'UPDATE rows SET state = change.value ->> 1 FROM x'"}),
    (
        house.no_component_is_named,
        {
            "config/a.py": "'''It is no ``ga4``.'''\nA = 'clients', 'to log in', 'allow-list', 'they allow more'",
            "server/b.py": "A = 'ga4'",
            **dict.fromkeys(("clients/ga4.py", "tags/log.py", "transformations/allow.py"), ""),
        },
    ),
    (house.files_and_functions_are_small, {"core/a.py": SHORT + QUICK}),
    (house.everything_is_annotated, {"core/a.py": "class A:\n    def a(self, b: int) -> None: ..."}),
    (house.a_component_file_has_one, {"tags/a.py": "class A: ...\nclass ASettings: ...\nclass _B: ..."}),
    (house.the_public_is_documented, {"core/a.py": '"""A."""\ndef _a() -> None: ...', "core/__init__.py": ""}),
]


def title(value: object) -> str:
    return getattr(value, "__name__", "")


@pytest.mark.parametrize(("rule", "texts"), BROKEN, ids=title)
def test_a_breach_is_noticed_and_its_file_named(rule: Rule, texts: Texts) -> None:
    (breach, *_) = list(rule(Tree(texts)))
    assert breach.startswith(tuple(texts))


@pytest.mark.parametrize(("rule", "texts"), KEPT, ids=title)
def test_what_keeps_the_rule_is_left_alone(rule: Rule, texts: Texts) -> None:
    assert list(rule(Tree(texts))) == []


def test_a_tree_of_long_functions_is_no_better_than_one_long_function() -> None:
    (breach,) = house.files_and_functions_are_small(Tree({"core/a.py": "def a() -> None:\n" + "    print()\n" * 9}))
    assert breach == "everywhere: the median function has 10 lines"


def test_every_rule_is_broken_and_kept_once_at_least() -> None:
    assert {rule for rule, _ in BROKEN} == {rule for rule, _ in KEPT} == set(RULES)


def test_lines_of_code_are_neither_blank_nor_said() -> None:
    said = '"""Says.\n\nMore."""\n\n# so\nimport os  # and so\n'
    text = said + '\n\ndef a(\n    b: int,\n) -> str:\n    """It."""\n    return """x\n\n    y"""\n'
    assert lines_of_code(text) == len(["import", "def", "b", ")", "return", "(blank)", "y"])


def test_three_lines_of_tests_for_two_of_code_are_enough_and_one_less_is_not() -> None:
    code = {"core/a.py": "a = 1\nb = 2\n"}
    assert list(enough_tests(code, {"tests/a.py": "a\nb\nc\n"})) == []
    assert list(enough_tests(code, {"tests/a.py": "a\nb\n# c\n"})) == ["tests: 2 lines of code, 3 are wanted"]
