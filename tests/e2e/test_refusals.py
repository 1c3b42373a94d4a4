"""Each step's way of saying no: the order is held, the reason is told, and mending the cause lets it go on."""

from typing import Any, NamedTuple

import httpx
import pytest

from tests.e2e.followed import (
    ASSIGNMENT,
    CANCELED,
    COMPLETED,
    SENDING,
    SENT,
    TELL_SHIPPED,
    VALIDATION,
    Followed,
    held_at,
    once,
)
from tests.e2e.town import Town

JAPAN = {"country": "Japan", "country_iso2": "JP", "zip": "100-0001"}
US_ADDRESS = {"country": "United States", "country_iso2": "US", "zip": "97205"}


def _errors(order: Followed, kind: str) -> list[str]:
    assert [error["kind"] for error in order.errors()] == [kind]
    return [error["message"] for error in order.errors()]


class ByPolicy(NamedTuple):
    """Which step refuses an address with `wrong` in it, naming which field and value, and what the merchant writes."""

    step: str
    wrong: dict[str, str]
    named: tuple[str, str | None]
    right: dict[str, str]


NO_STREET = ByPolicy(VALIDATION, {"street_1": ""}, ("ship_to.line1", ""), {"street_1": "12 Harbor Lane"})
NO_RULE = ByPolicy(ASSIGNMENT, JAPAN, ("company", None), US_ADDRESS)


@pytest.mark.parametrize("refusal", [NO_STREET, NO_RULE])
def test_an_order_refused_by_policy_goes_on_once_the_store_has_it_right(town: Town, refusal: ByPolicy):
    written = town.order()
    written["shipping_addresses"][0] |= refusal.wrong
    order = town.place(written).reaches(held_at(refusal.step))
    [message] = _errors(order, "orchestration_step")
    problems = order.problems()
    town.falls_quiet()
    effects = order.effects()

    written["shipping_addresses"][0] |= refusal.right
    town.shop.place(written)
    still = order.position()
    clicks = order.operator.reprocess(order.order_id, times=2)
    order.completes()

    assert refusal.named in problems
    assert refusal.named[0] in message
    assert effects == []
    assert still == held_at(refusal.step)
    assert clicks == [202, 202]
    tries = [(generation, success) for step, generation, success in order.steps() if step == refusal.step]
    assert tries == [(1, False), (2, True)]
    assert order.received() == once()
    assert order.errors() == []


def test_a_site_that_does_not_exist_is_named_and_the_order_is_sent_once_it_does(town: Town):
    [site] = [row for row in town.office.rows("msdyn_operationalsites") if row["msdyn_siteid"] == "3"]
    town.office.remove_row("msdyn_operationalsites", site["msdyn_operationalsiteid"])
    order = town.place(country="DE").reaches(held_at(SENDING))
    [message] = _errors(order, "provider_action")

    town.office.put_row("msdyn_operationalsites", _as_written(site, "msdyn_operationalsiteid", "msdyn_siteid"))
    assert order.operator.reprocess(order.order_id) == [202]
    order.completes()

    assert "site '3' does not exist in company DEMF" in message
    assert order.received() == once()
    assert order.errors() == []


def test_what_dual_write_says_no_to_is_told_in_its_words(town: Town):
    [warehouse] = [row for row in town.office.rows("msdyn_warehouses") if row["msdyn_warehouseidentifier"] == "31"]
    _move_warehouse(town, warehouse, site="1")
    order = town.place(country="DE").reaches(held_at(SENDING))
    [message] = _errors(order, "provider_action")

    _move_warehouse(town, warehouse, site="3")
    assert order.operator.reprocess(order.order_id) == [202]
    order.completes()

    assert "Warehouse 31 does not belong to site 3 in company DEMF" in message
    assert order.received() == once()
    assert order.errors() == []


def test_a_store_order_that_was_cancelled_meanwhile_is_not_called_shipped(town: Town):
    order = town.place().reaches(SENT).is_picked()
    town.falls_quiet()  # no message of the picking is left that would find it packed
    town.office.callbacks("*", lose=100)
    town.office.pack(order.number)
    town.shop.cancels(order.external_id)
    order.hears("Order Cancellation Refused")
    town.office.mended()
    town.operator.runs("pull_dataverse_changes")
    order.reaches(held_at(TELL_SHIPPED))
    told = {error["kind"]: error["message"] for error in order.errors()}
    before = order.received()

    town.shop.status(order.external_id, 11)
    clicks = order.operator.reprocess(order.order_id, times=8)
    order.succeeds(TELL_SHIPPED).is_invoiced().reaches(COMPLETED)

    town.falls_quiet()
    assert "5 (Cancelled)" in told["provider_action"]
    assert "was to be canceled, but has shipped" in told["inbound"]
    assert (before["shipments"], before["status_writes"]) == (0, [])
    assert clicks == [202] * 8
    assert order.events().count("Reprocess Requested") == 1
    assert order.received() == once()


def test_an_order_refunded_once_it_has_shipped_ends_refunded(town: Town):
    order = town.place().reaches(SENT).is_picked().is_packed()
    town.shop.refunds(order.external_id)
    order.hears("Order Alert")

    order.is_invoiced().reaches(COMPLETED)

    town.falls_quiet()
    assert order.store_status() == 4
    assert order.events().count("Order Alert") == 2
    assert order.told() == [f"order {order.number} was canceled in bigcommerce after it had shipped"]
    assert order.received() == once(status_writes=(2,))


def test_canceling_an_order_on_hold_ends_it(town: Town):
    written = town.order()
    written["shipping_addresses"][0] |= JAPAN
    order = town.place(written).reaches(held_at(ASSIGNMENT))

    canceled = order.operator.asks("POST", f"orders/{order.order_id}/cancel")
    order.reaches(CANCELED)
    town.falls_quiet()

    assert canceled.status_code == 202
    assert order.effects() == []
    refused = order.operator.asks("POST", f"orders/{order.order_id}/reprocess")
    _is_problem(refused, 409, order.number)


def test_a_store_order_that_is_cancelled_before_it_is_sent_ends_here_too(town: Town):
    written = town.order()
    written["shipping_addresses"][0] |= JAPAN
    order = town.place(written).reaches(held_at(ASSIGNMENT))

    town.shop.cancels(order.external_id)

    order.reaches(CANCELED)
    town.falls_quiet()
    assert order.effects() == []


def test_what_makes_no_sense_is_refused_with_a_reason(town: Town):
    order = town.place().reaches(SENT)
    unknown = "00000000-0000-0000-0000-000000000000"
    ask = town.operator.asks

    for method, path in (("GET", ""), ("GET", "/timeline"), ("POST", "/reprocess"), ("POST", "/cancel")):
        _is_problem(ask(method, f"orders/{unknown}{path}"), 404, unknown)
    _is_problem(ask("POST", f"orders/{order.order_id}/reprocess"), 409, "on hold")
    _is_problem(ask("GET", "errors", params={"kind": "imagined"}), 400, "imagined")
    _is_problem(ask("GET", "orders", params={"limit": "many"}), 400, "many")
    assert order.position() == SENT


def _is_problem(answer: httpx.Response, status: int, detail: str) -> None:
    """Problem JSON (RFC 9457) of that status that says so."""
    assert (answer.status_code, answer.headers["Content-Type"]) == (status, "application/problem+json")
    assert answer.json()["status"] == status
    assert detail in answer.json()["detail"]


def _as_written(row: dict[str, Any], *columns: str) -> dict[str, Any]:
    return {
        **{name: row[name] for name in columns},
        "msdyn_company@odata.bind": f"/cdm_companies({row['_msdyn_company_value']})",
    }


def _move_warehouse(town: Town, warehouse: dict[str, Any], *, site: str) -> None:
    [row] = [row for row in town.office.rows("msdyn_operationalsites") if row["msdyn_siteid"] == site]
    there = {"msdyn_operationalsite@odata.bind": f"/msdyn_operationalsites({row['msdyn_operationalsiteid']})"}
    town.office.put_row("msdyn_warehouses", {"msdyn_warehouseid": warehouse["msdyn_warehouseid"], **there})
