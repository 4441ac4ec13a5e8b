"""The expression language: Jinja's grammar, an allow-list of what it may say, closures that cannot raise."""

from core.expressions.error import ExpressionError
from core.expressions.explanation import Decided, explain
from core.expressions.expression import Expression, compile_condition
from core.expressions.template import compile_template

__all__ = ["Decided", "Expression", "ExpressionError", "compile_condition", "compile_template", "explain"]
