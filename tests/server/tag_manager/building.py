"""Exports made of what a test is about, and what becomes of them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from server.tag_manager.product import Imported, imported
from server.tag_manager.reading import read
from tests.server.tag_manager import given

Json = Any

EQUALS = "EQUALS"


def parameter(key: str, value: Json) -> Json:
    """A parameter in the export's form: a text, a boolean, a list of rows, or an object."""
    if isinstance(value, bool):
        return {"type": "BOOLEAN", "key": key, "value": "true" if value else "false"}
    if isinstance(value, list):
        return {"type": "LIST", "key": key, "list": [_row(row) for row in value]}
    if isinstance(value, dict):
        return {"type": "MAP", "key": key, "map": parameters(value)}
    return {"type": "TEMPLATE", "key": key, "value": value}


def _row(row: Json) -> Json:
    return {"type": "MAP", "map": parameters(row)} if isinstance(row, dict) else {"type": "TEMPLATE", "value": row}


def parameters(values: Mapping[str, Json]) -> Sequence[Json]:
    """Several of them."""
    return [parameter(key, value) for key, value in values.items()]


def client(name: str = "GA4", type: str = "gaaw_client", values: Mapping[str, Json] | None = None, **fields: Json) -> Json:
    """A client."""
    return {"name": name, "type": type, "parameter": parameters(values or {}), **fields}


def tag(name: str = "Tag", values: Mapping[str, Json] | None = None, type: str = "sgtmgaaw", **fields: Json) -> Json:
    """A tag, by default one that fires for every event."""
    fired = {"firingTriggerId": ["2147479574"]}
    return {"name": name, "type": type, "parameter": parameters(values or {}), **fired, **fields}


def variable(name: str, type: str, values: Mapping[str, Json] | None = None, **fields: Json) -> Json:
    """A variable."""
    return {"name": name, "type": type, "parameter": parameters(values or {}), **fields}


def constant(name: str, text: str) -> Json:
    """A constant."""
    return variable(name, "c", {"value": text})


def event_data(name: str, path: str) -> Json:
    """A variable that reads the event."""
    return variable(name, "ed", {"keyPath": path})


def condition(operator: str, left: str, right: str, *, negate: bool = False, ignore_case: bool = False) -> Json:
    """A condition of a trigger."""
    flags = {**({"negate": True} if negate else {}), **({"ignore_case": True} if ignore_case else {})}
    return {"type": operator, "parameter": parameters({"arg0": left, "arg1": right, **flags})}


def trigger(name: str = "Trigger", *conditions: Json, type: str = "ALWAYS", **fields: Json) -> Json:
    """A trigger of these conditions."""
    return {"name": name, "type": type, "filter": list(conditions), **fields}


def template(name: str, reference: str = "", id: str = "90", **gallery: Json) -> Json:
    """A custom template, of which types ``cvt_1_ID`` are made."""
    owner, _, repository = reference.partition("/")
    found = {"owner": owner, "repository": repository, **gallery} if reference or gallery else None
    return {"name": name, "containerId": "1", "templateId": id, **({"galleryReference": found} if found else {})}


def export(**entities: Sequence[Json]) -> bytes:
    """An export with these lists; ids are given by place where an entity has none."""
    numbered = {kind: [{f"{_id(kind)}": str(at), **each} for at, each in enumerate(found, 1)] for kind, found in entities.items()}
    container = {"publicId": "GTM-EX0", "usageContext": ["SERVER"]}
    version = {"containerVersionId": "5", "container": container, **numbered}
    return json.dumps({"exportFormatVersion": 2, "containerVersion": version}).encode()


def _id(kind: str) -> str:
    return "templateId" if kind == "customTemplate" else f"{kind}Id"


def importing(**entities: Sequence[Json]) -> Imported:
    """What becomes of such an export."""
    return imported(read(export(**entities)))


def written(**entities: Sequence[Json]) -> Json:
    """The file's values."""
    return given.values(importing(**entities).text)


def told(made: Imported, kind: str) -> Sequence[tuple[str, str | None, Sequence[str]]]:
    """Status, key and reasons of each entity of a kind."""
    return [(each.status, each.key, each.reasons) for each in made.report.outcomes if each.entity.kind == kind]


def value_of(*variables: Json, name: str = "x") -> Json:
    """What stands for ``{{x}}`` in a parameter of a tag; None where it is left out."""
    file = written(variable=variables, tag=[tag(values={"eventParameters": [{"fieldName": "p", "value": f"{{{{{name}}}}}"}]})])
    return file["tags"]["tag"].get("parameters", {}).get("set", {}).get("p")


def entry_of(*variables: Json, name: str = "x") -> Json:
    """What stands under ``variables`` for ``{{x}}``."""
    file = written(variable=variables, tag=[tag(values={"eventParameters": [{"fieldName": "p", "value": f"{{{{{name}}}}}"}]})])
    return file["variables"]["x"]


def reasons_of(*variables: Json, name: str = "x", templates: Sequence[Json] = ()) -> tuple[str, Sequence[str]]:
    """Status and reasons of the variable ``x``, which a tag needs."""
    needing = tag(values={"eventParameters": [{"fieldName": "p", "value": f"{{{{{name}}}}}"}]})
    made = importing(variable=variables, tag=[needing], customTemplate=templates)
    (found,) = [each for each in made.report.outcomes if each.entity.kind == "variable" and each.entity.name == name]
    return found.status, found.reasons


def asked(*conditions: Json, variables: Sequence[Json] = (), clients: Sequence[Json] = (), **fields: Json) -> Json:
    """What a trigger of these conditions asks for, without its note."""
    fired = tag(firingTriggerId=["1"])
    file = written(trigger=[trigger("t", *conditions, **fields)], tag=[fired], variable=variables, client=clients)
    return {key: value for key, value in (file["triggers"]["t"] or {}).items() if key != "note"}
