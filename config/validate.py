"""Values against pydantic models, with every finding told at its place in the YAML."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from copy import deepcopy
from typing import Any, TypeAlias, get_args

from pydantic import BaseModel, TypeAdapter, ValidationError

from config.document import Document
from config.inside import Spot
from config.messages import SECRET_NOT_HERE, not_replaced, say, unknown
from config.nodes import MappingNode, follow, scalars
from config.problem import Path
from core.expressions import ExpressionError
from core.fields import Condition, Template
from core.secret import SealedText


def validated(kind: Any, value: object, path: Path, document: Document) -> Any:
    """The value as ``kind`` (a model or any annotation), or None once its mistakes are in the report."""
    made, whole = _read(kind, value, path, document)
    return made if whole else None


def readable(kind: Any, value: object, path: Path, document: Document) -> Any:
    """The same; once its mistakes are in the report, what can be read without them, for the checks to come, or None.

    Only where a key that is missing makes no other one wrong: what is left out is told of once.
    """
    return _read(kind, value, path, document)[0]


Mistaken: TypeAlias = dict[Path, object]
"""What must be left out to read on, by its steps from the value, and what stands for it then: None where its key goes."""


def _read(kind: Any, value: object, path: Path, document: Document) -> tuple[Any, bool]:
    """What can be read of it, or None, and whether that is all."""
    mistaken: Mistaken = {}
    try:
        made = TypeAdapter(kind).validate_python(value)
    except ValidationError as error:
        mistaken = _Findings(kind, value, path, document).tell(error)
        made = _without(kind, value, mistaken)
    misplaced = _misplaced(made, path, document)
    if misplaced:
        made = _without(kind, value, {**mistaken, **misplaced})
    return made, not mistaken and not misplaced


def _without(kind: Any, value: object, mistaken: Mistaken) -> Any:
    """What the rest of the value is, or None where there is none."""
    rest = deepcopy(value)
    try:
        for steps, instead in mistaken.items():
            _leave_out(rest, steps, instead)
        return TypeAdapter(kind).validate_python(rest)
    except (ValidationError, ValueError):
        return None


def _leave_out(value: Any, steps: Path, instead: object) -> None:
    """Puts this in the place; with nothing to put there the innermost key at or above the steps goes, so that no index changes.

    Raises ValueError where no key is as low as that.
    """
    last = len(steps) - 1
    if instead is None:
        last = max(at for at, step in enumerate(steps) if isinstance(step, str))
    with suppress(LookupError, TypeError):  # it is gone with another mistake
        within = _at(value, steps[:last])
        within[steps[last]]
        if instead is None:
            del within[steps[last]]
        else:
            within[steps[last]] = instead


def _misplaced(made: object, path: Path, document: Document) -> Mistaken:
    """Where a value of the environment came to where none is replaced; each is in the report then."""
    found: Mistaken = {}
    for location, leaf in leaves(made):
        at = follow(document.root, (*path, *location))[0]
        if isinstance(leaf, SealedText):
            document.error(at, SECRET_NOT_HERE)
            found[at[len(path) :]] = None
        elif isinstance(leaf, Condition):
            found |= {each[len(path) :]: True for each in _names_in(at, document)}
    return found


def _names_in(condition: Path, document: Document) -> list[Path]:
    """The texts of the condition that are written with a ``${NAME}``. Each is in the report then."""
    _, entry = follow(document.root, condition)
    written = () if isinstance(entry.node, MappingNode) else scalars(entry.node)
    taking = {(*condition, *steps): scalar.text for steps, scalar in written if "${" in scalar.text}
    key = [step for step in condition if isinstance(step, str)][-1:]
    for each, text in taking.items():
        document.error(each, not_replaced(text, f"a `{''.join(key)}`"))
    return list(taking)


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

    def tell(self, error: ValidationError) -> Mistaken:
        """Every path once. A path above another one is a branch of a union that fitted less: it is left out."""
        groups: dict[Path, list[Mapping[str, Any]]] = {}
        for finding in error.errors(include_input=False, include_url=False):
            groups.setdefault(self._place(finding), []).append(finding)
        above = {path[:length] for path in groups for length in range(len(path))}
        mistaken: Mistaken = {}
        for path, findings in groups.items():
            if path in above:
                continue
            if findings[0]["type"] == "condition":
                mistaken |= self._tell_condition(path, findings)
                continue
            steps = path[len(self._path) : -1 if findings[0]["type"] == "missing" else None]
            broken = self._broken_texts(steps) if findings[0]["type"] == "expression" else ()
            if not self._document.mistaken(path):
                self._say(path, findings)
            mistaken.update(dict.fromkeys(broken, "") if broken else {steps: None})
        return mistaken

    def _broken_texts(self, steps: Path) -> Sequence[Path]:
        """Those within a value of several: only they are left out."""
        value = _at(self._value, steps)
        return [(*steps, *location) for location, _, _ in _broken(Template, value)] if isinstance(value, dict | list) else ()

    def _tell_condition(self, path: Path, findings: list[Mapping[str, Any]]) -> Mistaken:
        """Each text of it once; of one with a ``${NAME}`` nothing else is told."""
        value = _at(self._value, path[len(self._path) :])
        wrong = dict.fromkeys(_names_in(path, self._document))
        for location, message, spot in list(_broken(Condition, value)) or [((), say(findings, value), None)]:
            at = (*path, *location)
            if not self._document.mistaken(at):
                self._document.error(at, message, spot=spot)
            wrong[at] = None
        return {at[len(self._path) :]: True for at in wrong}

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
        elif isinstance(value, SealedText) and findings[0]["type"] not in ("weak_secret", "unfit_secret"):
            self._document.error(path, SECRET_NOT_HERE)
        elif findings[0]["type"] == "expression":
            for location, message, spot in list(_broken(Template, value)) or [((), say(findings, value), None)]:
                self._document.error((*path, *location), message, spot=spot)
        else:
            ends = [finding["loc"][-1] for finding in findings if finding["loc"]]
            listable = any(isinstance(end, int) and end != path[-1] for end in ends)
            self._document.error(path, say(findings, value, listable=listable), key="[key]" in ends)


def keys(model: type[BaseModel] | None) -> list[str]:
    """The keys a model reads, as they are written."""
    return [field.alias or name for name, field in model.model_fields.items()] if model else []


def _at(value: Any, steps: Path) -> Any:
    for step in steps:
        value = value[step]
    return value


def _broken(kind: type[Condition | Template], value: object) -> Iterator[tuple[Path, str, Spot | None]]:
    """Every text of the value that cannot be compiled, why, and where in it, as far as that is known."""
    for location, leaf in leaves(value):
        try:
            kind(leaf)
        except ExpressionError as error:
            yield location, str(error), None if error.offset is None else Spot(str(leaf), error.offset)


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
