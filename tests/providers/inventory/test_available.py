"""What may be promised, asked of the stand-in."""

import logging
from decimal import Decimal

import pytest

from shared.domain.errors import RejectedByProvider, TransientProviderError
from shared.providers.answers import RefusedCall
from tests.providers.inventory.samples import BAG, BERLIN, KETTLE, SEATTLE, TACOMA, a_reservation, places

QUERY = "POST /onhand/exactquery"


def test_units_are_known_by_source_and_product(warehouses, stock):
    warehouses.shelve_all([(SEATTLE, BAG, 7), (SEATTLE, KETTLE, 1.5), (TACOMA, BAG, 3)])

    available = stock.available("USMF", [SEATTLE, TACOMA], [BAG, KETTLE])

    assert available == {"Seattle": {BAG: Decimal(7), KETTLE: Decimal("1.5")}, "Tacoma": {BAG: Decimal(3)}}


def test_what_is_reserved_cannot_be_promised_again(warehouses, stock):
    warehouses.shelve(7)
    stock.reserve([a_reservation(quantity="4")])

    assert stock.available("USMF", [SEATTLE], [BAG]) == {"Seattle": {BAG: 3}}


def test_a_source_without_any_stock_is_there_and_empty(warehouses, stock):
    warehouses.shelve(7)

    assert stock.available("USMF", [SEATTLE, BERLIN], [BAG, "NO-SUCH-PRODUCT"]) == {"Seattle": {BAG: 7}, "Berlin": {}}


def test_stock_of_another_company_is_not_ours(warehouses, stock):
    warehouses.shelve(7, company="DEMF")

    assert stock.available("USMF", [SEATTLE], [BAG]) == {"Seattle": {}}


def test_a_company_may_be_spelled_in_any_case(warehouses, stock):
    warehouses.shelve(7, company="usmf")

    assert stock.available("UsMf", [SEATTLE], [BAG]) == {"Seattle": {BAG: 7}}


def test_only_the_real_pairs_of_site_and_warehouse_are_asked_for(warehouses, stock):
    elsewhere = SEATTLE.with_(site=BERLIN.site)
    warehouses.shelve_all([(SEATTLE, BAG, 7), (elsewhere, BAG, 100), (BERLIN, BAG, 2)])

    assert stock.available("USMF", [SEATTLE, BERLIN], [BAG]) == {"Seattle": {BAG: 7}, "Berlin": {BAG: 2}}


def test_what_is_owed_is_nothing_to_promise(warehouses, stock):
    warehouses.shelve(5, available=-2)

    assert stock.available("USMF", [SEATTLE], [BAG]) == {"Seattle": {BAG: 0}}


def test_another_measure_below_zero_hides_nothing(warehouses, stock):
    warehouses.shelve(-5, available=3)

    assert stock.available("USMF", [SEATTLE], [BAG]) == {"Seattle": {BAG: 3}}


def test_all_colors_of_a_product_are_counted_together(warehouses, stock):
    warehouses.shelve(5, dimensions={"colorId": "red"})
    warehouses.shelve(3, dimensions={"colorId": "blue"})

    assert stock.available("USMF", [SEATTLE], [BAG]) == {"Seattle": {BAG: 8}}


def test_rows_of_one_product_are_summed_and_read_in_any_case(warehouses, stock):
    rows = [
        {"ProductID": BAG.lower(), "Dimensions": {"SiteId": "1", "locationID": "11"}, "quantities": units}
        for units in (
            {"IV": {"AvailableToReserve": 0.1}},
            {"iv": {"availabletoreserve": 0.2}},
            {"fno": {"arrived": None}, "iv": {"AVAILABLETORESERVE": -0.05}},
        )
    ]
    warehouses.break_call(QUERY, status=200, body=rows)

    assert stock.available("USMF", [SEATTLE], [BAG]) == {"Seattle": {BAG: Decimal("0.25")}}


@pytest.mark.parametrize("odd", ["two", "1e30", "1e1000000", 1e30])
def test_a_number_that_nothing_can_be_added_to_is_no_answer(warehouses, stock, odd):
    row = {"productId": BAG, "dimensions": {"siteId": "1", "locationId": "11"}, "quantities": {"iv": {"x": odd}}}
    warehouses.break_call(QUERY, status=200, body=[row])

    with pytest.raises(TransientProviderError, match="another shape than documented"):
        stock.available("USMF", [SEATTLE], [BAG])


@pytest.mark.parametrize("exact", [0.1 + 0.2, 0.1 + 0.2 - 0.3, "3.00000000000000"])
def test_a_number_of_many_digits_is_read_to_the_last_one(warehouses, stock, exact):
    """Sums of doubles leave such remnants behind."""
    row = {
        "productId": BAG,
        "dimensions": {"siteId": "1", "locationId": "11"},
        "quantities": {"iv": {"availabletoreserve": exact}},
    }
    warehouses.break_call(QUERY, status=200, body=[row])

    assert stock.available("USMF", [SEATTLE], [BAG]) == {"Seattle": {BAG: Decimal(str(exact))}}


def test_another_measure_can_be_promised(warehouses, connect):
    warehouses.shelve(5, available=2)

    available = connect(measure="FNO.PhysicalInvent").available("USMF", [SEATTLE], [BAG])

    assert available == {"Seattle": {BAG: 5}}


def test_a_measure_that_no_row_has_is_told_to_the_log(warehouses, connect, caplog):
    warehouses.shelve(5)

    with caplog.at_level(logging.WARNING):
        available = connect(measure="iv.availabletoreserv").available("USMF", [SEATTLE], [BAG])

    assert available == {"Seattle": {}}
    assert "1 rows of Inventory Visibility lack the measure iv.availabletoreserv" in caplog.text


def test_two_sources_in_one_warehouse_see_the_same_units(warehouses, stock):
    warehouses.shelve(5)

    available = stock.available("USMF", [SEATTLE, SEATTLE.with_(source="Store")], [BAG])

    assert available == {"Seattle": {BAG: 5}, "Store": {BAG: 5}}


def test_a_source_with_two_warehouses_has_the_units_of_both_and_none_twice(warehouses, stock):
    warehouses.shelve_all([(SEATTLE, BAG, 5), (TACOMA, BAG, 2)])

    available = stock.available("USMF", [SEATTLE, TACOMA.with_(source="Seattle"), SEATTLE], [BAG, BAG])

    assert available == {"Seattle": {BAG: 7}}


@pytest.mark.parametrize(("asked", "products"), [([], [BAG]), ([SEATTLE], [])])
def test_asking_for_nothing_is_not_asking_for_everything(warehouses, stock, exchanges, asked, products):
    warehouses.shelve(5)

    available = stock.available("USMF", asked, products)

    assert available == {place.source: {} for place in asked}
    assert exchanges == []


def test_five_products_at_fifty_sources_take_one_call(warehouses, stock, exchanges):
    sources, products = places(50), [f"P{n}" for n in range(5)]
    warehouses.shelve_all([(place, product, 1) for place in sources for product in products])

    available = stock.available("USMF", sources, products)

    assert available == {place.source: dict.fromkeys(products, 1) for place in sources}
    assert [exchange.call for exchange in exchanges] == ["POST /onhand/exactquery"]


def test_more_places_than_a_query_takes_are_asked_for_in_parts(warehouses, stock, exchanges):
    sources = places(250)
    warehouses.shelve_all([(place, BAG, n) for n, place in enumerate(sources)])

    available = stock.available("USMF", sources, [BAG])

    assert available == {place.source: {BAG: n} for n, place in enumerate(sources)}
    assert len(exchanges) == 3


@pytest.mark.parametrize(
    ("limits", "calls"),
    [
        ({"products_per_query": 2}, 4),
        ({"places_per_query": 1}, 3),
        ({"rows_per_query": 3}, 7),  # so that no answer grows beyond what is read
        ({"rows_per_query": 1}, 7),  # a query asks for one product at least
        ({"places_per_query": 2, "products_per_query": 3}, 6),
    ],
)
def test_queries_keep_within_every_limit(warehouses, connect, exchanges, limits, calls):
    sources, products = [SEATTLE, TACOMA, BERLIN], [f"P{n}" for n in range(7)]
    warehouses.shelve_all([(place, product, 1) for place in sources for product in products])

    available = connect(**limits).available("USMF", sources, products)

    assert available == {place.source: dict.fromkeys(products, 1) for place in sources}
    assert len(exchanges) == calls


@pytest.mark.parametrize("fault", [{"status": 429, "headers": {"Retry-After": "7"}}, {"status": 503}])
def test_a_busy_service_is_worth_asking_again(warehouses, stock, fault):
    warehouses.shelve(5)
    warehouses.break_call(QUERY, **fault)

    with pytest.raises(TransientProviderError, match=f"Inventory Visibility answered {fault['status']}") as busy:
        stock.available("USMF", [SEATTLE], [BAG])

    assert busy.value.retry_after == (7 if "headers" in fault else None)
    assert stock.available("USMF", [SEATTLE], [BAG]) == {"Seattle": {BAG: 5}}


def test_a_slow_service_is_worth_asking_again(warehouses, connect):
    warehouses.break_call(QUERY, delay_seconds=1)

    with pytest.raises(TransientProviderError, match="in time"):
        connect(timeout_seconds=0.2).available("USMF", [SEATTLE], [BAG])


def test_a_cut_connection_is_tried_once_more(warehouses, stock):
    warehouses.shelve(5)
    warehouses.break_call(QUERY, drop="before")

    assert stock.available("USMF", [SEATTLE], [BAG]) == {"Seattle": {BAG: 5}}


def test_a_service_that_keeps_cutting_is_given_up_for_now(warehouses, stock):
    warehouses.break_call(QUERY, times=2, drop="before")

    with pytest.raises(TransientProviderError, match="cut the connection"):
        stock.available("USMF", [SEATTLE], [BAG])


def test_a_refused_query_says_why(stock):
    with pytest.raises(RefusedCall, match=r"answered 400 to POST /onhand/exactquery: .*productid"):
        stock.available("USMF", [SEATTLE], [""])


@pytest.mark.parametrize("body", ["<html>Bad gateway</html>", {}, [{"productId": BAG}], [{"quantities": "none"}], [7]])
def test_an_answer_that_makes_no_sense_is_worth_asking_again(warehouses, stock, body):
    warehouses.break_call(QUERY, status=200, body=body)

    with pytest.raises(TransientProviderError, match="Inventory Visibility answered 200"):
        stock.available("USMF", [SEATTLE], [BAG])


def test_an_environment_that_is_not_ours_is_a_matter_for_a_person(warehouses, stock):
    warehouses.break_call(QUERY, status=403, body="Forbidden")

    with pytest.raises(RejectedByProvider, match="answered 403 to POST /onhand/exactquery: Forbidden"):
        stock.available("USMF", [SEATTLE], [BAG])
