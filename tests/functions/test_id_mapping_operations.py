"""An operator looks a name up from either side, adds one that is missing, and takes one out."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import azure.functions as func
import pytest

from shared.application.configuration_desk import ConfigurationDesk
from shared.application.mapping_desk import MappingDesk, MappingRow, mapping_rows
from shared.bootstrap import SHIPPED
from shared.configuration.in_force import PublishedVersions, seed
from shared.configuration.loading import written_as, written_in
from shared.store.configuration import TableVersions
from tests.functions.conftest import Serve
from tests.functions.requests import a_request, assert_problem, assert_refused, json_of

FILES = written_in(SHIPPED).files
NEW = {"system": "bigcommerce", "kind": "product", "external": "KTL-NEW", "internal": "KTL-EN-1L", "unit": "ea"}


def clock() -> datetime:
    return datetime(2026, 3, 2, 9, tzinfo=UTC)


@pytest.fixture
def versions(versions: TableVersions) -> TableVersions:
    seed(versions, SHIPPED, clock)
    return versions


@pytest.fixture(autouse=True)
def _served(serve: Serve, versions: TableVersions) -> None:
    desk = ConfigurationDesk(versions, clock, lambda _: (), lambda: None)
    serve(mapping_desk=MappingDesk(desk), configuration=PublishedVersions(versions).in_force(1))


def written(row: dict[str, Any]) -> func.HttpRequest:
    return a_request(method="PUT", body=json.dumps(row).encode())


@pytest.fixture
def put(call: Callable[..., Any]) -> Callable[..., func.HttpResponse]:
    return lambda **row: call("put_id_mapping", written(row))


@pytest.fixture
def remove(call: Callable[..., Any]) -> Callable[..., func.HttpResponse]:
    return lambda **row: call("remove_id_mapping", a_request(method="POST", body=json.dumps(row).encode()))


def rows(versions: TableVersions) -> list[MappingRow]:
    """Of the current version."""
    return [*mapping_rows(written_as(versions.read(versions.current()).files).configuration)]


def found(call: Callable[..., Any], **params: str) -> list[tuple[str, str]]:
    listed = json_of(call("list_id_mappings", a_request(params=params)))["mappings"]
    return [(row["external"], row["internal"]) for row in listed]


def test_a_name_is_looked_up_from_either_side(call):
    assert found(call, system="sap", kind="unit", internal="ea") == [("PC", "ea")]
    assert found(call, system="sap", external="PC") == [("PC", "ea")]
    assert found(call, system="bigcommerce", external="BAG-CNV-OLV") == [("BAG-CNV-OLV", "BAG-CNV-OLV")]
    assert found(call, external="KTL-NEW") == []


def test_all_of_a_kind_are_listed(call):
    assert found(call, kind="warehouse") == [("1010", "61")]
    assert len(found(call)) == len(found(call, system="sap")) + len(found(call, system="bigcommerce"))


def test_a_kind_that_is_not_mapped_is_refused(call):
    response = call("list_id_mappings", a_request(params={"kind": "colour"}))

    assert_refused(response, ("kind", "colour", "is not one of product, unit, account, warehouse"))


@pytest.mark.parametrize(
    "row",
    [
        NEW,
        {"system": "bigcommerce", "kind": "account", "external": "58", "internal": "US-058", "unit": None},
        {"system": "bigcommerce", "kind": "account", "external": "*", "internal": None, "unit": None},
        {"system": "sap", "kind": "product", "external": "100000502", "internal": "CABLE", "unit": "M"},
        {"system": "sap", "kind": "warehouse", "external": "1020", "internal": "62", "unit": None},
        {"system": "sap", "kind": "product", "external": "024", "internal": "NO: #1 / ö", "unit": None},
    ],
)
def test_a_row_that_is_added_is_in_the_next_version_with_all_that_was_there(put, versions, row: dict[str, Any]):
    before = rows(versions)

    done = json_of(put(**row, by="mara", note="new in spring"))

    assert (done["version"]["number"], done["version"]["by"], done["is_new"]) == (2, "mara", True)
    added = MappingRow.model_validate(row)
    assert [each for each in rows(versions) if each != added] == before
    assert added in rows(versions)


def test_a_row_that_is_added_leaves_comments_and_other_files_alone(put, versions: TableVersions):
    put(**NEW)

    files = versions.read(2).files
    assert {name: text for name, text in files.items() if name != "id_mappings.yaml"} == {
        name: text for name, text in FILES.items() if name != "id_mappings.yaml"
    }
    comments = [line for line in FILES["id_mappings.yaml"].splitlines() if line.startswith("#")]
    assert [line for line in files["id_mappings.yaml"].splitlines() if line.startswith("#")] == comments


def test_a_row_of_a_name_that_is_there_replaces_it(put, call, versions: TableVersions):
    put(**{**NEW, "external": "KTL-EN-1L", "internal": "KETTLE"})

    assert [row.internal for row in rows(versions) if row.external == "KTL-EN-1L" and row.system == "bigcommerce"] == [
        "KETTLE"
    ]


def test_a_row_that_is_there_already_makes_no_new_version(put, versions: TableVersions):
    first, second = (json_of(put(**NEW)) for _ in range(2))

    assert (first["is_new"], second["is_new"], versions.current()) == (True, False, 2)


@pytest.mark.parametrize(
    ("row", "mistake"),
    [
        (
            {"system": "amazon"},
            ("system", "amazon", "is no system with id mappings; there are bigcommerce, sap"),
        ),
        ({"external": None}, ("external", None, "bigcommerce's rows are written under it")),
        ({"internal": None}, ("internal", None, "is missing")),
        ({"kind": "unit"}, ("unit", "ea", "belongs to a product")),
    ],
)
def test_a_row_that_says_nothing_is_refused(put, versions, row: dict[str, Any], mistake: tuple[str, str | None, str]):
    assert_refused(put(**{**NEW, **row}), mistake)
    assert versions.current() == 1


def test_a_name_that_is_no_name_is_refused(put, versions: TableVersions):
    response = put(system="sap", kind="product", internal="", external="1")

    (problem,) = json_of(response)["errors"]
    assert (response.status_code, problem["field"]) == (400, "internal")
    assert versions.current() == 1


def test_a_row_is_taken_out(remove, versions: TableVersions):
    done = json_of(remove(system="bigcommerce", kind="product", external="KTL-EN-1L", internal="KTL-EN-1L"))

    assert done["version"]["number"] == 2
    assert "KTL-EN-1L" not in {row.external for row in rows(versions) if row.system == "bigcommerce"}


def test_a_row_that_there_is_not_cannot_be_taken_out(remove, versions: TableVersions):
    response = remove(system="bigcommerce", kind="product", external="KTL-EN-1L", internal="KETTLE")

    detail = "product 'KTL-EN-1L' of bigcommerce is not mapped to 'KETTLE'"
    assert_problem(response, 404, "unknown mapping", detail)
    assert versions.current() == 1
