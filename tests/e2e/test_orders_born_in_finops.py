"""Finance + Operations > Finance + Operations > Finance + Operations: orders that are only watched."""

from typing import Any

from tests.e2e.followed import (
    CANCELED,
    COMPLETED,
    NEW,
    PACKED,
    SENT,
    STATUS_SENDING,
    VALIDATED,
    VALIDATED_EVENTS,
    VALIDATION,
    once_of_finops,
)
from tests.e2e.town import F_AND_O_SHIPS, Town
from tests.e2e.waiting import until

ONLY_WATCHED = once_of_finops(flexe_orders=0)


def test_an_order_born_in_finops_is_validated_once_confirmed_then_watched_to_its_invoice(town: Town):
    order = town.enter(F_AND_O_SHIPS).reaches(NEW)
    town.falls_quiet()
    before = order.events()

    order.is_confirmed().reaches(VALIDATED).is_picked()
    town.office.pack(order.number)
    order.reaches(PACKED)
    town.office.invoice(order.number)
    order.reaches(COMPLETED)

    town.falls_quiet()
    assert before == ["New Order"]
    assert order.events() == [
        "New Order",
        "Order Confirmed",
        *VALIDATED_EVENTS,
        "Order Picked",
        "Order Shipped",
        "Order Invoiced",
    ]
    assert order.steps() == [(VALIDATION, 1, True)]
    assert order.written_rows() == []
    assert order.received() == ONLY_WATCHED
    assert order.errors() == []


def test_what_is_added_and_changed_in_finops_until_the_confirmation_goes_to_flexe(town: Town):
    order = town.enter().reaches(NEW)
    first, second = town.office.lines(order.order_id)

    town.office.put_row("salesorderdetails", {"salesorderdetailid": first["salesorderdetailid"], "quantity": 6})
    town.office.put_row("salesorderdetails", _another_line(second, quantity=2))
    order.is_confirmed().reaches(SENT)

    town.falls_quiet()
    [at_flexe] = order.flexe_orders()
    assert [(line["sku"], line["quantity"]) for line in at_flexe["lines"]] == [
        ("1000", 6),
        ("KTL-EN-1L", 1),
        ("KTL-EN-1L", 2),
    ]
    assert order.events().count("Order Confirmed") == 1
    order.is_shipped_by_flexe().succeeds(STATUS_SENDING)
    assert [line["deliver_now"] for line in town.office.order(order.number)["lines"]] == [6, 1, 2]
    assert order.errors() == []


def _another_line(like: dict[str, Any], quantity: float) -> dict[str, Any]:
    """A row of the same order with the same product from the same place."""
    columns = {name: like[name] for name in ("priceperunit", "ispriceoverridden", "msdyn_isreadytosync")}
    bound = {
        "salesorderid": "salesorders",
        "productid": "products",
        "uomid": "uoms",
        "msdyn_company": "cdm_companies",
        "msdyn_shippingsite": "msdyn_operationalsites",
        "msdyn_shippingwarehouse": "msdyn_warehouses",
    }
    lookups = {f"{name}@odata.bind": f"/{table}({like[f'_{name}_value']})" for name, table in bound.items()}
    return {**columns, **lookups, "quantity": quantity, "sequencenumber": like["sequencenumber"] + 1}


def test_an_order_that_finops_hurries_through_before_we_look_still_ends_completed(town: Town):
    town.office.callbacks("salesorder/*", lose=9)
    order = town.enter(F_AND_O_SHIPS)
    for act in (town.office.confirm, town.office.pick, town.office.pack):
        act(order.number)
    town.office.mended()

    town.office.invoice(order.number)
    order.reaches(COMPLETED)

    town.falls_quiet()
    happened = [name for name in order.events() if name.startswith("Order ")]
    assert happened == ["Order Picked", "Order Shipped", "Order Invoiced"]
    assert order.received() == ONLY_WATCHED


def test_an_order_canceled_in_finops_is_canceled_here(town: Town):
    order = town.enter(F_AND_O_SHIPS).reaches(NEW)

    town.office.cancel(order.number)

    order.reaches(CANCELED)
    town.falls_quiet()
    assert order.written_rows() == []


def test_an_order_canceled_between_our_looks_at_its_header_and_at_its_lines_is_canceled_here(town: Town):
    order = town.enter(F_AND_O_SHIPS).reaches(NEW)
    town.falls_quiet()
    town.office.fails("GET /api/data/v9.2/salesorderdetails", delay_seconds=2)
    town.office.put_row("salesorders", {"salesorderid": order.order_id, "msdyn_processingstatus": 192350000})
    until(lambda: not town.office.armed(), "the app waits for the lines", seen=town.office.armed)
    town.office.callbacks("salesorder/Update", delay_seconds=4)

    town.office.cancel(order.number)

    order.reaches(CANCELED)
    town.falls_quiet()
    assert order.events().count("Order Canceled") == 1
