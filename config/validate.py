"""Values against pydantic models, with every finding told at its place in the YAML."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final, get_args

from pydantic import BaseModel, TypeAdapter, ValidationError

from config.document import Document
from config.messages import NOT_REPLACED, SECRET_NOT_HERE, say, unknown
from config.nodes import MappingNode, follow, scalars
from config.problem import Path
from core.expressions import ExpressionError
from core.fields import Condition, Template
from core.secret import SealedText


def validated(kind: Any, value: object, path: Path, document: Document) -> Any:
    """The value as ``kind`` (a model or any annotation), or None once its mistakes are in the report."""
    try:
        made = TypeAdapter(kind).validate_python(value)
    except ValidationError as error:
        _Findings(kind, value, path, document).tell(error)
        return None
    misplaced = [_is_misplaced(leaf, (*path, *location), document) for location, leaf in leaves(made)]
    return None if any(misplaced) else made


def _is_misplaced(leaf: object, path: Path, document: Document) -> bool:
    """Whether a value of the environment came to where none is replaced; it is in the report then."""
    if isinstance(leaf, SealedText):
        document.error(path, SECRET_NOT_HERE)
        return True
    return isinstance(leaf, Condition) and _takes_names(path, document)


def _takes_names(condition: Path, document: Document) -> bool:
    """Whether the condition is written with a ``${NAME}``. Each is in the report then."""
    path, entry = follow(document.root, condition)
    written = () if isinstance(entry.node, MappingNode) else scalars(entry.node)
    taking = [(*path, *steps) for steps, scalar in written if "${" in scalar.text]
    key = [step for step in path if isinstance(step, str)][-1:]
    for each in taking:
        document.error(each, NOT_REPLACED.format(where=f"a `{''.join(key)}`"))
    return bool(taking)


def leaves(value: object, location: Path = ()) -> Iterator[tuple[Path, object]]:
    """Everything in settings that is not a model, a mapping or a list, with its location in the YAML."""
    if isinstance(value, BaseModel):
        for name, field in type(value).model_fields.items():
            yield from leaves(getattr(value, name), (*location, field.alias or name))
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from leaves(item, (*location, key))
    elif isinstance(value, list | tuple):
        for index, item in enumerate(value):
            yield from leaves(item, (*location, index))
    else:
        yield location, value


class _Findings:
    """The errors of one validation, sorted to the paths of the file they are about."""

    def __init__(self, kind: Any, value: object, path: Path, document: Document) -> None:
        self._kind = kind
        self._value = value
        self._path = path
        self._document = document

    def tell(self, error: ValidationError) -> None:
        """Every path once. A path above another one is a branch of a union that fitted less: it is left out."""
        groups: dict[Path, list[Mapping[str, Any]]] = {}
        for finding in error.errors(include_input=False, include_url=False):
            groups.setdefault(self._place(finding), []).append(finding)
        above = {path[:length] for path in groups for length in range(len(path))}
        for path, findings in groups.items():
            if any(finding["type"] == "condition" for finding in findings) and _takes_names(path, self._document):
                continue
            if path not in above and not self._document.mistaken(path):
                self._say(path, findings)

    def _place(self, finding: Mapping[str, Any]) -> Path:
        location = (*self._path, *finding["loc"])
        if finding["type"] == "missing":
            return (*follow(self._document.root, location[:-1])[0], location[-1])
        return follow(self._document.root, location)[0]

    def _say(self, path: Path, findings: list[Mapping[str, Any]]) -> None:
        if findings[0]["type"] == "missing":
            self._document.error(path[:-1], f"{path[-1]} is missing", key=True)
            return
        value = _at(self._value, path[len(self._path) :])
        if findings[0]["type"] == "extra_forbidden":
            known = keys(_model_at(self._kind, path[len(self._path) : -1]))
            self._document.error(path, unknown("key", str(path[-1]), known), key=True)
        elif isinstance(value, SealedText) and findings[0]["type"] != "weak_secret":
            self._document.error(path, SECRET_NOT_HERE)
        elif findings[0]["type"] in _COMPILED and isinstance(value, dict | list):
            broken = _broken(_COMPILED[findings[0]["type"]], value)
            for location, message in list(broken) or [((), say(findings, value))]:
                self._document.error((*path, *location), message)
        else:
            ends = [finding["loc"][-1] for finding in findings if finding["loc"]]
            listable = any(isinstance(end, int) and end != path[-1] for end in ends)
            self._document.error(path, say(findings, value, listable=listable), key="[key]" in ends)


_COMPILED: Final[Mapping[str, type[Condition | Template]]] = {"condition": Condition, "expression": Template}
"""By the type of their findings, what is compiled text by text."""


def keys(model: type[BaseModel] | None) -> list[str]:
    """The keys a model reads, as they are written."""
    return [field.alias or name for name, field in model.model_fields.items()] if model else []


def _at(value: Any, steps: Path) -> Any:
    for step in steps:
        value = value[step]
    return value


def _broken(kind: type[Condition | Template], value: object) -> Iterator[tuple[Path, str]]:
    """Every text of the value that cannot be compiled, and why."""
    for location, leaf in leaves(value):
        try:
            kind(leaf)
        except ExpressionError as error:
            yield location, str(error)


def _model_at(kind: Any, steps: Path) -> type[BaseModel] | None:
    """The model that reads what stands at these steps of a value of this kind."""
    models = list(_models(kind))
    for step in steps:
        fields = [model.model_fields for model in models]
        annotations = [field.annotation for each in fields for name, field in each.items() if (field.alias or name) == step]
        models = [model for annotation in annotations for model in _models(annotation)] or models
    return models[0] if models else None


def _models(kind: Any) -> Iterator[type[BaseModel]]:
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        yield kind
    for argument in get_args(kind):
        yield from _models(argument)
