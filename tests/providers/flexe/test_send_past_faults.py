"""Orders go to Flexe once, whatever happens on the way, over real HTTP against the stand-in warehouse."""

from decimal import Decimal

import pytest

from shared.domain.actions import ActionOutcome
from shared.domain.errors import RejectedByProvider, TransientProviderError
from shared.domain.events import ALERT
from shared.domain.orders import Shipment, ShipmentItem
from tests.providers.flexe.conftest import Connect, RecordingLinks, Send, at_flexe, kept
from tests.providers.flexe.samples import (
    BAG,
    KETTLE,
    REFERENCE,
    a_kettle,
    a_line,
    an_order,
    sent,
)
from tests.systems.flexe.conftest import ORDERS, Flexe

CREATE, FIND = f"POST {ORDERS}", f"GET {ORDERS}"


def names(outcome: ActionOutcome) -> list[str]:
    return [event.name for event in outcome.events]


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_connection_lost_while_sending_leaves_one_order(flexe: Flexe, send: Send, moment: str):
    flexe.arm(call=CREATE, fault={"drop": moment})
    with pytest.raises(TransientProviderError):
        send()

    outcome = send()

    assert outcome.result.success
    assert len(at_flexe(flexe)) == 1


def test_a_time_out_after_flexe_has_stored_the_order_leaves_one_order(flexe: Flexe, send: Send, connect: Connect):
    flexe.arm(call=CREATE, fault={"answer_after_seconds": 1})
    with pytest.raises(TransientProviderError, match="in time"):
        send(by=connect(timeout_seconds=0.5))

    outcome = send()

    assert outcome.result.success
    assert flexe.effects() == ["order_created"]


@pytest.mark.parametrize("policy", ["replay_200", "conflict_409", "unprocessable_422"])
def test_a_race_of_two_leaves_one_order_under_every_policy_that_prevents_two(flexe: Flexe, send: Send, policy: str):
    flexe.switch(duplicate_policy=policy)
    first = send()
    flexe.arm(call=FIND, fault={"status": 200, "body": {"outbound_orders": [], "next_cursor": None}})

    second = send()

    assert second.result.success
    assert kept(second) == kept(first)
    assert flexe.effects() == ["order_created"]


@pytest.mark.parametrize("policy", ["conflict_409", "unprocessable_422"])
def test_a_duplicate_that_lists_do_not_show_yet_is_worth_another_try(flexe: Flexe, send: Send, policy: str):
    flexe.switch(duplicate_policy=policy, lookup_lag_ms=60_000)
    send()

    with pytest.raises(TransientProviderError, match="does not show it yet"):
        send()


def test_an_order_known_by_its_id_is_not_sent_again_while_lists_lag(flexe: Flexe, send: Send):
    flexe.switch(duplicate_policy="accept_duplicate", lookup_lag_ms=60_000)
    first = kept(send())

    again = send(first)

    assert kept(again, first) == first
    assert flexe.effects() == ["order_created"]


def placed_twice(flexe: Flexe, send: Send) -> tuple[str, str]:
    """The ids of the older and the younger order."""
    flexe.switch(duplicate_policy="accept_duplicate")
    send()
    flexe.arm(call=FIND, fault={"status": 200, "body": {"outbound_orders": [], "next_cursor": None}})
    send()
    older, younger = at_flexe(flexe)
    return older["id"], younger["id"]


def test_of_two_orders_under_one_name_the_younger_is_canceled_and_a_person_told(flexe: Flexe, send: Send):
    older, younger = placed_twice(flexe, send)

    outcome = send()

    assert kept(outcome).fulfillment_orders[0].external_id == older
    assert (flexe.read(older)["status"], flexe.read(younger)["status"]) == ("accepted", "cancelled")
    (alert,) = [event for event in outcome.events if event.name == ALERT]
    assert alert.details["message"] == (
        f"Flexe has two orders {REFERENCE}: {older}, and {younger}, which was asked to be canceled"
    )


def test_a_second_order_that_is_being_worked_on_is_left_to_a_person(flexe: Flexe, send: Send):
    _, younger = placed_twice(flexe, send)
    flexe.do(younger, "pick")

    outcome = send()

    assert outcome.result.success
    assert flexe.read(younger)["status"] == "processing"
    assert "could not be canceled" in next(e for e in outcome.events if e.name == ALERT).details["message"]


def test_the_alert_about_a_second_order_survives_a_crash_after_its_cancellation(flexe: Flexe, send: Send):
    placed_twice(flexe, send)
    send()

    again = send()

    assert ALERT in names(again)
    assert flexe.effects().count("order_canceled") == 1


def test_an_order_that_flexe_has_otherwise_than_wanted_names_each_difference(flexe: Flexe, send: Send):
    send()
    wanted = an_order(a_line(quantity_canceled=Decimal(1)), a_kettle(sku="KTL-EN-2L"))

    with pytest.raises(RejectedByProvider) as refusal:
        send(wanted)

    assert f"another order {REFERENCE}" in str(refusal.value)
    assert "line 1: 2 there, 1 wanted; line 2: SKU 'KTL-EN-1L' there, 'KTL-EN-2L' wanted" in str(refusal.value)
    assert len(at_flexe(flexe)) == 1


def test_an_order_that_flexe_has_with_another_line_is_not_taken_over(send: Send):
    send()

    with pytest.raises(RejectedByProvider, match=f"line with external id {KETTLE}: 1 there, 0 wanted"):
        send(an_order(a_line()))


def test_an_order_that_has_shipped_before_its_sending_was_stored_is_taken_over(flexe: Flexe, send: Send):
    send()
    flexe.do(REFERENCE, "ship")
    items = (ShipmentItem(line_id=a_line().line_id, quantity=Decimal(2)),)
    heard = an_order(shipments=(Shipment(shipment_id="shp", tracking_number="1Z", items=items),))

    outcome = send(heard)

    assert outcome.result.success
    assert kept(outcome, heard).fulfillment_orders[0].status == "shipped"
    assert len(at_flexe(flexe)) == 1


def test_an_order_that_was_shipped_short_meanwhile_is_taken_over(flexe: Flexe, send: Send):
    send()
    flexe.do(REFERENCE, "short", lines={BAG: 1})

    assert send().result.success
    assert send(an_order(a_line(quantity_canceled=Decimal(1)), a_kettle())).result.success


def test_an_order_that_flexe_has_refused_meanwhile_fails_with_the_reason(flexe: Flexe, send: Send):
    send()
    flexe.do(REFERENCE, "reject", reason="sku is not set up")

    outcome = send()

    assert not outcome.result.success
    assert outcome.result.message == f"Flexe will not ship order {REFERENCE} (rejected): sku is not set up"
    assert kept(outcome).fulfillment_orders[0].status == "rejected"
    assert len(at_flexe(flexe)) == 1


def test_once_the_refusal_is_known_the_order_is_sent_under_the_next_name(
    flexe: Flexe, send: Send, links: RecordingLinks
):
    refused = kept(send())
    flexe.do(REFERENCE, "reject", reason="bad address")
    refused = kept(send(refused), refused)

    outcome = send(refused)

    again = kept(outcome, refused)
    assert [(each.number, each.status) for each in again.fulfillment_orders] == [
        (REFERENCE, "rejected"),
        (f"{REFERENCE}-2", "accepted"),
    ]
    assert links.made[-1][2] == f"{REFERENCE}-2"
    assert [order["external_order_id"] for order in at_flexe(flexe)] == [REFERENCE, f"{REFERENCE}-2"]


def test_a_second_sending_that_is_redelivered_is_taken_over_too(flexe: Flexe, send: Send):
    refused = sent(an_order(), "rejected", flexe_id="obo_0")
    flexe.arm(call=CREATE, fault={"drop": "after"})
    with pytest.raises(TransientProviderError):
        send(refused)

    outcome = send(refused)

    assert outcome.result.success
    assert [order["external_order_id"] for order in at_flexe(flexe)] == [f"{REFERENCE}-2"]


def test_after_two_refusals_comes_the_third_name(flexe: Flexe, send: Send):
    twice = sent(sent(an_order(), "rejected"), "canceled", number=f"{REFERENCE}-2", flexe_id="obo_2")

    send(twice)

    assert at_flexe(flexe)[0]["external_order_id"] == f"{REFERENCE}-3"


def test_a_wrong_token_stops_and_the_right_one_goes_on(flexe: Flexe, send: Send, connect: Connect):
    flexe.switch(api_token="rotated")
    with pytest.raises(RejectedByProvider, match="401") as refusal:
        send()
    assert "sandbox-flexe-token" not in str(refusal.value)

    outcome = send(by=connect(api_token="rotated"))

    assert outcome.result.success


@pytest.mark.parametrize("status", [429, 500, 503, 504])
@pytest.mark.parametrize("call", [CREATE, FIND])
def test_a_busy_flexe_is_worth_another_try(flexe: Flexe, send: Send, call: str, status: int):
    page = "<html><head><title>Be right back</title></head></html>"
    flexe.arm(call=call, fault={"status": status, "headers": {"Retry-After": "7"}, "body": page})

    with pytest.raises(TransientProviderError, match="Be right back") as fault:
        send()

    assert fault.value.retry_after == 7
    assert send().result.success
    assert len(at_flexe(flexe)) == 1


def test_the_status_of_a_second_order_is_not_taken_for_that_of_the_first(flexe: Flexe, send: Send):
    older, younger = placed_twice(flexe, send)

    outcome = send()

    (fulfillment_order,) = kept(outcome, sent(an_order(), "shipped", flexe_id=younger)).fulfillment_orders
    assert (fulfillment_order.external_id, fulfillment_order.status) == (older, "accepted")
