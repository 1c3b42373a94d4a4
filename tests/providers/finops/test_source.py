"""Orders born in F&O, read as they came to Dataverse."""

from decimal import Decimal

import pytest

from shared.domain.errors import TransientProviderError
from shared.domain.sources import Readiness
from shared.providers.finops.source import FinopsOrders
from tests.providers.finops.samples import ENTERED, ENTERED_LINES, an_order


@pytest.fixture
def source(finops, client) -> FinopsOrders:
    return FinopsOrders(client, finops.connection())


def entered(finops, **changes) -> str:
    """The id of the order's Dataverse row."""
    return finops.control("POST", "/orders", {**ENTERED, **changes})["salesorderid"]


def test_what_was_entered_in_finops_is_the_order(finops, source: FinopsOrders):
    row_id = entered(finops)

    pulled = source.pull(row_id)

    order = pulled.order
    assert pulled.readiness is Readiness.READY
    assert (order.order_id, order.source, order.external_id, order.number) == (row_id, "finops", row_id, "SO-000123")
    assert (order.company, order.customer_account, order.invoice_customer) == ("USMF", "US-001", "US-007")
    assert (order.currency, order.ship_to.city, order.ship_to.country) == ("EUR", "Tacoma", "US")
    assert [(line.number, line.product, line.unit, line.quantity, line.unit_price) for line in order.lines] == [
        (1, "1000", "ea", Decimal("4"), Decimal("19.5")),
        (2, "KTL-EN-1L", "ea", Decimal("0.5"), Decimal("60.25")),
    ]
    assert [(line.company, line.shipping_site, line.shipping_warehouse) for line in order.lines] == [
        ("USMF", "2", "24"),
        ("USMF", "1", "13"),
    ]


def test_the_order_tells_where_it_was_entered(finops, source: FinopsOrders):
    pulled = source.pull(entered(finops, origin="WEB"))

    assert pulled.order.origin == "WEB"


def test_an_order_without_origin_has_none(finops, source: FinopsOrders):
    assert source.pull(entered(finops)).order.origin == ""


def test_its_lines_are_in_finops(finops, source: FinopsOrders):
    order = source.pull(entered(finops)).order

    assert [(line.in_finops, line.quantity_canceled) for line in order.lines] == [(True, 0), (True, 0)]


def test_what_finops_canceled_before_we_heard_of_the_order_comes_in_as_canceled(finops, source: FinopsOrders):
    row_id = entered(finops)
    finops.post("cancel", number="SO-000123", lines={"1": 1, "2": 0.5})

    pulled = source.pull(row_id)

    assert pulled.readiness is Readiness.READY
    assert [line.quantity_canceled for line in pulled.order.lines] == [1, Decimal("0.5")]
    assert [line.alive for line in pulled.order.lines] == [True, False]


def test_an_order_that_an_orchestrator_brought_to_dataverse_was_not_born_in_finops(finops, source, send):
    order = an_order()
    send(order)

    assert source.pull(order.order_id).readiness is Readiness.ELSEWHERE


def test_an_order_canceled_in_finops_is_canceled(finops, source: FinopsOrders):
    row_id = entered(finops)
    finops.post("cancel", number="SO-000123")

    assert source.pull(row_id).readiness is Readiness.CANCELED


def test_an_order_whose_lines_are_all_canceled_is_canceled_though_its_header_does_not_say_so_yet(finops, source):
    row_id = entered(finops)
    finops.control("POST", "/maps/headers/pause")
    finops.post("cancel", number="SO-000123")

    assert finops.header["statecode"] == 0
    assert source.pull(row_id).readiness is Readiness.CANCELED


def test_an_order_that_is_not_there_yet_is_looked_for_later(source: FinopsOrders):
    with pytest.raises(TransientProviderError, match="not in Dataverse"):
        source.pull("00000000-0000-4000-8000-000000000001")


def test_an_order_whose_lines_are_on_their_way_is_read_later(finops, source: FinopsOrders):
    row_id = entered(finops)
    for line in finops.rows("salesorderdetails"):
        finops.control("DELETE", f"/rows/salesorderdetails({line['salesorderdetailid']})")

    with pytest.raises(TransientProviderError, match="no lines"):
        source.pull(row_id)


def test_an_order_of_two_hundred_lines_comes_whole(finops, source: FinopsOrders):
    row_id = entered(finops, lines=[ENTERED_LINES[0]] * 200)

    assert [line.number for line in source.pull(row_id).order.lines] == list(range(1, 201))
