"""Where a visitor is: headers in every spelling, and a database."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config import ServerSettings, Settings, SourceFile, load
from config.proxies import GOOGLE_GEO
from core.registry import installed
from core.types import NOWHERE, Geo
from server.loading import geo_database
from server.loading.configuration import Configuration
from server.loading.geo_database import Database, Databases, database_of
from server.system.files import FileError
from server.visitors.geo import header_names, of_headers
from tests.server.mmdb import BUILT, database

NAMES = {"country": ("c",), "region": ("r",), "city": ("t",)}


@pytest.mark.parametrize(
    ("headers", "geo"),
    [
        ({"c": "DE"}, Geo("DE")),
        ({"c": " de "}, Geo("DE")),
        ({"c": "DE", "r": "BY", "t": "Ulm"}, Geo("DE", "BY", "Ulm")),
        ({"c": "DE", "r": "by"}, Geo("DE", "BY")),
        ({"c": "DE", "r": "DE-BY"}, Geo("DE", "BY")),
        ({"c": "US", "r": "USCA"}, Geo("US", "CA")),
        ({"c": "GB", "r": "GBENG"}, Geo("GB", "ENG")),
        ({"c": "MA", "r": "MAR"}, Geo("MA", "MAR")),
        ({"c": "AT", "r": "9"}, Geo("AT", "9")),
        ({"c": "AT", "r": "AT-9"}, Geo("AT", "9")),
        ({"c": "DE", "r": "US-CA"}, Geo("DE")),
        ({"c": "DE", "r": "Bavaria"}, Geo("DE")),
        ({"c": "DE", "r": "?"}, Geo("DE")),
        ({"c": "DE", "r": ""}, Geo("DE")),
        ({"r": "BY"}, NOWHERE),
        ({"c": "XX"}, NOWHERE),
        ({"c": "ZZ", "r": "ZZ"}, NOWHERE),
        ({"c": "T1"}, NOWHERE),
        ({"c": "DEU"}, NOWHERE),
        ({"c": "ÄÖ"}, NOWHERE),
        ({"c": ""}, NOWHERE),
        ({"t": "Ulm"}, Geo(None, None, "Ulm")),
        ({"c": "BR", "t": "São Paulo".encode().decode("latin-1")}, Geo("BR", None, "São Paulo")),
        ({"c": "BR", "t": "São Paulo"}, Geo("BR", None, "São Paulo")),
        ({"c": "JP", "t": "東京"}, Geo("JP", None, "東京")),
        ({"c": "DE", "t": "?"}, Geo("DE")),
        ({"c": "DE", "t": "x" * 101}, Geo("DE")),
        ({"c": "DE", "t": "a\tb"}, Geo("DE")),
        ({}, NOWHERE),
    ],
)
def test_headers_as_iso_3166_2(headers: dict[str, str], geo: Geo) -> None:
    assert of_headers(headers, NAMES) == geo


@pytest.mark.parametrize(
    ("headers", "geo"),
    [
        ({"x-gclb-country": "US", "x-gclb-region": "USCA"}, Geo("US", "CA")),
        ({"x-gclb-country": "AT", "x-gclb-region": "AT9"}, Geo("AT", "9")),
        ({"x-appengine-country": "US", "x-appengine-region": "ca", "x-appengine-city": "oakland"}, Geo("US", "CA", "oakland")),
        ({"x-gclb-country": "ZZ", "x-appengine-country": "FR"}, Geo("FR")),
        ({"x-gclb-country": "DE", "x-appengine-country": "FR"}, Geo("DE")),
        ({"cf-ipcountry": "DE"}, NOWHERE),
    ],
)
def test_googles_headers_are_read_where_nothing_is_named(headers: dict[str, str], geo: Geo) -> None:
    assert of_headers(headers, header_names(ServerSettings())) == geo


@pytest.mark.parametrize(
    ("server", "names"),
    [
        ({}, GOOGLE_GEO),
        ({"behind": "cloud_run"}, GOOGLE_GEO),
        ({"behind": "cloudflare"}, {"country": ("cf-ipcountry",), "region": ("cf-region-code",), "city": ("cf-ipcity",)}),
        ({"behind": "fastly"}, {}),
        ({"behind": "fastly", "geo": {"country": "X-C"}}, {"country": ("x-c",)}),
        ({"geo": {"country": "X-C", "city": "X-T"}}, {"country": ("x-c",), "city": ("x-t",)}),
        (
            {"behind": "cloudflare", "geo": {"region": "X-R"}},
            {"country": ("cf-ipcountry",), "region": ("x-r",), "city": ("cf-ipcity",)},
        ),
    ],
)
def test_which_headers_are_read(server: dict[str, Any], names: Any) -> None:
    assert header_names(ServerSettings.model_validate(server)) == names


@given(st.dictionaries(st.sampled_from(["c", "r", "t"]), st.text(max_size=8)))
@settings(max_examples=200)
def test_it_never_raises_and_says_nothing_that_is_no_code(headers: dict[str, str]) -> None:
    geo = of_headers(headers, NAMES)
    assert geo.country is None or (len(geo.country) == 2 and geo.country.isascii() and geo.country.isupper())
    assert geo.region is None or (geo.country is not None and geo.region.isalnum() and len(geo.region) <= 3)


ULM = {
    "country": {"iso_code": "DE", "names": {"en": "Germany"}},
    "subdivisions": [{"iso_code": "BW"}],
    "city": {"names": {"en": "Ulm", "de": "Ulm"}},
}


@pytest.mark.parametrize(
    ("record", "geo"),
    [
        (ULM, Geo("DE", "BW", "Ulm")),
        ({"country": {"iso_code": "DE"}}, Geo("DE")),
        ({"country": {"iso_code": "DE"}, "subdivisions": [], "city": {}}, Geo("DE")),
        ({"country": {"iso_code": "DE"}, "subdivisions": "BW", "city": {"names": []}}, Geo("DE")),
        ({"country": "DE"}, NOWHERE),
        ({"city": {"names": {"en": "Ulm"}}}, NOWHERE),
        ("Germany", NOWHERE),
    ],
)
def test_what_a_database_says_of_an_address(tmp_path: Path, record: Any, geo: Geo) -> None:
    path = tmp_path / "geo.mmdb"
    path.write_bytes(database(record))
    look_up = Database(path)
    assert look_up("10.1.2.3") == geo, "the test's database knows the lower half of IPv4"
    assert look_up("203.0.113.7") == NOWHERE
    assert look_up("2001:db8::7") == NOWHERE, "an IPv4 database knows no IPv6"
    assert look_up("no address") == NOWHERE


def test_a_file_that_is_no_database_is_told_in_words(tmp_path: Path) -> None:
    path = tmp_path / "geo.mmdb"
    with pytest.raises(FileError, match=r"geo\.mmdb: server\.geo\.database cannot be read: No such file"):
        Database(path)
    path.write_bytes(b"not one")
    with pytest.raises(FileError, match="it is not a MaxMind database"):
        Database(path)
    path.write_bytes(b"")
    with pytest.raises(FileError, match="it is not a MaxMind database"):
        Database(path)


def test_a_file_whose_index_leads_to_nothing_is_no_database(tmp_path: Path) -> None:
    path = tmp_path / "geo.mmdb"
    path.write_bytes(database(ULM, beyond=5000))
    with pytest.raises(FileError, match="it is not a MaxMind database"):
        Database(path)


def test_a_file_that_changes_while_it_is_read_is_left_for_later(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "geo.mmdb"
    path.write_bytes(database(ULM))
    looks = iter([(1, 1, 1), (2, 1, 1)])
    monkeypatch.setattr(geo_database, "stamp", lambda _: next(looks))
    with pytest.raises(FileError, match="it is being written: have it read again when that is done"):
        Database(path)


def test_no_descriptor_stays_open(tmp_path: Path) -> None:
    path = tmp_path / "geo.mmdb"
    path.write_bytes(database(ULM))
    before = len(os.listdir("/proc/self/fd"))
    kept = [Database(path) for _ in range(3)]
    assert len(os.listdir("/proc/self/fd")) == before
    assert {each.built for each in kept} == {BUILT}


def test_a_database_is_read_anew_only_where_it_has_changed(tmp_path: Path) -> None:
    path = tmp_path / "geo.mmdb"
    path.write_bytes(database(ULM))
    configuration, settings = Configuration(tmp_path / "container.yaml"), with_database("geo.mmdb")
    databases = Databases()
    first = databases.of(configuration.path, settings)
    assert databases.of(configuration.path, settings) is first
    path.write_bytes(database(ULM, built=BUILT + 1))
    second = databases.of(configuration.path, settings)
    assert second is not None
    assert second.built == BUILT + 1
    path.write_bytes(b"broken")
    with pytest.raises(FileError):
        databases.of(configuration.path, settings)
    assert second("10.0.0.1").country == "DE"
    assert databases.of(configuration.path, with_database(None)) is None


def with_database(name: str | None) -> Settings:
    text = f"server: {{geo: {{database: {name}}}}}" if name else ""
    source = SourceFile("c", f"{text}\nclients: {{ga4: {{measurement_ids: G-1}}}}\ntags: {{ga4: {{}}}}\n".encode())
    loaded = load([source], registry=installed(), environ={}, read=lambda _: b"", serve=False)
    assert loaded.settings is not None
    return loaded.settings


def test_the_database_of_a_configuration_lies_beside_it(tmp_path: Path) -> None:
    configuration = Configuration(tmp_path / "container.yaml")
    (tmp_path / "geo.mmdb").write_bytes(database(ULM))
    assert database_of(configuration.path, with_database(None)) is None
    found = database_of(configuration.path, with_database("geo.mmdb"))
    assert found is not None
    assert found("10.0.0.1") == Geo("DE", "BW", "Ulm")
    with pytest.raises(FileError):
        database_of(configuration.path, with_database("other.mmdb"))
