"""Finance + Operations > Finance + Operations > Finance + Operations: orders that are only watched."""

from typing import Any

from sandbox.demo.world import Timeline
from tests.e2e.followed import COMPLETED
from tests.e2e.town import Town
from tests.e2e.waiting import until

LINE = {"product": "1000", "quantity": 4, "price": 19.5, "site": "2", "warehouse": "24"}


def _enter(town: Town, number: str, **changes: Any) -> str:
    entered = {"number": number, "company": "USMF", "customer": "US-001", "lines": [LINE, LINE], **changes}
    return town.office.enter(entered)["salesorderid"]


def _position(town: Town, row_id: str) -> str:
    found = town.operator.find("finops", row_id)
    return f"{found['state']} / {found['state_reason']}" if found else "unknown"


def _reaches(town: Town, row_id: str, position: str) -> None:
    until(lambda: _position(town, row_id) == position, f"{row_id} reaches {position}", seen=lambda: _seen(town, row_id))


def _hears(town: Town, row_id: str, event: str) -> None:
    until(lambda: _timeline(town, row_id).has(event), f"{row_id} hears {event}", seen=lambda: _seen(town, row_id))


def _timeline(town: Town, row_id: str) -> Timeline:
    known = town.operator.find("finops", row_id)
    return town.operator.timeline(row_id) if known else Timeline([], [])


def _seen(town: Town, row_id: str) -> list[str]:
    return [event["name"] for event in _timeline(town, row_id).events]


def _written(town: Town, row_id: str) -> list[dict[str, Any]]:
    effects = town.office.effects()
    return [each for each in effects if each["kind"].startswith("row_") and each["id"] == row_id]


def test_an_order_born_in_finops_is_validated_once_confirmed_then_watched_to_its_invoice(town: Town):
    row_id = _enter(town, "SO-700001")
    _reaches(town, row_id, "New / New")
    town.falls_quiet()
    before = _seen(town, row_id)

    town.office.confirm("SO-700001")
    _reaches(town, row_id, "In Progress / Order Validation Success")
    town.office.pick("SO-700001")
    _reaches(town, row_id, "Fulfillment in Process / Picked")
    town.office.pack("SO-700001")
    _reaches(town, row_id, "Fulfillment in Process / Packed")
    town.office.invoice("SO-700001")
    _reaches(town, row_id, COMPLETED)

    town.falls_quiet()
    assert before == ["New Order"]
    assert _seen(town, row_id) == [
        "New Order",
        "Order Confirmed",
        "Validation of Order Header has Succeeded",
        "Validation of Order Lines has Succeeded",
        "Order Picked",
        "Order Shipped",
        "Order Invoiced",
    ]
    assert _written(town, row_id) == []
    assert town.operator.errors(row_id) == []


def test_an_order_that_finops_hurries_through_before_we_look_still_ends_completed(town: Town):
    town.office.callbacks("salesorder/*", lose=9)
    row_id = _enter(town, "SO-700002")
    for act in (town.office.confirm, town.office.pick, town.office.pack):
        act("SO-700002")
    town.office.mended()

    town.office.invoice("SO-700002")
    _reaches(town, row_id, COMPLETED)

    town.falls_quiet()
    assert [name for name in _seen(town, row_id) if name.startswith("Order ")] == [
        "Order Picked",
        "Order Shipped",
        "Order Invoiced",
    ]
    assert _written(town, row_id) == []


def test_an_order_canceled_in_finops_is_canceled_here(town: Town):
    row_id = _enter(town, "SO-700003")
    _reaches(town, row_id, "New / New")

    town.office.cancel("SO-700003")

    _reaches(town, row_id, "Canceled / Canceled")
