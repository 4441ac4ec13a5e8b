"""How the file writes a variable: a value, or one of five forms."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Self, TypeAlias

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    model_validator,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from core.expressions import Expression
from core.expressions.names import OF_ELEMENTS
from core.expressions.predicates import compile_pattern
from core.expressions.replacement import lacks_group, no_group
from core.expressions.values import text_of
from core.fields import Template
from core.secret import holds_secret


def _without_item(template: Template) -> Template:
    for root in sorted({root for expression in template.expressions for root, _ in expression.references} & OF_ELEMENTS):
        message = f"{root} stands for an element of a list: it has a value only in the sum or value of an each"
        raise PydanticCustomError("item", "{message}", {"message": message})
    return template


def _keys_as_texts(value: Any) -> Any:
    return {text_of(key) or key: item for key, item in value.items()} if isinstance(value, dict) else value


def _pattern(text: str) -> str:
    try:
        compile_pattern(text)
    except ValueError as error:
        raise PydanticCustomError("pattern", "{message}", {"message": str(error)}) from None
    return text


def _groups_exist(table: dict[str, Any]) -> dict[str, Any]:
    for pattern, result in table.items():
        if isinstance(result, str) and lacks_group(compile_pattern(pattern), result):
            raise PydanticCustomError("group", "{message}", {"message": no_group(pattern, result)})
    return table


def _file_name(name: str) -> str:
    if not name.endswith((".csv", ".json")):
        raise PydanticCustomError("file", "must be a file that ends in .csv or .json")
    return name


def _result(value: Any) -> Any:
    if isinstance(value, dict | list) or (isinstance(value, str) and "{{" in value):
        raise PydanticCustomError(
            "result", "must be a plain text, in which \\1 stands for the pattern's first group, or a number"
        )
    return value


Outer: TypeAlias = Annotated[Template, AfterValidator(_without_item)]


_Results: TypeAlias = dict[Annotated[str, AfterValidator(_pattern)], Annotated[Any, AfterValidator(_result)]]


class VariableForm(BaseModel):
    """What the written-out forms share. Unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)


class Lookup(VariableForm):
    """A table from one value to another."""

    lookup: Outer = Field(description="The value that is looked up; a number by its text.")
    map: Annotated[dict[str, Outer], BeforeValidator(_keys_as_texts)] = Field(description="From value to result.")
    default: Outer | None = Field(None, description="The result where the table has none.")


class Regex(VariableForm):
    """A table from patterns to results; the first that is found anywhere in the value counts."""

    regex: Outer = Field(description="The value that is searched.")
    map: Annotated[_Results, AfterValidator(_groups_exist)] = Field(
        description="From RE2 pattern to result; \\1 to \\9 are the pattern's groups, \\0 is all it matched."
    )
    default: Outer | None = Field(None, description="The result where no pattern is found.")


class File(VariableForm):
    """A table in a file beside the configuration: ``var.NAME[key]``."""

    file: Annotated[str, AfterValidator(_file_name)] = Field(
        description="A csv file with a header line, or a json list of objects."
    )
    key: str = Field(description="The column of the keys.")
    value: str = Field(description="The column of the values.")


def _mapping(value: Any) -> Any:
    if not isinstance(value, dict) or not all(isinstance(key, str) for key in value):
        raise PydanticCustomError("object", "must be a mapping of names to values")
    return value


class Object(VariableForm):
    """Several values under names of their own: ``var.NAME.key``, or all of them as one object."""

    object: Annotated[Outer, BeforeValidator(_mapping)] = Field(
        description="Names and values, to any depth; one without a value is left out."
    )


class Each(VariableForm):
    """A sum over a list, or another list."""

    each: Outer = Field(description="The list.")
    sum: Template | None = Field(None, description="What an element adds; the element is item.")
    value: Template | None = Field(
        None, description="What stands for an element in the list that this gives; one without a value is left out."
    )

    @model_validator(mode="after")
    def _gives_one_thing(self) -> Self:
        if (self.sum is None) == (self.value is None):
            raise PydanticCustomError("each", "needs one of `sum`, which gives a number, and `value`, which gives a list")
        return self


class _ByKey:
    """Chooses the form by the key that names it, so that a mistake is reported where it is and not once per form."""

    forms: Mapping[str, type[VariableForm]] = {
        "lookup": Lookup,
        "regex": Regex,
        "file": File,
        "object": Object,
        "each": Each,
    }

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        forms = [
            core_schema.no_info_wrap_validator_function(_if_named(key), handler.generate_schema(form))
            for key, form in self.forms.items()
        ]
        plain = core_schema.no_info_wrap_validator_function(_plain, handler.generate_schema(Outer))
        return core_schema.chain_schema([core_schema.no_info_plain_validator_function(_unsealed), *forms, plain])

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {"anyOf": [handler(step) for step in schema["steps"][1:]]} if schema["type"] == "chain" else {}


VariableSettings: TypeAlias = Annotated[Template | Lookup | Regex | File | Object | Each, _ByKey()]
"""A text, a list, a number, or one of the five forms."""


def _if_named(key: str) -> core_schema.NoInfoWrapValidatorFunction:
    return lambda value, validate: validate(value) if isinstance(value, dict) and key in value else value


def _plain(value: Any, validate: core_schema.ValidatorFunctionWrapHandler) -> Any:
    if isinstance(value, VariableForm):
        return value
    if value is None or isinstance(value, dict):
        raise PydanticCustomError(
            "variable", "a variable is a text, a list, a number, or one of lookup, regex, file, object, each"
        )
    return validate(value)


def _unsealed(value: Any) -> Any:
    if holds_secret(value):
        raise PydanticCustomError("secret", "a variable cannot hold a secret: write ${NAME} where the secret is sent")
    return value


def references(settings: VariableSettings) -> list[Expression]:
    """Every expression of the variable."""
    return [expression for template in _templates(settings) for expression in template.expressions]


def _templates(settings: VariableSettings) -> list[Template]:
    match settings:
        case Lookup():
            return [settings.lookup, *settings.map.values(), *_given(settings.default)]
        case Regex():
            return [settings.regex, *_given(settings.default)]
        case Each():
            return [settings.each, *_given(settings.sum), *_given(settings.value)]
        case Object():
            return [settings.object]
        case File():
            return []
    return [settings]


def _given(template: Template | None) -> list[Template]:
    return [template] if template else []
