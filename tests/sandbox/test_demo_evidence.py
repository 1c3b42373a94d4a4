"""What the demo takes for proof that an order is in Finance + Operations as it should be."""

from typing import Any

import pytest

from sandbox.demo import evidence
from sandbox.demo.evidence import finops
from sandbox.demo.scenario import Order
from tests.sandbox.canned_world import Canned, Effects, event, step

READY, NOT_READY = {"msdyn_isreadytosync": True}, {"msdyn_isreadytosync": False}
HEADER = {"entity": "salesorder", "id": "h"}
LINES = [{"entity": "salesorderdetail", "id": "l1"}, {"entity": "salesorderdetail", "id": "l2"}]
SALES_ORDER = {"kind": "finops_order_created", "number": "BC-10427"}
SENT = event("Send Order to Fulfillment Provider has Succeeded", "Fulfillment in Process", "Sent To Fulfillment")


def _created(row: dict[str, Any], flag: dict[str, bool]) -> dict[str, Any]:
    parent = {"_salesorderid_value": "h"} if row in LINES else {"msdyn_salesordernumber": "BC-10427"}
    return {"kind": "row_created", **row, "columns": {**parent, **flag}}


def _made_ready(row: dict[str, Any]) -> dict[str, Any]:
    return {"kind": "row_updated", **row, "columns": READY}


AS_IT_SHOULD_BE = [
    _created(HEADER, NOT_READY),
    *(_created(line, NOT_READY) for line in LINES),
    SALES_ORDER,
    _made_ready(HEADER),
    *map(_made_ready, LINES),
]
NOT_AS_IT_SHOULD_BE = [
    pytest.param([], id="nothing received"),
    pytest.param(AS_IT_SHOULD_BE[:4], id="never made ready"),
    pytest.param([*AS_IT_SHOULD_BE[:4], *AS_IT_SHOULD_BE[:3:-1]], id="lines before the header"),
    pytest.param([_created(HEADER, READY), *AS_IT_SHOULD_BE[1:]], id="header ready from the start"),
    pytest.param([*AS_IT_SHOULD_BE, SALES_ORDER], id="two sales orders"),
    pytest.param([each for each in AS_IT_SHOULD_BE if each is not SALES_ORDER], id="no sales order"),
]


def _order(effects: Effects) -> Order:
    """The app says the order was sent, and F&O has received `effects`."""
    return Canned(events=[SENT], effects={"finops": effects}).order_of_the_shop()


def test_rows_written_as_not_ready_then_header_then_lines_made_ready_is_proof():
    assert finops.sent_to_fulfillment(_order(AS_IT_SHOULD_BE)) == "sales order BC-10427 in F&O with 2 lines"


@pytest.mark.parametrize(
    "effects", [*NOT_AS_IT_SHOULD_BE, pytest.param(AS_IT_SHOULD_BE[:-1], id="one line never made ready")]
)
def test_anything_else_is_not(effects: Effects):
    assert finops.sent_to_fulfillment(_order(effects)) is None


def test_rows_of_other_orders_are_not_counted():
    other = {"kind": "row_created", "entity": "salesorder", "id": "x", "columns": {"msdyn_salesordernumber": "BC-1"}}

    assert evidence.received_by_dataverse(_order([other, *AS_IT_SHOULD_BE])) == {"orders": 1, "lines": 2}


BILLING = "Send order lines to billing"


def _billed(*, there: dict[int, str], here: dict[int, str | None], effects: Effects = AS_IT_SHOULD_BE) -> Order:
    """Warehouses by line number, as F&O and as the app has them."""
    sales_order = {
        "number": "BC-10427",
        "lines": [{"sequence": n, "warehouse": w, "salesorderdetailid": f"l{n}"} for n, w in there.items()],
    }
    return Canned(
        order={"lines": [{"number": number, "shipping_warehouse": place} for number, place in here.items()]},
        events=[event("Send Order to Billing Provider has Succeeded")],
        steps=[step(BILLING)],
        effects={"finops": effects},
        theirs={"finops": sales_order},
    ).order_of_the_shop()


def test_lines_with_a_warehouse_in_finops_and_no_others_is_proof_of_billing():
    order = _billed(there={1: "24", 2: "25"}, here={1: "24", 2: "25", 3: None})

    proof = finops.lines_sent(BILLING, finops.SENT_TO_BILLING, lines=2)(order)

    assert proof == "sales order BC-10427 in F&O: line 1 from 24, line 2 from 25"


@pytest.mark.parametrize(("there", "here"), [
    pytest.param({1: "24"}, {1: "24", 2: "25"}, id="a sourced line is missing in F&O"),
    pytest.param({1: "24", 2: "25", 3: "24"}, {1: "24", 2: "25", 3: None}, id="F&O has a line without a source"),
    pytest.param({1: "24", 2: "24"}, {1: "24", 2: "25"}, id="F&O ships from elsewhere"),
    pytest.param({1: "24"}, {1: "24", 2: None}, id="fewer lines than were to be sent"),
])  # fmt: skip
def test_other_lines_or_other_warehouses_are_no_proof_of_billing(there: dict[int, str], here: dict[int, str | None]):
    assert finops.lines_sent(BILLING, finops.SENT_TO_BILLING, lines=2)(_billed(there=there, here=here)) is None


@pytest.mark.parametrize("effects", NOT_AS_IT_SHOULD_BE)
def test_lines_released_in_another_way_are_no_proof_of_billing(effects: Effects):
    order = _billed(there={1: "24", 2: "25"}, here={1: "24", 2: "25"}, effects=effects)

    assert finops.lines_sent(BILLING, finops.SENT_TO_BILLING, lines=2)(order) is None


def test_a_second_sync_is_proved_by_its_own_step_only():
    order = _billed(there={1: "24"}, here={1: "24"})

    assert finops.lines_sent(f"{BILLING} (2)", finops.SENT_TO_BILLING, lines=1)(order) is None


def test_goods_that_have_left_are_not_sent_to_be_fulfilled_again():
    order = _billed(there={1: "24"}, here={1: "24"})

    assert finops.lines_sent(BILLING, finops.SENT_TO_FULFILLMENT, lines=1)(order) is None


def test_rows_that_are_not_ready_have_released_nothing():
    assert finops.nothing_released(_order(AS_IT_SHOULD_BE[:3])) == "nothing released to F&O"
    assert finops.nothing_released(_order(AS_IT_SHOULD_BE)) is None


BORN_LINES = [
    {"salesorderdetailid": "l1", "quantity": 4, "deliver_now": 4, "delivered": 0},
    {"salesorderdetailid": "l2", "quantity": 1, "deliver_now": 0, "delivered": 1},
]
SHIPPED_UNITS = [{"kind": "row_updated", "id": line["id"], "columns": {"quantityshipped": 1.0}} for line in LINES]


def _status_sent(effects: Effects, *lines: dict[str, Any]) -> Order:
    return Canned(
        events=[event("Send Order Status has Succeeded")],
        steps=[step("Send order status")],
        effects={"finops": [{"entity": "salesorderdetail", **each} for each in effects]},
        theirs={"finops": {"number": "SO-10427", "lines": list(lines or BORN_LINES)}},
    ).order_of_finops()


def test_shipped_units_on_their_way_to_finops_prove_that_the_status_was_sent():
    proof = finops.status_sent(_status_sent(SHIPPED_UNITS))

    assert proof == "to deliver: 4, 1 units; company, site and warehouse untouched"


@pytest.mark.parametrize("columns", [
    {"_msdyn_company_value": "c"}, {"_msdyn_shippingsite_value": "s"}, {"_msdyn_shippingwarehouse_value": "w"},
])  # fmt: skip
def test_a_status_that_overwrites_what_finops_has_set_is_no_proof(columns: dict[str, str]):
    overwriting = {"kind": "row_updated", "id": "o-1", "columns": columns}

    assert finops.status_sent(_status_sent([*SHIPPED_UNITS, overwriting])) is None


def test_a_status_that_forgets_units_is_no_proof():
    assert finops.status_sent(_status_sent(SHIPPED_UNITS, {**BORN_LINES[0], "deliver_now": 3})) is None


def test_a_write_to_a_line_that_finops_has_made_is_counted_as_ours():
    watched = _status_sent([SHIPPED_UNITS[0]])

    assert finops.only_watched(watched) is None
    assert finops.only_watched(_status_sent([])) == "nothing was written anywhere"


def test_a_born_order_that_we_write_a_second_time_is_counted_twice():
    again = {"kind": "finops_order_created", "number": "SO-10427"}

    assert evidence.received_by_finops(_status_sent([])) == {"sales_orders": 1}
    assert evidence.received_by_finops(_status_sent([{**again, "id": "x"}])) == {"sales_orders": 2}
