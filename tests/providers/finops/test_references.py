from collections.abc import Iterable
from datetime import timedelta
from typing import Any

import pytest

from shared.domain.errors import RejectedByProvider
from shared.providers.finops.references import ACCOUNT, COMPANY, PRODUCT, SITE, UNIT, WAREHOUSE, Code, References
from tests.providers.finops.samples import Clock


class Tables:
    """Answers reads from a table of ids and counts them."""

    def __init__(self, **ids: str) -> None:
        self.ids = ids
        self.conditions: list[str] = []

    def find(self, entity_set: str, columns: Iterable[str], condition: str) -> list[dict[str, Any]]:
        id_column, code_column = columns
        self.conditions.append(f"{entity_set}: {condition}")
        found = [code for code in self.ids if f"'{code.lower()}'" in condition.lower()]
        return [{id_column: self.ids[code], code_column: code} for code in found]


@pytest.fixture
def clock() -> Clock:
    return Clock()


def references(tables: Tables, clock: Clock) -> References:
    return References(tables, timedelta(minutes=10), clock)


def test_codes_become_the_ids_of_their_rows(clock):
    tables = Tables(**{"USMF": "company id", "24": "warehouse id"})

    ids = references(tables, clock).resolve([Code(WAREHOUSE, "24", "USMF")])

    assert ids == {Code(WAREHOUSE, "24", "USMF"): "warehouse id"}
    assert tables.conditions == [
        "cdm_companies: cdm_companycode eq 'USMF'",
        "msdyn_warehouses: (msdyn_warehouseidentifier eq '24') and _msdyn_company_value eq company id",
    ]


def test_all_codes_of_a_table_are_read_at_once(clock):
    tables = Tables(A="1", B="2")

    references(tables, clock).resolve([Code(PRODUCT, "A"), Code(PRODUCT, "B")])

    (condition,) = tables.conditions
    assert condition in {
        "products: msdyn_productnumber eq 'A' or msdyn_productnumber eq 'B'",
        "products: msdyn_productnumber eq 'B' or msdyn_productnumber eq 'A'",
    }


def test_many_codes_are_read_in_addresses_that_are_not_too_long(clock):
    tables = Tables(**{f"P{number}": str(number) for number in range(100)})

    ids = references(tables, clock).resolve([Code(PRODUCT, f"P{number}") for number in range(100)])

    assert len(ids) == 100
    assert len(tables.conditions) == 3


def test_what_was_read_is_believed_for_a_while(clock):
    tables = Tables(ea="1")
    known = references(tables, clock)
    known.resolve([Code(UNIT, "ea")])

    clock.now += timedelta(minutes=9)
    known.resolve([Code(UNIT, "ea")])
    early = len(tables.conditions)
    clock.now += timedelta(minutes=2)
    known.resolve([Code(UNIT, "ea")])

    assert (early, len(tables.conditions)) == (1, 2)


def test_a_company_in_small_letters_is_the_same_company(clock):
    tables = Tables(USMF="company id")
    known = references(tables, clock)

    small, large = known.resolve([Code(COMPANY, "usmf")]), known.resolve([Code(COMPANY, "USMF")])

    assert [*small.values()] == [*large.values()] == ["company id"]
    assert len(tables.conditions) == 1


def test_the_same_code_means_another_row_in_another_company(clock):
    tables = Tables(**{"USMF": "us", "DEMF": "de", "1": "site"})

    references(tables, clock).resolve([Code(SITE, "1", "USMF"), Code(SITE, "1", "DEMF")])

    assert {condition.split()[-1] for condition in tables.conditions[1:]} == {"us", "de"}


def test_everything_missing_is_named_at_once(clock):
    tables = Tables(USMF="us")

    with pytest.raises(RejectedByProvider) as refused:
        references(tables, clock).resolve([Code(WAREHOUSE, "99", "USMF"), Code(ACCOUNT, "X", "USMF"), Code(UNIT, "kg")])

    assert str(refused.value) == (
        "account 'X' does not exist in company USMF; unit 'kg' does not exist; "
        "warehouse '99' does not exist in company USMF"
    )


def test_an_unknown_company_is_named_itself(clock):
    with pytest.raises(RejectedByProvider, match=r"^company 'ZZMF' does not exist$"):
        references(Tables(), clock).resolve([Code(WAREHOUSE, "24", "ZZMF")])


def test_a_row_created_after_a_refusal_is_found(clock):
    tables = Tables()
    known = references(tables, clock)
    with pytest.raises(RejectedByProvider):
        known.resolve([Code(UNIT, "kg")])
    tables.ids["kg"] = "1"

    assert known.resolve([Code(UNIT, "kg")]) == {Code(UNIT, "kg"): "1"}


def test_a_quote_in_a_code_stays_text(clock):
    tables = Tables()

    with pytest.raises(RejectedByProvider):
        references(tables, clock).resolve([Code(PRODUCT, "O'Neil' or 1 eq 1")])

    assert tables.conditions == ["products: msdyn_productnumber eq 'O''Neil'' or 1 eq 1'"]
