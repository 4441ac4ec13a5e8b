"""The expression language: Jinja's grammar, an allow-list of what it may say, closures that cannot raise."""

from core.expressions.error import ExpressionError
from core.expressions.explanation import Decided, explain, names_of, undefined_names
from core.expressions.expression import Expression, compile_condition, compile_expression
from core.expressions.template import compile_template

__all__ = [
    "Decided",
    "Expression",
    "ExpressionError",
    "compile_condition",
    "compile_expression",
    "compile_template",
    "explain",
    "names_of",
    "undefined_names",
]
