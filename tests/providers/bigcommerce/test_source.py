"""Pulling one order in, as the stand-in store has it."""

from typing import Any

import pytest

from sandbox.systems.bigcommerce import samples
from shared.domain.errors import TransientProviderError
from shared.domain.sources import Readiness
from shared.providers.bigcommerce.client import BigCommerceClient
from shared.providers.bigcommerce.source import BigCommerceOrders
from tests.providers.bigcommerce.conftest import Store
from tests.providers.bigcommerce.examples import MAPPINGS


@pytest.fixture
def orders(store: Store, client: BigCommerceClient) -> BigCommerceOrders:
    return BigCommerceOrders(client, MAPPINGS, store.connection)


def test_a_paid_order_comes_whole(store: Store, orders: BigCommerceOrders):
    store.place()

    pulled = orders.pull("10427")

    assert (pulled.readiness, pulled.problems) == (Readiness.READY, ())
    assert len(pulled.order.lines) == 2
    assert pulled.order.ship_to.city == "Portland"


@pytest.mark.parametrize("status_id", [0, 1, 7, 12, 13])
def test_an_unpaid_order_waits_and_costs_one_call(store: Store, orders: BigCommerceOrders, status_id: int):
    store.place(status_id=status_id)

    pulled = orders.pull("10427")

    assert pulled.readiness is Readiness.WAITING
    assert (pulled.order.number, pulled.problems) == ("BC-10427", ())
    assert store.calls == ["GET /v2/orders/10427"]


def test_an_incomplete_order_is_ready_once_it_is_paid(store: Store, orders: BigCommerceOrders):
    store.place(status_id=0)
    before = orders.pull("10427").readiness

    store.set_status(11)

    assert (before, orders.pull("10427").readiness) == (Readiness.WAITING, Readiness.READY)


@pytest.mark.parametrize(
    ("status_id", "readiness"), [(2, Readiness.ELSEWHERE), (5, Readiness.CANCELED), (14, Readiness.ELSEWHERE)]
)
def test_shipped_and_cancelled_orders_are_not_ours(
    store: Store, orders: BigCommerceOrders, status_id: int, readiness: Readiness
):
    store.place(status_id=status_id)

    assert orders.pull("10427").readiness is readiness


@pytest.mark.parametrize(
    ("status_id", "readiness"), [(11, Readiness.CANCELED), (0, Readiness.CANCELED), (10, Readiness.ELSEWHERE)]
)
def test_an_archived_order_is_called_off_unless_it_is_done(
    store: Store, orders: BigCommerceOrders, status_id: int, readiness: Readiness
):
    store.place(samples.order(status_id=status_id, is_deleted=True))

    assert orders.pull("10427").readiness is readiness


def test_a_merchant_may_rename_every_status(store: Store, orders: BigCommerceOrders):
    store.place(samples.order(status="Zur Kommissionierung", custom_status="Cancelled"))

    assert orders.pull("10427").readiness is Readiness.READY


def test_a_status_that_is_no_number_starts_nothing(store: Store, orders: BigCommerceOrders):
    parts = samples.order()
    parts["order"]["status_id"] = ["11"]
    store.arm("GET /v2/orders/{id}", status=200, body=parts["order"])

    assert orders.pull("10427").readiness is Readiness.ELSEWHERE


def test_an_order_the_store_does_not_show_yet_is_asked_for_again(store: Store, orders: BigCommerceOrders):
    with pytest.raises(TransientProviderError, match="does not show order 10427 yet"):
        orders.pull("10427")

    store.place()

    assert orders.pull("10427").readiness is Readiness.READY


def test_an_order_whose_lines_are_not_shown_yet_is_asked_for_again(store: Store, orders: BigCommerceOrders):
    store.place()
    store.arm("GET /v2/orders/{id}/products", status=204)

    with pytest.raises(TransientProviderError, match="lines of order 10427 yet"):
        orders.pull("10427")

    assert len(orders.pull("10427").order.lines) == 2


def test_an_order_of_which_only_some_lines_are_shown_yet_is_asked_for_again(store: Store, orders: BigCommerceOrders):
    store.place()
    store.arm("GET /v2/orders/{id}/products", status=200, body=samples.order()["products"][:1])

    with pytest.raises(TransientProviderError, match="all lines of order 10427 yet"):
        orders.pull("10427")

    assert len(orders.pull("10427").order.lines) == 2


@pytest.mark.parametrize("said", ["three", None, 2.5])
def test_an_order_that_does_not_say_how_many_units_it_has_is_taken_with_the_lines_it_shows(
    store: Store, orders: BigCommerceOrders, said: object
):
    store.place()
    store.arm("GET /v2/orders/{id}", status=200, body=samples.order()["order"] | {"items_total": said})

    assert len(orders.pull("10427").order.lines) == 2


def test_an_order_that_has_no_lines_at_all_is_told_as_a_problem(store: Store, orders: BigCommerceOrders):
    store.place(samples.order(lines=[]))

    assert [problem.field for problem in orders.pull("10427").problems] == ["products"]


@pytest.mark.parametrize("count", [51, 251])
def test_no_line_of_a_long_order_is_left_out(store: Store, orders: BigCommerceOrders, count: int):
    store.place(samples.long_order(10427, count))

    pulled = orders.pull("10427")

    assert [line.number for line in pulled.order.lines] == list(range(1, count + 1))
    assert pulled.problems == ()


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"price_ex_tax": "on request"}, "products[1].price_ex_tax = 'on request': is not an amount of money"),
        (
            {"sku": "MUG-GRY"},
            "products[1].sku = 'MUG-GRY': this product of bigcommerce has no name in F&O; "
            "add it to bigcommerce.products of the id mappings",
        ),
    ],
)
def test_odd_data_is_told_and_the_order_still_comes(
    store: Store, orders: BigCommerceOrders, change: dict[str, Any], problem: str
):
    parts = samples.order()
    parts["products"][1].update(change)
    store.place(parts)

    pulled = orders.pull("10427")

    assert [str(each) for each in pulled.problems] == [problem]
    assert len(pulled.order.lines) == 2
