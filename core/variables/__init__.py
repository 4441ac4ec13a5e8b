"""Variables: the values a file gives a name, in each of the forms it may write them."""

from core.variables.compiler import Read, compile_variable
from core.variables.cycle import find_cycle
from core.variables.settings import Each, File, Lookup, Object, Regex, VariableSettings, references

__all__ = [
    "Each",
    "File",
    "Lookup",
    "Object",
    "Read",
    "Regex",
    "VariableSettings",
    "compile_variable",
    "find_cycle",
    "references",
]
