"""Sending an order to SAP to be invoiced, through real HTTP."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from shared.domain.actions import ActionOutcome
from shared.domain.errors import RejectedByProvider, TransientProviderError
from shared.domain.events import ALERT, SENT_TO_INVOICE
from shared.domain.mappings import IdMappings, MappedProduct
from shared.domain.orders import Order
from shared.providers.sap.actions import SendToInvoice
from tests.providers.sap.samples import (
    MAPPINGS,
    ORDER_ID,
    REFERENCE,
    RecordingLinks,
    Sap,
    a_line,
    a_request,
    an_order,
    connection,
    sap_with,
    shipped_whole,
)

CREATE = "POST /A_SalesOrder"
Send = Callable[..., ActionOutcome]


@pytest.fixture
def links() -> RecordingLinks:
    return RecordingLinks()


@pytest.fixture
def send(sap: Sap, links: RecordingLinks) -> Send:
    """Run the action, each time as a process that was just started."""

    def send(order: Order, *, mappings: IdMappings = MAPPINGS, generation: int = 1, **settings: Any) -> ActionOutcome:
        action = SendToInvoice(sap.client(**settings), links, mappings, connection(sap.url, **settings))
        return action(a_request(order, generation), order)

    return send


def names(outcome: ActionOutcome) -> list[str]:
    return [event.name for event in outcome.events]


def alerts(outcome: ActionOutcome) -> list[str]:
    return [event.details["message"] for event in outcome.events if event.name == ALERT]


def test_what_has_shipped_becomes_one_sales_order_with_the_shop_s_prices(sap, send):
    send(shipped_whole(an_order()))

    (made,) = sap.created
    assert (made["PurchaseOrderByCustomer"], made["SoldToParty"]) == (REFERENCE, "10100555")
    assert (made["TotalNetAmount"], made["TransactionCurrency"]) == ("109.00", "USD")
    assert [(i["SalesOrderItem"], i["Material"], i["RequestedQuantity"]) for i in made["Items"]] == [
        ("10", "BAG-CNV-OLV", "2"),
        ("20", "KTL-EN-1L", "1"),
    ]
    stored = sap.order(made["SalesOrder"])
    assert (stored["SalesOrderType"], stored["SalesOrganization"]) == ("OR", "1010")
    assert stored["CustomerPurchaseOrderDate"] == "/Date(1767225600000)/"


def test_success_says_which_sales_order_it_is(sap, send):
    outcome = send(shipped_whole(an_order()))

    (event,) = outcome.events
    assert outcome.result.success
    assert outcome.result.details == {"sales_order": sap.created[0]["SalesOrder"]}
    assert (event.name, event.source, event.cause) == (SENT_TO_INVOICE, "sap", a_request().action_id)
    assert event.details == outcome.result.details


def test_the_order_can_be_found_by_its_reference_before_sap_has_it(sap, send, links):
    sap.break_call(CREATE, drop="before")

    with pytest.raises(TransientProviderError):
        send(shipped_whole(an_order()))

    assert links.linked == [(ORDER_ID, "sap", REFERENCE)]
    assert sap.created == []


def test_sending_again_makes_no_second_order(sap, send):
    first = send(shipped_whole(an_order()))

    again = send(shipped_whole(an_order()))

    assert len(sap.created) == 1
    assert again.events == first.events


def test_an_order_made_whose_answer_was_lost_is_found_and_not_made_again(sap, send):
    sap.break_call(CREATE, drop="after")
    with pytest.raises(TransientProviderError):
        send(shipped_whole(an_order()))

    outcome = send(shipped_whole(an_order()))

    assert outcome.result.success
    assert [order["SalesOrder"] for order in sap.created] == [outcome.result.details["sales_order"]]


@pytest.mark.parametrize(
    ("fault", "wait"),
    [
        ({"drop": "after"}, 45),
        ({"status": 503, "headers": {"Retry-After": "300"}}, 300),
        ({"status": 202}, 45),
    ],
)
def test_after_a_lost_answer_nobody_looks_before_the_look_up_shows_it(sap, send, fault, wait):
    sap.break_call(CREATE, **fault)

    with pytest.raises(TransientProviderError) as lost:
        send(shipped_whole(an_order()), lookup_lag_seconds=45)

    assert lost.value.retry_after == wait


def test_of_two_orders_with_our_reference_the_lower_number_is_used_and_a_person_told(sap, send):
    for _ in range(8):
        sap.enter_order("somebody else's")
    nine, ten = sap.enter_order(), sap.enter_order()

    outcome = send(shipped_whole(an_order()))

    assert (nine, ten) == ("9", "10")
    assert outcome.result.details == {"sales_order": nine}
    assert alerts(outcome) == [f"SAP has more than one sales order for {REFERENCE}: {nine} is used, not {ten}"]
    assert (sap.created, sap.order(ten)["SalesOrder"]) == ([], ten)


def test_an_order_there_already_with_other_items_is_a_case_for_a_person(sap, send):
    items = [
        {"SalesOrderItem": "10", "Material": "BAG-CNV-OLV", "RequestedQuantity": "3"},
        {"SalesOrderItem": "30", "Material": "1000", "RequestedQuantity": "1"},
    ]
    number = sap.enter_order(to_Item=items)

    with pytest.raises(RejectedByProvider) as refused:
        send(shipped_whole(an_order()))

    assert str(refused.value) == (
        f"SAP sales order {number} is not as order {REFERENCE} is now: item 10 is BAG-CNV-OLV, 3 instead of "
        "BAG-CNV-OLV, 2; item 20 is missing; item 30 (1000, 1) is not of this order"
    )


def test_only_what_has_shipped_is_invoiced(sap, send):
    order = an_order(
        a_line(quantity=Decimal(3), quantity_canceled=Decimal(1)), a_line(number=2, quantity_canceled=Decimal(2))
    )

    send(shipped_whole(order))

    assert [(i["SalesOrderItem"], i["RequestedQuantity"]) for i in sap.created[0]["Items"]] == [("10", "2")]


def test_what_never_goes_by_parcel_is_invoiced_with_the_rest(sap, send):
    download = a_line(number=2, product="P-SAMPLE", digital=True, quantity_canceled=Decimal(1))

    send(shipped_whole(an_order(a_line(), download)))

    assert [(i["SalesOrderItem"], i["RequestedQuantity"]) for i in sap.created[0]["Items"]] == [
        ("10", "2"),
        ("20", "1"),
    ]


def test_a_line_s_discount_is_shared_by_what_shipped_of_it(sap, send):
    order = an_order(
        a_line(quantity=Decimal(3), unit_price=Decimal("9.99"), discount=Decimal("1.00"), quantity_canceled=Decimal(1))
    )

    outcome = send(shipped_whole(order))

    assert sap.created[0]["TotalNetAmount"] == "19.31"
    assert alerts(outcome) == []


def test_without_a_price_condition_sap_prices_and_a_person_hears_of_the_difference(sap, send):
    order = an_order(a_line(unit_price=Decimal("20.00")))

    outcome = send(shipped_whole(order), price_condition="")

    number = sap.created[0]["SalesOrder"]
    assert outcome.result.success
    assert names(outcome) == [ALERT, SENT_TO_INVOICE]
    assert alerts(outcome) == [f"SAP sales order {number} is 49.00 USD net, by the order it is 40.00"]


def test_a_difference_within_the_tolerance_is_nobody_s_business(send):
    outcome = send(
        shipped_whole(an_order(a_line(unit_price=Decimal("20.00")))), price_condition="", total_tolerance="9"
    )

    assert names(outcome) == [SENT_TO_INVOICE]


def test_an_answer_without_items_is_as_good():
    with sap_with(create_answer_expands=False) as own:
        action = SendToInvoice(own.client(), RecordingLinks(), MAPPINGS, connection(own.url))

        outcome = action(a_request(), shipped_whole(an_order()))

        assert names(outcome) == [SENT_TO_INVOICE]


@pytest.mark.parametrize(
    ("order", "why"),
    [
        (an_order(), "nothing of the order has shipped"),
        (shipped_whole(an_order(currency="")), "currency of the order is not set"),
        (shipped_whole(an_order(invoice_customer=None)), "invoice_customer of the order is not set"),
        (
            shipped_whole(an_order(invoice_customer="X-1")),
            "invoice customer: account 'X-1' has no name in sap; add it to sap.accounts of the id mappings",
        ),
        (
            shipped_whole(an_order(a_line(product="P-X"), a_line(number=2), a_line(number=3, product="P-X"))),
            "line 1, 3: product 'P-X' has no name in sap; add it to sap.products of the id mappings",
        ),
        (shipped_whole(an_order(a_line(product=None))), "line 1: product is not set"),
        (
            shipped_whole(an_order(a_line(unit="box"), a_line(number=2, unit=None))),
            "line 1: unit 'box' has no name in sap; add it to sap.units of the id mappings; line 2: unit is not set",
        ),
        (
            shipped_whole(an_order(number="0" * 31)),
            f"PurchaseOrderByCustomer = 'USMF-{'0' * 31}': 36 characters, SAP takes 35",
        ),
    ],
)
def test_an_order_sap_could_not_take_is_refused_before_anything_is_sent(sap, send, links, order, why):
    with pytest.raises(RejectedByProvider) as refused:
        send(order)

    assert str(refused.value) == why
    assert (sap.exchanges, links.linked) == ([], [])


def test_a_unit_in_the_product_s_row_is_sap_s_whatever_the_line_is_counted_in(sap, send):
    send(shipped_whole(an_order(a_line(product="P-SAMPLE", unit="box"))))

    (item,) = sap.order(sap.created[0]["SalesOrder"])["items"]
    assert item["RequestedQuantityUnit"] == "PC"


def test_where_warehouses_are_mapped_sap_hears_from_which_plant_goods_have_left(sap, send):
    download = a_line(number=2, product="P-SAMPLE", digital=True)
    order = shipped_whole(an_order(a_line(shipping_warehouse="61"), download))

    send(order, mappings=MAPPINGS.with_(warehouses={"61": "1010"}))

    (made,) = sap.created
    items = {item["SalesOrderItem"]: item for item in sap.order(made["SalesOrder"])["items"]}
    assert (items["10"]["ProductionPlant"], items["20"]["ProductionPlant"]) == ("1010", "")


def test_a_warehouse_that_is_no_plant_of_sap_is_named_with_its_lines(sap, send):
    order = shipped_whole(an_order(a_line(), a_line(number=2, shipping_warehouse="61"), shipping_warehouse="62"))

    with pytest.raises(RejectedByProvider) as refused:
        send(order, mappings=MAPPINGS.with_(warehouses={"61": "1010"}))

    assert str(refused.value) == (
        "line 1: warehouse '62' has no name in sap; add it to sap.warehouses of the id mappings"
    )
    assert sap.created == []


def test_a_mapped_name_that_is_too_long_is_refused_by_item(send):
    mappings = MAPPINGS.with_(products={"P-BAG": MappedProduct(product="M" * 41, unit="PIECE")})

    with pytest.raises(RejectedByProvider) as refused:
        send(shipped_whole(an_order(a_line())), mappings=mappings)

    assert str(refused.value) == (
        f"item 10: Material = '{'M' * 41}': 41 characters, SAP takes 40; "
        "item 10: RequestedQuantityUnit = 'PIECE': 5 characters, SAP takes 3"
    )


def test_a_company_without_a_sales_area_is_named(send):
    area = {"organization": "1710", "channel": "10", "division": "00"}

    with pytest.raises(RejectedByProvider, match="company 'USMF' has no sales area in SAP"):
        send(shipped_whole(an_order()), sales_areas={"DEMF": area})


def test_the_ordering_customer_pays_where_no_other_is_named(sap, send):
    send(shipped_whole(an_order(invoice_customer=None, customer_account="US-007")))

    assert sap.created[0]["SoldToParty"] == "10100555"


def test_a_refusal_by_sap_is_told_in_its_words(sap, send):
    mappings = MAPPINGS.with_(products={"P-BAG": MappedProduct(product="NO-SUCH")})

    with pytest.raises(RejectedByProvider, match="Material NO-SUCH is not maintained for the plant"):
        send(shipped_whole(an_order(a_line())), mappings=mappings)

    assert sap.created == []
