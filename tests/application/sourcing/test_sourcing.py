"""Sourcing an order: lines find the warehouses that ship them, units are kept for them, and what finds none waits."""

from decimal import Decimal

import pytest

from shared.domain.errors import RejectedByProvider, TransientProviderError
from shared.domain.events import (
    FULFILLMENT_ORDER_CREATED,
    LINES_HELD,
    ON_HAND_CHECK_FAILED,
    ON_HAND_CHECK_SUCCEEDED,
    OPTIMIZATION_FAILED,
    OPTIMIZATION_SUCCEEDED,
    STEP_FAILED,
)
from shared.domain.identity import line_id_for
from shared.domain.orders import BACKORDER_HOLD, INVENTORY_NOT_FOUND
from shared.domain.records import CANCELING, Change
from shared.optimization import MaximumOrderLines, MaximumSourcesPerOrder, RestrictPartialOrders
from shared.store.errors import TableErrorPages
from tests.application.samples import VALIDATED, errors_of, happened, standing
from tests.application.sourcing.warehouses import (
    NOON,
    Company,
    Shelves,
    an_order_for,
    held,
    optimizing,
    shipping,
    sourced,
    with_line,
)

WHOLE_ORDERS = RestrictPartialOrders(name="whole orders")


def since_validation(company: Company, order_id: str) -> list[str]:
    return happened(company.book, order_id)[len(VALIDATED) :]


def test_the_nearest_warehouse_that_has_it_all_ships_the_order(company: Company):
    company.stock = Shelves(Seattle=5, Reno=9, Columbus=9)
    order = company.has([2, 3])

    answer = company.optimize(order)

    after = company.get(order)
    assert answer.success
    assert answer.message == "Seattle: lines 1, 2"
    assert sourced(after) == {1: "Seattle", 2: "Seattle"}
    assert shipping(after) == {"-1 Seattle": {1: 2, 2: 3}}
    assert company.stock.reserved == {"Seattle": 5}
    assert standing(company.book, order.order_id) == ("Fulfillment in Process", "Inventory Check Successful")


def test_a_fulfillment_order_knows_what_its_source_is_in_finops_and_where_its_units_are_kept(company: Company):
    company.stock = Shelves(Seattle=5)
    order = company.has()

    company.optimize(order)

    (created,) = company.get(order).fulfillment_orders
    assert created.fulfiller == "finops"
    assert created.source == company.fulfillment.sources["Seattle"].in_finops
    assert [line.reservation_id for line in created.lines] == ["2/24/BAG-CNV-OLV"]


def test_the_timeline_tells_what_was_found_before_what_is_missing(company: Company):
    company.stock = Shelves(Seattle=1, Reno=1)
    order = company.has(3)

    answer = company.optimize(order)

    assert since_validation(company, order.order_id) == [
        OPTIMIZATION_SUCCEEDED,
        FULFILLMENT_ORDER_CREATED,
        FULFILLMENT_ORDER_CREATED,
        ON_HAND_CHECK_SUCCEEDED,
        LINES_HELD,
    ]
    assert [mark.name for mark in answer.events] == since_validation(company, order.order_id)
    *_, found, waiting = company.book.timeline(order.order_id).events
    assert found.cause == optimizing(order).action_id
    assert found.details["sources"] == {"Seattle": [1], "Reno": [2]}
    assert waiting.details["lines"]["3"].startswith("no stock: 1 of 1 missing; Columbus: no stock (0 on hand")


def test_several_warehouses_ship_what_none_has_alone(company: Company):
    company.stock = Shelves(Seattle=2, Columbus=3)
    order = company.has([2, 3])

    company.optimize(order)

    assert shipping(company.get(order)) == {"-1 Seattle": {1: 2}, "-2 Columbus": {2: 3}}
    assert company.stock.reserved == {"Seattle": 2, "Columbus": 3}


def test_a_line_that_two_warehouses_share_becomes_two_lines_of_the_same_order_product(company: Company):
    company.stock = Shelves(Seattle=2, Columbus=5)
    order = with_line(an_order_for([7]), 1, discount=Decimal("10.00"), tax=Decimal("0.05"))
    company.take(order)

    company.optimize(order)

    after = company.get(order)
    first, other = after.lines
    assert [(line.number, line.quantity, line.discount, line.tax) for line in after.lines] == [
        (1, 5, Decimal("7.14"), Decimal("0.04")),
        (2, 2, Decimal("2.86"), Decimal("0.01")),
    ]
    assert (first.line_id, other.line_id) == (order.lines[0].line_id, line_id_for(order.order_id, "1/2"))
    assert first.external_line_id == other.external_line_id == "1"
    assert shipping(after) == {"-1 Columbus": {1: 5}, "-2 Seattle": {2: 2}}


def test_where_parts_of_lines_may_ship_the_rest_waits_as_a_line_of_its_own(company: Company):
    company.stock = Shelves(Seattle=2)
    company.strategy(partial_lines=True)
    order = company.has([5])

    company.optimize(order)

    after = company.get(order)
    assert sourced(after) == {1: "Seattle", 2: None}
    assert [line.quantity for line in after.lines] == [2, 3]
    assert held(after) == {2: BACKORDER_HOLD}


def test_an_order_for_which_nothing_is_found_waits_for_stock(company: Company, errors: TableErrorPages):
    order = company.has(2)

    answer = company.optimize(order)

    after = company.get(order)
    assert answer.success
    assert held(after) == {1: BACKORDER_HOLD, 2: BACKORDER_HOLD}
    assert {line.hold.since for line in after.lines if line.hold} == {NOON}
    assert since_validation(company, order.order_id) == [OPTIMIZATION_SUCCEEDED, LINES_HELD, ON_HAND_CHECK_FAILED]
    assert standing(company.book, order.order_id) == ("On Hold", "Backorder Hold")
    assert errors_of(errors, order.order_id) == []


def test_without_backorders_a_person_hears_of_the_lines_that_find_nothing(company: Company, errors: TableErrorPages):
    company.stock = Shelves(Seattle=1)
    company.handling(backorders=False)
    order = company.has(2)

    answer = company.optimize(order)

    assert answer.success
    assert held(company.get(order)) == {2: INVENTORY_NOT_FOUND}
    (error,) = errors_of(errors, order.order_id)
    assert error.message.startswith("Inventory Not Found: line 2 (BAG-CNV-OLV): no stock: 1 of 1 missing")


def test_without_backorders_an_order_that_finds_nothing_is_on_hold_with_every_refusal(company: Company):
    company.stock = Shelves(Reno=1)
    company.handling(backorders=False)
    order = company.has([3])

    answer = company.optimize(order)

    assert not answer.success
    assert answer.message == (
        "line 1 (BAG-CNV-OLV): no stock: 3 of 3 missing; Columbus: no stock (0 on hand, 3 missing); "
        "Reno: no stock (1 on hand, 3 missing); Seattle: no stock (0 on hand, 3 missing)"
    )
    assert since_validation(company, order.order_id) == [OPTIMIZATION_FAILED, STEP_FAILED]
    assert company.get(order) == order
    assert company.stock.reserved == {}


@pytest.mark.parametrize(
    ("order", "message"),
    [
        (
            an_order_for(postal_code="00000"),
            "line 1 (BAG-CNV-OLV): postal_code = '00000', country = 'US': nobody knows",
        ),
        (with_line(an_order_for(2), 2, product=None), "line 2 (BAG-CNV-OLV): sku = 'BAG-CNV-OLV': no product is known"),
        (
            with_line(an_order_for(2), 2, company="DEMF"),
            "line 2 (BAG-CNV-OLV): company = 'DEMF': the order belongs to U",
        ),
        (an_order_for(company=None), "line 1 (BAG-CNV-OLV): company = None: the order belongs to no company"),
    ],
)
def test_an_order_that_cannot_be_decided_is_a_person_s_to_mend(company: Company, order, message: str):
    company.stock = Shelves(Seattle=9)
    company.take(order)

    answer = company.optimize(order)

    assert not answer.success
    assert message in answer.message
    assert since_validation(company, order.order_id) == [OPTIMIZATION_FAILED, STEP_FAILED]
    assert company.stock.reserved == {}


def test_once_mended_the_order_is_sourced_by_the_next_try(company: Company):
    company.stock = Shelves(Seattle=9)
    order = company.has(postal_code="00000")
    company.optimize(order)
    mended = order.with_(addresses=tuple(each.with_(postal_code="98101") for each in order.addresses))
    company.book.change(order.order_id, lambda _: Change(order=mended))

    answer = company.optimize(order, generation=2)

    assert answer.success
    assert sourced(company.get(order)) == {1: "Seattle"}


def test_what_does_not_go_by_parcel_is_canceled_or_in_finops_already_needs_no_source(company: Company):
    company.stock = Shelves(Seattle=9)
    order = an_order_for([1, 1, 1, 4])
    order = with_line(with_line(order, 1, digital=True), 2, quantity_canceled=Decimal(1))
    order = with_line(with_line(order, 3, in_finops=True), 4, quantity_canceled=Decimal(1))
    company.take(order)

    company.optimize(order)

    after = company.get(order)
    assert sourced(after) == {1: None, 2: None, 3: None, 4: "Seattle"}
    assert shipping(after) == {"-1 Seattle": {4: 3}}
    assert (after.lines[3].quantity, after.lines[3].quantity_canceled) == (4, 1)


def test_an_order_of_downloads_goes_on_without_a_warehouse(company: Company):
    order = with_line(an_order_for(), 1, digital=True)
    company.take(order)

    answer = company.optimize(order)

    assert (answer.success, answer.message) == (True, "no line needs a source")
    assert company.get(order) == order


def test_warehouses_of_another_company_ship_nothing(company: Company):
    company.stock = Shelves(Seattle=9, Reno=9)
    company.source("Seattle", company="DEMF")
    order = company.has()

    company.optimize(order)

    assert sourced(company.get(order)) == {1: "Reno"}


def test_a_warehouse_whose_stock_is_never_counted_ships_without_a_reservation(company: Company):
    company.source("Reno", use_real_inventory=False)
    order = company.has()

    company.optimize(order)

    (created,) = company.get(order).fulfillment_orders
    assert [line.reservation_id for line in created.lines] == [""]
    assert company.stock.kept == {}


def test_an_order_may_name_its_strategy_but_none_that_is_not_there(company: Company):
    order = company.has(strategy="Express")

    answer = company.optimize(order)

    assert answer.message == "strategy = 'Express': there is no such strategy; there are 'Few and near'"
    assert since_validation(company, order.order_id) == [OPTIMIZATION_FAILED, STEP_FAILED]


def test_what_the_strategy_leaves_unsourced_is_tried_under_its_alternate(company: Company):
    company.stock = Shelves(Columbus=9)
    west = company.fulfillment.strategy(None).with_(name="West", source_list="West", default=False)
    alternate = company.fulfillment.strategy(None)
    company.fulfillment = company.fulfillment.with_(
        source_lists={**company.fulfillment.source_lists, "West": ("Seattle", "Reno")},
        strategies={"West": west.with_(alternate=alternate.name), alternate.name: alternate},
    )
    order = company.has(strategy="West")

    company.optimize(order)

    assert sourced(company.get(order)) == {1: "Columbus"}


def test_a_simulation_keeps_its_plan_and_does_nothing_else(company: Company):
    company.stock = Shelves(Seattle=9)
    company.strategy(simulation=True)
    order = company.has()

    answer = company.optimize(order)

    assert not answer.success
    assert "only simulates" in answer.message
    assert company.get(order) == order
    assert company.stock.kept == {}
    assert since_validation(company, order.order_id) == [STEP_FAILED]
    (plan,) = company.sourcing().plan_views.plans_of(order.order_id)
    assert (plan["simulation"], plan["lines"][0]["details"][0]["source"]) == (True, "Seattle")


def test_an_order_to_two_addresses_leaves_for_each_from_where_it_is_near(company: Company):
    company.stock = Shelves(Seattle=9, Columbus=9)
    order = an_order_for(2)
    east = order.addresses[0].with_(external_id="2", postal_code="43004")
    order = with_line(order.with_(addresses=(*order.addresses, east)), 2, ship_to_id="2")
    company.take(order)

    company.optimize(order)

    assert sourced(company.get(order)) == {1: "Seattle", 2: "Columbus"}


def test_an_order_to_two_addresses_is_whole_or_nothing_all_the_same(company: Company):
    company.stock = Shelves(Seattle=1)
    company.strategy(constraints=(WHOLE_ORDERS,))
    order = an_order_for(2)
    east = order.addresses[0].with_(external_id="2", postal_code="43004")
    order = with_line(order.with_(addresses=(*order.addresses, east)), 2, ship_to_id="2")
    company.take(order)

    company.optimize(order)

    assert held(company.get(order)) == {1: BACKORDER_HOLD, 2: BACKORDER_HOLD}
    assert company.stock.kept == {}


def test_units_that_were_sold_meanwhile_are_looked_for_elsewhere(company: Company):
    company.stock = Shelves(Seattle=2, Reno=2)
    company.stock.beforehand = lambda: company.stock.fill("Seattle", 1)
    order = company.has(2)

    company.optimize(order)

    after = company.get(order)
    assert sorted(sourced(after).values(), key=str) == ["Reno", "Seattle"]
    assert company.stock.reserved == {"Seattle": 1, "Reno": 1}
    first, second = company.sourcing().plan_views.plans_of(order.order_id)
    assert [each["why"] for each in first["reserved"]["refused"]] == ["only 0 left"]
    assert second["number"] == 2


def test_an_order_that_ships_whole_gives_back_what_it_has_and_starts_afresh(company: Company):
    company.stock = Shelves(Seattle=2, Columbus=2)
    company.strategy(constraints=(WHOLE_ORDERS, MaximumSourcesPerOrder(name="one parcel", limit=1)))
    company.stock.beforehand = lambda: company.stock.fill("Seattle", 1)
    order = company.has(2)

    company.optimize(order)

    assert sourced(company.get(order)) == {1: "Columbus", 2: "Columbus"}
    assert company.stock.reserved == {"Columbus": 2}


def test_a_line_that_ships_whole_keeps_no_part_of_itself(company: Company):
    company.stock = Shelves(Seattle=2, Reno=2)
    company.stock.beforehand = lambda: company.stock.fill("Reno", 0)
    order = company.has([4])

    company.optimize(order)

    assert held(company.get(order)) == {1: BACKORDER_HOLD}
    assert company.stock.reserved == {}


def test_stock_that_is_always_gone_when_asked_for_is_given_up_after_three_rounds(company: Company):
    company.stock = Shelves(Seattle=1)
    company.stock.ghosts = True
    order = company.has()

    company.optimize(order)

    assert len(company.sourcing().plan_views.plans_of(order.order_id)) == 3
    *_, lines_held, _ = company.book.timeline(order.order_id).events
    assert lines_held.details["lines"]["1"] == "refused by the inventory service in 3 of 3 rounds; Seattle: only 0 left"


def test_an_inventory_service_that_does_not_answer_is_asked_again_later(company: Company):
    company.stock = Shelves(Seattle=9)
    company.stock.fault = TransientProviderError("busy")
    order = company.has()
    with pytest.raises(TransientProviderError):
        company.optimize(order)
    company.stock.fault = None

    answer = company.optimize(order)

    assert answer.success
    assert company.stock.reserved == {"Seattle": 1}


def test_an_inventory_service_that_refuses_to_reserve_is_a_person_s_to_mend(company: Company):
    company.stock = Shelves(Seattle=9)
    company.stock.fault = RejectedByProvider("HTTP 403: no role")
    order = company.has()

    answer = company.optimize(order)

    assert (answer.success, answer.message) == (False, "line 1 (BAG-CNV-OLV): HTTP 403: no role")
    assert since_validation(company, order.order_id) == [OPTIMIZATION_FAILED, STEP_FAILED]


def test_a_product_the_inventory_service_refuses_to_speak_of_is_named(company: Company):
    company.stock = Shelves(Seattle=9)
    company.stock.refuses_to_speak_of = {"HAT": RejectedByProvider("HTTP 400: unknown product HAT")}
    order = with_line(an_order_for(2), 2, product="HAT", sku="HAT-RED")
    company.take(order)

    answer = company.optimize(order)

    assert "line 2 (HAT-RED): HTTP 400: unknown product HAT" in answer.message
    assert company.stock.kept == {}


def test_no_warehouse_is_given_more_lines_a_day_than_it_can_pick(company: Company):
    company.stock = Shelves(Seattle=9, Reno=9)
    company.strategy(constraints=(MaximumOrderLines(name="pickers", limit=2, sources=("Seattle",)),))
    # A day of the warehouse's own, that no other test uses.
    company.now = NOON.replace(year=2031)
    orders = [company.has() for _ in range(3)]

    for order in orders:
        company.optimize(order)

    assert [sourced(company.get(order))[1] for order in orders] == ["Seattle", "Seattle", "Reno"]
    company.passes(days=1)
    tomorrow = company.has(2)
    company.optimize(tomorrow)
    assert sourced(company.get(tomorrow)) == {1: "Seattle", 2: "Seattle"}


def test_plans_explain_themselves_to_whoever_asks(company: Company):
    company.stock = Shelves(Seattle=1)
    order = company.has(2)

    company.optimize(order)

    (plan,) = company.sourcing().plan_views.plans_of(order.order_id)
    assert (plan["attempt"], plan["strategy"], plan["mode"]) == ("Optimize fulfillment.1", "Few and near", "real_time")
    assert [line["outcome"] for line in plan["lines"]] == ["fully sourced", "not sourced"]
    assert {each["source"]: each["reason"] for each in plan["lines"][1]["refusals"]} == {
        "Seattle": "no stock",
        "Reno": "no stock",
        "Columbus": "no stock",
    }
    assert len(plan["fingerprint"]) == 64
    assert [piece["quantity"] for piece in plan["reserved"]["kept"]] == ["1"]


def test_an_order_that_is_to_be_canceled_is_not_sourced(company: Company):
    company.stock = Shelves(Seattle=9)
    order = company.has()
    company.book.change(order.order_id, lambda _: Change(marks={CANCELING: "requested"}))

    answer = company.optimize(order)

    assert not answer.success
    assert company.stock.kept == {}
