"""Orders of the store and of F&O that Flexe ships, as they go when nothing is wrong."""

from sandbox.demo.evidence.store import COMPLETED as STORE_COMPLETED
from sandbox.demo.evidence.store import PARTIALLY_SHIPPED, SHIPPED
from sandbox.systems.bigcommerce import samples
from tests.e2e.followed import (
    ASSIGNMENT,
    AT_FLEXE_EVENTS,
    BILLING,
    COMPLETED,
    FLEXE_SENDING,
    PACKED,
    SENT,
    STATUS_SENDING,
    TELL_INVOICED,
    TELL_PARCELS,
    TELL_SHIPPED,
    TELL_TRACKING,
    VALIDATED_EVENTS,
    VALIDATION,
    Followed,
    once,
    once_of_finops,
)
from tests.e2e.town import Town

READY = "msdyn_isreadytosync"


def test_a_store_order_goes_by_flexe_and_f_and_o_hears_of_it_once_it_has_shipped(town: Town):
    order = town.place_for_flexe().reaches(SENT)
    town.falls_quiet()
    while_at_flexe = order.written_rows()

    town.warehouse.send_parcels(order.at_flexe(), {"warehouse": "wh_31"})
    order.succeeds(TELL_SHIPPED).succeeds(BILLING)
    when_shipped = (order.position(), order.store_status())
    order.is_invoiced().reaches(COMPLETED)

    town.falls_quiet()
    assert while_at_flexe == []
    assert when_shipped == (PACKED, SHIPPED)
    assert order.events() == [
        "New Order",
        *VALIDATED_EVENTS,
        *AT_FLEXE_EVENTS,
        "Order Shipped",
        "Send Order to Billing Provider has Succeeded",
        "Order Invoiced",
    ]
    assert order.events(outcome="ignored") == []
    expected = [VALIDATION, FLEXE_SENDING, TELL_SHIPPED, ASSIGNMENT, BILLING, TELL_INVOICED]
    assert order.steps() == [(step, 1, True) for step in expected]
    assert order.received() == once(flexe_orders=1)
    assert order.store_status() == STORE_COMPLETED
    assert order.errors() == []
    assert _made_ready_last(order)


def test_what_was_ordered_reaches_flexe_and_what_has_left_where_reaches_shopper_and_f_and_o(town: Town):
    order = town.place_for_flexe().reaches(SENT)
    [at_flexe] = order.flexe_orders()
    parcel = {"warehouse": "wh_31", "tracking_numbers": ["1Z-ATLANTA", "1Z-ANNEX"], "carrier": "FedEx"}

    town.warehouse.send_parcels(order.at_flexe(), parcel)
    order.succeeds(BILLING)

    wanted, sales_order = at_flexe["wanted"], town.office.order(order.number)
    [shipment] = order.store_shipments()
    assert (wanted["external_order_id"], wanted["ship_to"]["name"]) == (order.number, "Mara Quill")
    assert [(line["external_line_id"], line["sku"], line["quantity"]) for line in wanted["lines"]] == [
        (str(samples.line_id(int(order.external_id), 1)), "BAG-CNV-OLV", 2),
        (str(samples.line_id(int(order.external_id), 2)), "KTL-EN-1L", 1),
    ]
    assert (shipment["tracking_number"], shipment["shipping_provider"]) == ("1Z-ATLANTA", "fedex")
    assert "1Z-ANNEX" in shipment["comments"]
    assert sales_order["company"] == "USMF"
    assert sales_order["header"]["INVOICECUSTOMERACCOUNTNUMBER"] == "US-007"
    assert {(line["site"], line["warehouse"]) for line in sales_order["lines"]} == {("5", "52")}


def test_an_order_of_finance_and_operations_goes_by_flexe_and_only_its_status_is_written_back(town: Town):
    order = town.enter().is_confirmed().reaches(SENT)
    town.falls_quiet()
    while_at_flexe = order.written_rows()

    order.is_shipped_by_flexe().succeeds(STATUS_SENDING)
    to_deliver = [line["deliver_now"] for line in town.office.order(order.number)["lines"]]
    town.office.invoice(order.number)
    order.reaches(COMPLETED)

    town.falls_quiet()
    assert while_at_flexe == []
    assert to_deliver == [4, 1]
    assert order.events() == [
        "New Order",
        "Order Confirmed",
        *VALIDATED_EVENTS,
        *AT_FLEXE_EVENTS,
        "Order Shipped",
        "Send Order Status has Succeeded",
        "Order Invoiced",
    ]
    assert order.events(outcome="ignored") == []
    assert order.steps() == [(step, 1, True) for step in (VALIDATION, FLEXE_SENDING, STATUS_SENDING)]
    assert order.received() == once_of_finops()
    assert [_columns(row) for row in order.written_rows()] == [
        ("salesorderdetail", {"quantityshipped", "msdyn_trackingnumber", "msdyn_carrier"})
    ] * 2
    assert order.errors() == []


def test_two_parcels_from_two_warehouses_are_told_as_they_leave_and_billed_from_where_they_left(town: Town):
    order = town.place_for_flexe().reaches(SENT)
    bags, kettle = order.flexe_lines()

    town.warehouse.send_parcels(order.at_flexe(), {"lines": {bags: 2}, "warehouse": "wh_12"})
    order.succeeds(TELL_PARCELS)
    after_the_first = (order.position(), order.store_status(), len(order.store_shipments()))
    town.warehouse.send_parcels(order.at_flexe(), {"lines": {kettle: 1}, "warehouse": "wh_31"})
    order.succeeds(BILLING).is_invoiced().reaches(COMPLETED)

    town.falls_quiet()
    assert after_the_first == (SENT, PARTIALLY_SHIPPED, 1)
    assert [each["items"][0]["quantity"] for each in order.store_shipments()] == [2, 1]
    assert [line["warehouse"] for line in town.office.order(order.number)["lines"]] == ["51", "52"]
    assert order.events().count("Order Lines Shipped") == 1
    assert order.events().count("Order Shipped") == 1
    assert order.received() == once(shipments=2, flexe_orders=1)


def test_a_tracking_number_that_comes_late_is_put_on_the_shipment_the_shopper_has(town: Town):
    order = town.place_for_flexe().reaches(SENT)

    town.warehouse.send_parcels(order.at_flexe(), {"tracking_numbers": []})
    order.succeeds(TELL_SHIPPED)
    [without] = order.store_shipments()
    [parcel] = order.flexe_orders()[0]["shipments"]
    town.warehouse.track(order.at_flexe(), parcel["id"], "1Z-LATE")
    order.succeeds(TELL_TRACKING).succeeds(BILLING)
    order.is_invoiced().reaches(COMPLETED)

    town.falls_quiet()
    [shipment] = order.store_shipments()
    assert (without["tracking_number"], shipment["tracking_number"]) == ("", "1Z-LATE")
    assert shipment["id"] == without["id"]
    assert order.received() == once(flexe_orders=1)


def test_an_order_that_f_and_o_invoices_before_flexe_ships_completes_when_it_ships_and_once(town: Town):
    order = town.enter().is_confirmed().reaches(SENT)

    town.office.invoice(order.number)
    order.hears("Order Lines Invoiced")
    before = order.position()
    order.is_shipped_by_flexe().reaches(COMPLETED).succeeds(STATUS_SENDING)

    town.falls_quiet()
    assert before == SENT
    assert order.events().count("Order Shipped") == order.events().count("Order Invoiced") == 1
    assert order.received() == once_of_finops()
    assert order.errors() == []


def _columns(row: dict) -> tuple[str, set[str]]:
    return row["entity"], set(row["columns"])


def _made_ready_last(order: Followed) -> bool:
    """Each row was made unready, and then only released: the header before its lines."""
    rows = order.written_rows()
    made = [row["columns"][READY] for row in rows if row["kind"] == "row_created"]
    released = [row["entity"] for row in rows if row["columns"].get(READY) is True]
    return made == [False] * 3 and released == ["salesorder", "salesorderdetail", "salesorderdetail"]
