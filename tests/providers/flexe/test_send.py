"""What is sent to Flexe of an order, and what is not, over real HTTP against the stand-in warehouse."""

from decimal import Decimal
from typing import Any

import pytest

from shared.domain.errors import RejectedByProvider
from shared.domain.events import FULFILLMENT_ORDER_CREATED, SENT_TO_FULFILLMENT
from shared.domain.identity import FLEXE
from shared.domain.orders import Shipment, ShipmentItem
from tests.providers.flexe.conftest import RecordingLinks, Send, at_flexe, kept
from tests.providers.flexe.samples import (
    BAG,
    KETTLE,
    ORDER_ID,
    REFERENCE,
    a_gift_card,
    a_kettle,
    a_line,
    a_request,
    an_order,
)
from tests.systems.flexe.conftest import Flexe


def test_an_order_is_sent_with_its_lines_and_address_and_without_prices(flexe: Flexe, send: Send):
    outcome = send(an_order(a_line(), a_kettle(), a_gift_card()))

    assert outcome.result.success
    (order,) = at_flexe(flexe)
    wanted = order["wanted"]
    assert (wanted["external_order_id"], wanted["owner_id"], wanted["service_level"]) == (
        REFERENCE,
        "own_7741",
        "ground",
    )
    assert [(line["external_line_id"], line["sku"], line["quantity"]) for line in wanted["lines"]] == [
        (BAG, "BAG-CNV-OLV", 2),
        (KETTLE, "KTL-EN-1L", 1),
    ]
    assert (wanted["ship_to"]["address_1"], wanted["ship_to"]["country_code"]) == ("12 Harbor Lane", "US")
    assert wanted["metadata"] == {"source": "bigcommerce", "source_order_id": "10427"}


def test_what_was_sent_is_kept_as_a_fulfillment_order(flexe: Flexe, send: Send):
    outcome = send()

    (fulfillment_order,) = kept(outcome).fulfillment_orders
    assert (fulfillment_order.number, fulfillment_order.fulfiller) == (REFERENCE, FLEXE)
    assert fulfillment_order.external_id == at_flexe(flexe)[0]["id"]
    assert fulfillment_order.status == "accepted"
    assert [line.quantity for line in fulfillment_order.lines] == [2, 1]
    assert [(event.name, event.cause) for event in outcome.events] == [
        (FULFILLMENT_ORDER_CREATED, REFERENCE),
        (SENT_TO_FULFILLMENT, a_request().action_id),
    ]


def test_flexe_may_speak_of_the_order_before_it_has_answered(send: Send, links: RecordingLinks):
    send()

    assert links.made == [(ORDER_ID, FLEXE, REFERENCE)]
    assert links.orders_when_made == [0]


def test_only_what_is_not_canceled_is_sent(flexe: Flexe, send: Send):
    send(an_order(a_line(quantity_canceled=Decimal(1)), a_kettle(quantity_canceled=Decimal(1))))

    assert [(line["external_line_id"], line["quantity"]) for line in at_flexe(flexe)[0]["lines"]] == [(BAG, 1)]


def test_asked_again_the_order_that_is_there_is_taken_over(flexe: Flexe, send: Send):
    first, again = send(), send()

    assert again.result.success
    assert kept(again) == kept(first)
    assert flexe.effects() == ["order_created"]


def test_stored_twice_it_is_one_fulfillment_order(send: Send):
    outcome = send()

    assert kept(outcome, kept(outcome)) == kept(outcome)


def test_what_has_left_already_is_not_sent_again(flexe: Flexe, send: Send):
    items = (ShipmentItem(line_id=a_line().line_id, quantity=Decimal(2)),)
    gone = an_order(shipments=(Shipment(shipment_id="shp", tracking_number="1Z", items=items),))

    send(gone)

    assert [line["external_line_id"] for line in at_flexe(flexe)[0]["lines"]] == [KETTLE]


def test_an_order_that_has_left_as_a_whole_is_not_sent_again(flexe: Flexe, send: Send):
    items = (ShipmentItem(line_id=a_line().line_id, quantity=Decimal(2)),)
    gone = an_order(a_line(), shipments=(Shipment(shipment_id="shp", tracking_number="1Z", items=items),))

    with pytest.raises(RejectedByProvider, match="has left already"):
        send(gone)

    assert at_flexe(flexe) == []


@pytest.mark.parametrize("lines", [(a_gift_card(),), (a_line(quantity_canceled=Decimal(2)), a_gift_card())])
def test_an_order_of_which_nothing_goes_by_parcel_is_never_sent(flexe: Flexe, send: Send, lines: tuple[Any, ...]):
    outcome = send(an_order(*lines))

    assert (outcome.result.success, outcome.result.message) == (False, "nothing of the order goes by parcel")
    assert at_flexe(flexe) == []


def test_a_line_without_a_sku_is_named_and_nothing_is_sent(flexe: Flexe, send: Send):
    with pytest.raises(RejectedByProvider, match="sku of line 2 = ''"):
        send(an_order(a_line(), a_kettle(sku="")))

    assert at_flexe(flexe) == []


def test_half_a_unit_is_named_and_nothing_is_sent(flexe: Flexe, send: Send):
    with pytest.raises(RejectedByProvider, match=r"quantity of line 1 = 1\.5"):
        send(an_order(a_line(quantity=Decimal("1.5"))))

    assert at_flexe(flexe) == []


def test_an_order_to_two_addresses_names_them_by_their_ids_alone(flexe: Flexe, send: Send):
    home, work = an_order().ship_to, an_order().ship_to.with_(external_id="502", line1="1 Office Park")
    order = an_order(a_line(), a_kettle(ship_to_id="502"), addresses=(home, work))

    with pytest.raises(RejectedByProvider) as refusal:
        send(order)

    assert "address 501 gets line 1; address 502 gets line 2" in str(refusal.value)
    assert "Office" not in str(refusal.value)
    assert at_flexe(flexe) == []


def test_the_same_address_given_twice_is_one_address(send: Send):
    twin = an_order().ship_to.with_(external_id="502")
    order = an_order(a_line(), a_kettle(ship_to_id="502"), addresses=(an_order().ship_to, twin))

    assert send(order).result.success


def test_what_flexe_refuses_is_told_by_field(flexe: Flexe, send: Send):
    flexe.switch(skus=["BAG-CNV-OLV"])

    with pytest.raises(RejectedByProvider, match=r"lines\[1\]\.sku: sku is not set up for this owner"):
        send()
