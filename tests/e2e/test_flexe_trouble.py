"""What goes wrong between the app and Flexe: calls, callbacks, and orders that Flexe cannot ship as they are."""

import json
from typing import Any

from tests.e2e.followed import (
    BILLING,
    COMPLETED,
    COMPLETED_IN_PART,
    FLEXE_SENDING,
    PACKED,
    REFUSED,
    SENT,
    SENT_EVENT,
    STATUS_SENDING,
    Followed,
    held_at,
    once,
    once_of_finops,
)
from tests.e2e.town import Town

CREATE = "POST /v1/outbound_orders"


def test_an_order_of_which_flexe_never_tells_is_found_shipped_by_the_timer(town: Town):
    town.warehouse.callbacks("*", lose=100)
    order = town.enter().is_confirmed().reaches(SENT)

    town.warehouse.send_parcels(order.at_flexe())
    town.falls_quiet()
    unheard = order.events().count("Order Shipped")
    town.operator.runs("pull_flexe_orders")
    order.succeeds(STATUS_SENDING)
    town.operator.runs("pull_flexe_orders")
    town.office.invoice(order.number)
    order.reaches(COMPLETED)

    town.falls_quiet()
    assert unheard == 0
    assert order.events().count("Order Shipped") == 1
    assert order.received() == once_of_finops()


def test_callbacks_that_come_twice_backwards_and_again_ship_each_parcel_once(town: Town):
    order = town.place_for_flexe().reaches(SENT)
    bags, kettle = order.flexe_lines()
    town.warehouse.callbacks("outbound_order.shipped", reorder=2)
    town.warehouse.behaves(event_quantities="text", event_shipment_lines=False)

    town.warehouse.send_parcels(order.at_flexe(), {"lines": {bags: 2}}, {"lines": {kettle: 1}})
    order.hears("Order Shipped")
    town.warehouse.callbacks("outbound_order.*", duplicate=3)
    for new_id in (False, True):
        town.warehouse.repeats(order.at_flexe(), "shipped", new_id=new_id)
    town.warehouse.repeats(order.at_flexe(), "accepted")
    order.succeeds(BILLING).is_invoiced().reaches(COMPLETED)
    town.warehouse.repeats(order.at_flexe(), "shipped", new_id=True)

    town.falls_quiet()
    assert order.position() == COMPLETED
    assert order.events().count("Order Shipped") == 1
    assert order.received() == once(shipments=2, status_writes=(2, 10), flexe_orders=1)
    assert order.errors() == []


def test_forged_callbacks_of_flexe_are_refused_and_those_of_others_ignored(town: Town):
    town.warehouse.callbacks("outbound_order.shipped", lose=1)
    order = town.enter().is_confirmed().reaches(SENT)
    town.falls_quiet()  # no earlier callback is still to be looked into
    town.warehouse.send_parcels(order.at_flexe())
    genuine, secret = _shipped_event(town, order), town.sandbox.credentials.flexe_webhook_secret

    def answer(headers: dict[str, str], **changes: Any) -> int:
        body = json.dumps(genuine | changes)
        return town.operator.asks("POST", "webhooks/flexe", content=body, headers=headers).status_code

    right = {"X-Webhook-Secret": secret}
    refused = [answer({}), answer({"X-Webhook-Secret": "guessed"}), answer({"X-Webhook-Secret": secret[:-1]})]
    ignored = [
        answer(right, owner_id="own_1"),
        answer(right, webhook_name="orders-elsewhere"),
        answer(right, type="inventory.changed"),
    ]
    malformed = [answer(right, data=None), answer(right, data={"outbound_order_id": "../x"}), answer(right, type=7)]
    stranger = answer(right, data={"outbound_order_id": "obo_1", "external_order_id": "SOMEBODY-1"})
    town.falls_quiet()
    still = order.position()

    assert (refused, ignored, malformed, stranger) == ([401] * 3, [204] * 3, [400] * 3, 202)
    assert still == SENT
    assert order.errors() == []
    assert answer(right) == 202  # so it was not for another reason that they were refused
    order.reaches(PACKED)


def test_a_create_whose_answer_is_lost_or_refused_for_a_while_makes_one_order(town: Town):
    town.warehouse.behaves(lookup_lag_ms=1000)  # at first nobody finds what was made
    town.warehouse.fails(CREATE, drop="after")
    cut = town.place_for_flexe().reaches(SENT)
    town.warehouse.fails(CREATE, status=503, body="<html>Service Unavailable</html>")
    down = town.enter().is_confirmed().reaches(SENT)

    for order in (cut, down):
        order.is_shipped_by_flexe()
    town.falls_quiet()

    assert town.warehouse.armed() == []  # every one of them was met
    assert [order.received()["flexe_orders"] for order in (cut, down)] == [1, 1]
    assert cut.position() == down.position() == PACKED
    assert [order.errors() for order in (cut, down)] == [[], []]


def test_a_token_that_flexe_has_changed_holds_the_order_until_it_is_right_again(town: Town):
    town.warehouse.behaves(api_token="rotated")
    order = town.place_for_flexe().reaches(held_at(FLEXE_SENDING))
    town.falls_quiet()
    [message] = order.told()

    town.warehouse.mended()
    clicks = order.operator.reprocess(order.order_id)
    order.succeeds(FLEXE_SENDING).is_shipped_by_flexe().succeeds(BILLING).is_invoiced().reaches(COMPLETED)

    town.falls_quiet()
    assert "401" in message
    assert "gave up" not in message  # it was asked once
    assert town.sandbox.credentials.flexe_token not in message
    assert clicks == [202]
    assert order.received() == once(flexe_orders=1)
    assert order.errors() == []


def test_an_order_flexe_rejects_after_taking_it_is_held_named_and_sent_anew_once_mended(town: Town):
    town.warehouse.behaves(unknown_skus="reject_later", skus=["BAG-CNV-OLV"])
    order = town.place_for_flexe().reaches(REFUSED)
    town.falls_quiet()
    told, effects = order.told(), order.effects()

    town.warehouse.mended()
    clicks = order.operator.reprocess(order.order_id, times=3)
    order.hears(SENT_EVENT, times=2)
    first, second = order.flexe_orders()
    order.is_shipped_by_flexe().succeeds(BILLING).is_invoiced().reaches(COMPLETED)

    town.falls_quiet()
    [message] = told
    assert "rejected" in message
    assert "sku" in message
    assert effects == []
    assert clicks == [202] * 3
    assert (first["status"], second["status"]) == ("rejected", "accepted")
    assert [first["external_order_id"], second["external_order_id"]] == [order.number, f"{order.number}-2"]
    assert order.events().count("Fulfillment Order Refused") == 1
    assert order.received() == once(flexe_orders=2)
    assert order.errors() == []


def test_a_short_shipment_completes_in_part_and_a_person_is_told(town: Town):
    order = town.place_for_flexe().reaches(SENT)
    bags, _ = order.flexe_lines()

    town.warehouse.short(order.at_flexe(), {bags: 1})
    town.warehouse.send_parcels(order.at_flexe())
    order.succeeds(BILLING).is_invoiced()
    order.reaches(COMPLETED_IN_PART)

    town.falls_quiet()
    [message] = order.told()
    assert "1 of line 1" in message
    assert "tell the shopper" in message
    assert [(line["quantity"], line["invoiced"]) for line in town.office.order(order.number)["lines"]] == [
        (1, 1),
        (1, 1),
    ]
    [shipment] = order.store_shipments()
    assert [item["quantity"] for item in shipment["items"]] == [1, 1]
    assert order.received() == once(flexe_orders=1)


def test_a_hold_at_flexe_is_told_once_and_is_over_when_flexe_goes_on(town: Town):
    order = town.enter().is_confirmed().reaches(SENT)
    town.warehouse.callbacks("outbound_order.on_hold", duplicate=4)

    town.warehouse.hold(order.at_flexe())
    order.hears("Order Alert")
    town.warehouse.repeats(order.at_flexe(), "on_hold", new_id=True)
    town.falls_quiet()
    told, alerts = order.told(), order.events().count("Order Alert")
    town.warehouse.accept(order.at_flexe())
    town.falls_quiet()
    when_over = order.told()
    order.is_shipped_by_flexe().reaches(PACKED)

    [message] = told
    assert "on hold" in message
    assert alerts == 1
    assert when_over == []
    assert order.received() == once_of_finops()


def _shipped_event(town: Town, order: Followed) -> dict[str, Any]:
    """As Flexe sends it."""
    credentials, [at_flexe] = town.sandbox.credentials, order.flexe_orders()
    return {
        "id": "evt_forged",
        "type": "outbound_order.shipped",
        "webhook_name": credentials.flexe_webhook_name,
        "owner_id": credentials.flexe_owner,
        "data": {"outbound_order_id": at_flexe["id"], "external_order_id": at_flexe["external_order_id"]},
    }
