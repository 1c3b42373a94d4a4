"""Names of outside systems: found from either side, and told where there is none, or more than one."""

from typing import Any

import pytest
from pydantic import ValidationError

from shared.domain.mappings import IdMappings, Kind, NotMapped

STORE: dict[str, Any] = {
    "products": {
        "BAG": "P-BAG",
        "KETTLE": {"product": "P-KETTLE", "unit": "ea"},
        "KETTLE-X6": {"product": "P-KETTLE", "unit": "box"},
    },
    "units": {"each": "pcs"},
    "accounts": {"58": "US-058"},
    "warehouses": {"front": "24"},
}


def mappings(system: str = "shop", **tables: Any) -> IdMappings:
    return IdMappings.model_validate({"system": system, **tables})


@pytest.mark.parametrize(
    ("kind", "external", "internal"),
    [("product", "BAG", "P-BAG"), ("unit", "each", "pcs"), ("account", "58", "US-058"), ("warehouse", "front", "24")],
)
def test_a_name_of_each_kind_is_found_from_either_side(kind: Kind, external: str, internal: str):
    store = mappings(**STORE)

    assert store.internal(kind, external) == internal
    assert store.external(kind, internal) == external


def test_rows_may_be_written_under_the_names_of_either_side():
    by_sku = mappings(products={"BAG": "P-BAG"}, keys="external")
    by_product = mappings(products={"P-BAG": "BAG"}, keys="internal")

    for each in (by_sku, by_product):
        assert each.internal("product", "BAG") == "P-BAG"
        assert each.external("product", "P-BAG") == "BAG"


@pytest.mark.parametrize(("system", "keys"), [("bigcommerce", "external"), ("sap", "internal")])
def test_rows_that_do_not_say_whose_names_they_are_under_are_under_those_that_are_looked_up(system: str, keys: str):
    assert mappings(system).keys == keys


def test_two_skus_may_be_one_product_in_the_units_their_rows_name():
    store = mappings(**STORE)

    kettle, six_kettles, bag = map(store.internal_product, ("KETTLE", "KETTLE-X6", "BAG"))

    assert (kettle.product, kettle.unit) == ("P-KETTLE", "ea")
    assert (six_kettles.product, six_kettles.unit) == ("P-KETTLE", "box")
    assert (bag.product, bag.unit) == ("P-BAG", None)


def test_a_product_of_two_skus_has_no_name_in_the_store_that_could_be_relied_on():
    with pytest.raises(NotMapped) as refused:
        mappings(**STORE).external("product", "P-KETTLE")

    assert str(refused.value) == (
        "product 'P-KETTLE' has more than one name in shop ('KETTLE', 'KETTLE-X6'); "
        "leave it one in shop.products of the id mappings"
    )


def test_a_row_s_unit_is_that_of_the_side_it_leads_to():
    assert mappings(**STORE).external_product("P-BAG").unit is None
    assert mappings("sap", products={"P-BAG": {"product": "BAG", "unit": "PC"}}).external_product("P-BAG").unit == "PC"


@pytest.mark.parametrize("kind", ["product", "unit", "account", "warehouse"])
def test_a_missing_name_is_told_with_its_kind_and_system_and_where_to_add_it(kind: Kind):
    with pytest.raises(NotMapped) as inward:
        mappings().internal(kind, "X")
    with pytest.raises(NotMapped) as outward:
        mappings("sap").external(kind, "X")

    assert str(inward.value) == f"{kind} 'X' of shop has no name in F&O; add it to shop.{kind}s of the id mappings"
    assert inward.value.problem == f"this {kind} of shop has no name in F&O; add it to shop.{kind}s of the id mappings"
    assert str(outward.value) == f"{kind} 'X' has no name in sap; add it to sap.{kind}s of the id mappings"


def test_while_no_account_is_mapped_everybody_orders_under_the_invoice_customer():
    assert mappings(accounts={}).ordering_account("58") is None


def test_once_accounts_are_mapped_a_customer_without_one_is_told_and_a_guest_needs_none():
    store = mappings(accounts={"58": "US-058"})

    assert store.ordering_account("58") == "US-058"
    assert store.ordering_account("") is None
    with pytest.raises(NotMapped, match="account '59' of shop has no name in F&O"):
        store.ordering_account("59")


@pytest.mark.parametrize("web", ["US-WEB", None])
def test_all_others_may_have_one_account_or_the_invoice_customer_s(web: str | None):
    store = mappings(accounts={"58": "US-058", "*": web})

    assert [store.ordering_account(customer) for customer in ("58", "59", "")] == ["US-058", web, web]


def test_all_other_customers_may_be_one_of_sap():
    sap = mappings("sap", accounts={"US-007": "10100555", "*": "10100999"})

    assert [sap.external("account", name) for name in ("US-007", "US-058")] == ["10100555", "10100999"]
    with pytest.raises(NotMapped):
        sap.internal("account", "10100999")


@pytest.mark.parametrize(
    "tables",
    [
        {"products": {"BAG": ""}},
        {"products": {"BAG": {"product": "P-BAG", "unit": ""}}},
        {"products": {"": "P-BAG"}},
        {"products": {"BAG": {"unit": "ea"}}},
        {"units": {"each": None}},
        {"accounts": {"58": None}},
        {"warehouses": {"front": 24}},
        {"keys": "sku"},
    ],
)
def test_what_names_nothing_is_refused(tables: dict[str, Any]):
    with pytest.raises(ValidationError):
        mappings(**tables)
