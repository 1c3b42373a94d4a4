"""The three flows in which Flexe ships."""

from collections import deque

import pytest

from shared.domain.events import (
    FULFILLMENT_REFUSED,
    LINES_SHIPPED,
    ORDER_CONFIRMED,
    ORDER_INVOICED,
    ORDER_SHIPPED,
    REPROCESS_REQUESTED,
    SHIPMENT_UPDATED,
)
from shared.flows import bigcommerce_flexe_finops, finops_flexe_finops, finops_flexe_sap
from tests.flows.in_memory import VALIDATING_FULFILLMENT, World, run_flow


def a_world(*outside: str, **more) -> World:
    return World(deque(outside or (ORDER_SHIPPED, ORDER_INVOICED)), **more)


def test_company_site_and_warehouse_are_assigned_once_flexe_has_shipped_and_finops_hears_only_then():
    run = run_flow(bigcommerce_flexe_finops, a_world())

    assert run.steps == [
        "Order Validation",
        "Send order to Flexe",
        "order shipped",
        "Update BigCommerce: shipped",
        "Policy Assignment",
        "Send order lines to billing",
        "order invoiced",
        "Update BigCommerce: invoiced",
    ]
    assert run.result["outcome"] == "completed"


def test_an_order_of_finops_goes_to_flexe_once_confirmed_and_its_status_back_to_finops():
    run = run_flow(finops_flexe_finops, a_world(ORDER_CONFIRMED, ORDER_SHIPPED, ORDER_INVOICED))

    assert run.steps == [
        "Catch up with F&O",
        "order confirmed",
        "Order Validation",
        "Send order to Flexe",
        "order shipped",
        "Send order status",
        "order invoiced",
    ]


def test_an_order_that_sap_accounts_for_is_sent_to_invoice_once_flexe_has_shipped():
    run = run_flow(finops_flexe_sap, a_world(ORDER_CONFIRMED, ORDER_SHIPPED, ORDER_INVOICED))

    assert run.steps == [
        "Catch up with F&O",
        "order confirmed",
        "Order Validation",
        "Send order to Flexe",
        "order shipped",
        "Send to invoice",
        "order invoiced",
    ]


def test_the_shopper_hears_of_each_parcel_as_it_leaves():
    run = run_flow(bigcommerce_flexe_finops, a_world(LINES_SHIPPED, LINES_SHIPPED, ORDER_SHIPPED, ORDER_INVOICED))

    assert [step for step in run.steps if step.startswith("Update")] == [
        "Update BigCommerce: parcels",
        "Update BigCommerce: parcels (2)",
        "Update BigCommerce: shipped",
        "Update BigCommerce: invoiced",
    ]


def test_tracking_that_comes_after_the_parcel_reaches_the_shopper_before_the_invoice():
    run = run_flow(bigcommerce_flexe_finops, a_world(ORDER_SHIPPED, SHIPMENT_UPDATED, ORDER_INVOICED))

    assert run.steps[-3:] == ["Update BigCommerce: tracking", "order invoiced", "Update BigCommerce: invoiced"]


def test_an_order_that_flexe_gives_back_is_sent_again_once_somebody_has_mended_it():
    outside = (FULFILLMENT_REFUSED, REPROCESS_REQUESTED, FULFILLMENT_REFUSED, REPROCESS_REQUESTED)

    run = run_flow(bigcommerce_flexe_finops, a_world(*outside, ORDER_SHIPPED, ORDER_INVOICED))

    assert run.steps[1:8] == [
        "Send order to Flexe",
        "fulfillment order refused",
        "reprocess requested",
        "Send order to Flexe after refusal",
        "fulfillment order refused",
        "reprocess requested",
        "Send order to Flexe after refusal (2)",
    ]
    assert run.result["outcome"] == "completed"


@pytest.mark.parametrize("slow", ["Send order to Flexe", "Send order status"])
def test_a_provider_that_does_not_answer_in_time_is_told_to_a_person(slow: str):
    world = a_world(ORDER_CONFIRMED, ORDER_SHIPPED, ORDER_INVOICED, slow={slow: 2})

    run = run_flow(finops_flexe_finops, world)

    assert run.steps.count(f"overdue: {slow}") == 2
    assert run.result["outcome"] == "completed"


@pytest.mark.parametrize("flow", [bigcommerce_flexe_finops, finops_flexe_finops, finops_flexe_sap])
def test_the_fulfillment_order_is_validated_as_soon_as_flexe_has_it(flow):
    confirmed = () if flow is bigcommerce_flexe_finops else (ORDER_CONFIRMED,)

    run = run_flow(flow, a_world(*confirmed, ORDER_SHIPPED, ORDER_INVOICED), VALIDATING_FULFILLMENT)

    sent = run.steps.index("Send order to Flexe")
    assert run.steps[sent + 1 : sent + 3] == ["Fulfillment Order Validation", "order shipped"]


def test_the_fulfillment_order_that_replaces_a_refused_one_is_validated_too():
    outside = (FULFILLMENT_REFUSED, REPROCESS_REQUESTED, ORDER_SHIPPED, ORDER_INVOICED)

    run = run_flow(bigcommerce_flexe_finops, a_world(*outside), VALIDATING_FULFILLMENT)

    assert run.steps[4:7] == [
        "reprocess requested",
        "Send order to Flexe after refusal",
        "Fulfillment Order Validation after refusal",
    ]


def test_what_a_person_has_canceled_at_flexe_because_it_was_wrong_is_sent_again_by_one_reprocessing():
    outside = (FULFILLMENT_REFUSED, REPROCESS_REQUESTED, ORDER_SHIPPED, ORDER_INVOICED)
    world = a_world(*outside, failing={"Fulfillment Order Validation": 1})

    run = run_flow(bigcommerce_flexe_finops, world, VALIDATING_FULFILLMENT)

    assert run.steps[2:8] == [
        "Fulfillment Order Validation failed",
        "fulfillment order refused",
        "reprocess requested",
        "Fulfillment Order Validation",
        "Send order to Flexe after refusal",
        "Fulfillment Order Validation after refusal",
    ]
    assert run.result["outcome"] == "completed"
