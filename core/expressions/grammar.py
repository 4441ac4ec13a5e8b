"""Jinja's parser, told two things: a backslash in a text stands for itself, and a position is a character, not a line."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from jinja2 import Environment, TemplateSyntaxError, nodes
from jinja2.lexer import Lexer, Token, describe_token
from jinja2.parser import Parser

from core.expressions.error import ExpressionError

LONGEST_SOURCE = 10_000
TOO_DEEP = "the expression is nested too deeply: move parts of it into variables"
_LITERAL = re.compile(r"'[^']*'|\"[^\"]*\"")
_MEANT = {"=": "== compares", "&": "write and", "|": "write or", "!": "write not or !=", "?": "write a if condition else b"}
_IN_WORDS = {
    "unexpected end of template": "unexpected end",
    "'end of template'": "the end",
    "'end of print statement'": "'}}'",
    "You cannot chain multiple tests with is": "only one 'is' may follow a value",
    "invalid syntax for function call expression": "the arguments in the parentheses cannot be read",
}


class _Lexer(Lexer):
    """Gives offsets where Jinja's own gives lines, so that every node's ``lineno`` is an offset; texts end at their quote."""

    def __init__(self, environment: Environment) -> None:
        super().__init__(environment)
        for state, rules in self.rules.items():
            self.rules[state] = [rule._replace(pattern=_LITERAL) if rule.tokens == "string" else rule for rule in rules]

    def tokeniter(
        self, source: str, name: str | None, filename: str | None = None, state: str | None = None
    ) -> Iterator[tuple[int, str, str]]:
        offset = 0
        try:
            for _, kind, text in super().tokeniter(source, name, filename, state):
                yield offset, kind, text
                offset += len(text)
        except TemplateSyntaxError as error:
            error.lineno = offset
            raise

    def wrap(
        self, stream: Iterable[tuple[int, str, str]], name: str | None = None, filename: str | None = None
    ) -> Iterator[Token]:
        kept = ((at, kind, text.replace("\\", "\\\\") if kind == "string" else text) for at, kind, text in stream)
        return super().wrap(kept, name, filename)


class _Environment(Environment):
    """Jinja's environment with that lexer. It only ever parses; nothing is rendered or compiled by Jinja."""

    @property
    def lexer(self) -> Lexer:
        return _LEXER


_LEXER = _Lexer(Environment())
_ENVIRONMENT = _Environment()


def parse(source: str) -> nodes.Expr:
    """The syntax tree of one expression; ``lineno`` of every node is its offset. Raises ExpressionError, nothing else."""
    if len(source) > LONGEST_SOURCE:
        raise ExpressionError(f"the expression is longer than {LONGEST_SOURCE} characters: move parts of it into variables")
    if not source.strip():
        raise ExpressionError("the expression is empty")
    try:
        return _parse(source)
    except TemplateSyntaxError as error:
        raise _translated(error, source) from None
    except RecursionError:
        raise ExpressionError(TOO_DEEP) from None
    except (ValueError, SyntaxError):
        raise ExpressionError("a number in the expression cannot be read") from None


def _parse(source: str) -> nodes.Expr:
    parser = Parser(_ENVIRONMENT, source, state="variable")
    tree = parser.parse_tuple(with_condexpr=True)
    if not parser.stream.eos:
        left = parser.stream.current
        parser.fail(f"unexpected {describe_token(left)!r} after the expression", left.lineno)
    return tree


def _translated(error: TemplateSyntaxError, source: str) -> ExpressionError:
    message, offset = error.message or "it cannot be read", min(error.lineno, len(source))
    for theirs, ours in _IN_WORDS.items():
        message = message.replace(theirs, ours)
    message = re.sub(r"^unexpected char (.*) at \d+$", r"unexpected \1", message, flags=re.DOTALL)
    at = source[offset : offset + 1]
    if at in ("'", '"'):
        message = f"the text that starts with {at} has no end"
    meant = _MEANT.get(at)
    return ExpressionError(f"syntax error: {message.rstrip('.')}" + (f" ({meant})" if meant else ""), offset)
