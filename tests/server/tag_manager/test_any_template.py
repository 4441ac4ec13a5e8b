"""Whatever stands in the parameters of a template's tags and clients, what comes of it passes the check."""

from __future__ import annotations

from typing import Any, Final

from hypothesis import HealthCheck, Phase, settings
from hypothesis import given as given_by
from hypothesis import strategies as st

from server.tag_manager.product import imported, mistakes
from server.tag_manager.reading import read
from server.tag_manager.templates.clients import CLIENT_TEMPLATES
from server.tag_manager.templates.tags import TAG_TEMPLATES
from server.tag_manager.templates.vendors import VENDORS
from tests.server.tag_manager.building import client, constant, event_data, export, parameters, template
from tests.server.tag_manager.given import values
from tests.server.tag_manager.some_exports import ODD_TEXTS

Json = Any

REFERENCES: Final = [*sorted(TAG_TEMPLATES), *sorted(CLIENT_TEMPLATES)]
TEMPLATES: Final = [template(reference, reference, str(100 + at)) for at, reference in enumerate(REFERENCES)]
VARIABLES: Final = [
    constant("id", "100000000000001"),
    constant("a token", "EAAInventedNotReal0123456789"),
    constant("yes", "true"),
    event_data("mail", "user_data.email_address"),
]
USUAL: Final = ("100000000000001", "{{id}}", "{{a token}}", "{{mail}}", "{{gone}}", "{{yes}}", "standard", "custom", "inherit")
texts = st.sampled_from(USUAL) | st.sampled_from(ODD_TEXTS) | st.text(max_size=6)


def _names(reference: str) -> list[str]:
    vendor = VENDORS.get(reference)
    if vendor is None:
        return [
            "url",
            "requestMethod",
            "requestTimeout",
            "includeEventData",
            "inside_array",
            "responseStatusCode",
            "responseBody",
        ]
    rule = vendor.name.parameters if vendor.name else set()
    tables = (vendor.plain, vendor.secret, vendor.direct, vendor.flags, vendor.limits, vendor.remember)
    names = {name.partition("=")[0] for table in tables for name in table}
    return sorted({*names, *(each for each in rule if not each.startswith("=")), "adStorageConsent", "useAppSecretProof"})


def _tables(reference: str) -> dict[str, list[str]]:
    vendor = VENDORS.get(reference)
    if vendor is None:
        return {"headers": ["X-A", "Host"], "data": ["a", "a.b", "a..b", ""], "path": ["path"]}
    return {table: [*targets, *vendor.limits] for table, targets in vendor.rows.items()}


def _values(reference: str) -> st.SearchStrategy[dict[str, Json]]:
    plain = st.dictionaries(st.sampled_from(_names(reference)), texts | st.booleans(), max_size=9)
    tables = {
        table: st.lists(st.tuples(st.sampled_from([*names, "odd {{name}}"]), texts).map(_row), max_size=4)
        for table, names in _tables(reference).items()
    }
    return st.tuples(plain, st.fixed_dictionaries({}, optional=tables)).map(lambda found: {**found[0], **found[1]})


def _row(pair: tuple[str, str]) -> dict[str, str]:
    return {"name": pair[0], "key": pair[0], "path": pair[0], "value": pair[1]}


kinds = st.sampled_from(range(len(REFERENCES))).flatmap(
    lambda at: _values(REFERENCES[at]).map(lambda found: (f"cvt_1_{100 + at}", REFERENCES[at], found))
)
many = settings(max_examples=100, deadline=None, database=None, phases=(Phase.generate,), suppress_health_check=list(HealthCheck))


@many
@given_by(st.lists(kinds, min_size=1, max_size=4))
def test_what_comes_of_any_template_passes_the_check(found: list[tuple[str, str, dict[str, Json]]]) -> None:
    tags = [
        {"name": f"T{at}", "type": type, "parameter": parameters(each), "firingTriggerId": ["2147479574"]}
        for at, (type, reference, each) in enumerate(found)
        if reference in TAG_TEMPLATES
    ]
    clients = [client(f"C{at}", type, each) for at, (type, reference, each) in enumerate(found) if reference in CLIENT_TEMPLATES]
    lists = {"tag": tags, "client": clients, "variable": VARIABLES, "customTemplate": TEMPLATES}
    made = imported(read(export(**lists)))
    assert mistakes(made.text) == []
    assert "EAAInvented" not in made.text
    assert "{{ open" not in str(values(made.text).get("clients"))
    told = [each for each in made.report.outcomes if each.entity.kind in ("tag", "client")]
    assert len(told) == len(tags) + len(clients)
    assert all(each.reasons for each in told if each.status != "imported")
