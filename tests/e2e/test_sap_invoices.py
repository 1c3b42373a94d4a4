"""Finance + Operations > Flexe > SAP: what SAP invoices completes the order, and nothing else does."""

import pytest

from tests.e2e.followed import (
    AT_FLEXE_EVENTS,
    COMPLETED,
    FLEXE_SENDING,
    INVOICING,
    PACKED,
    VALIDATED_EVENTS,
    VALIDATION,
    Followed,
    held_at,
    once_of_finops,
)
from tests.e2e.town import FLEXE_SHIPS_SAP_INVOICES, Town
from tests.e2e.waiting import until

ONCE = once_of_finops(sap_orders=1)


@pytest.fixture
def in_sap(town: Town) -> Followed:
    """An order that has shipped, and that SAP is to invoice."""
    [order] = _shipped(town)
    return order.succeeds(INVOICING)


def _shipped(town: Town, count: int = 1) -> list[Followed]:
    orders = [town.enter(FLEXE_SHIPS_SAP_INVOICES) for _ in range(count)]
    for order in orders:
        order.is_confirmed()
    for order in orders:
        order.succeeds(FLEXE_SENDING)
    return [order.is_shipped_by_flexe() for order in orders]


def _documents(town: Town, order: Followed) -> list[str]:
    return [each["BillingDocument"] for each in town.accounting.order(order.in_sap())["billing_documents"]]


def test_an_order_shipped_by_flexe_is_completed_by_sap_s_invoice_and_not_again_by_a_late_one_of_f_and_o(town: Town):
    order = town.enter(FLEXE_SHIPS_SAP_INVOICES).is_confirmed().succeeds(FLEXE_SENDING)
    order.is_shipped_by_flexe().succeeds(INVOICING)
    before = order.position()

    town.accounting.invoice(order.in_sap())
    order.reaches(COMPLETED)
    town.falls_quiet()
    events = order.events()
    town.office.invoice(order.number)

    town.falls_quiet()
    sales_order = town.accounting.order(order.in_sap())
    assert before == PACKED
    assert order.events() == events
    assert events == [
        "New Order",
        "Order Confirmed",
        *VALIDATED_EVENTS,
        *AT_FLEXE_EVENTS,
        "Order Shipped",
        "Send Order to Billing Provider has Succeeded",
        "Order Invoiced",
    ]
    assert order.events(outcome="ignored") == []
    assert order.steps() == [(step, 1, True) for step in (VALIDATION, FLEXE_SENDING, INVOICING)]
    assert order.position() == COMPLETED
    assert order.received() == ONCE
    assert order.written_rows() == []
    assert (sales_order["SoldToParty"], sales_order["PurchaseOrderByCustomer"]) == ("10100555", f"USRT-{order.number}")
    assert [(item["Material"], item["RequestedQuantity"]) for item in sales_order["items"]] == [
        ("1000", "4"),
        ("KTL-EN-1L", "1"),
    ]
    assert float(sales_order["TotalNetAmount"]) == 4 * 19.5 + 60
    assert order.errors() == []


def test_events_complete_the_order_in_every_mode_of_cloud_events(town: Town):
    orders = dict(zip(("json", "binary", "batch"), _shipped(town, 3), strict=True))
    secret = town.sandbox.credentials.sap_webhook_secret

    for mode, order in orders.items():
        with town.accounting.speaking(mode, secret):
            town.accounting.invoice(order.succeeds(INVOICING).in_sap())
            order.reaches(COMPLETED)

    assert [order.received() for order in orders.values()] == [ONCE] * 3


def test_the_app_lets_a_broker_send_to_it_and_believes_only_who_knows_the_secret(town: Town, in_sap: Followed):
    ask, origin = town.operator.asks, {"WebHook-Request-Origin": "mesh.example", "WebHook-Request-Rate": "120"}
    town.accounting.callbacks("BillingDocument/*", lose=1)
    town.accounting.invoice(in_sap.in_sap())
    [number] = _documents(town, in_sap)
    event = {"id": "1", "source": "/sap", "specversion": "1.0", "data": {"BillingDocument": number}}
    event["type"] = "sap.s4.beh.billingdocument.v1.BillingDocument.Created.v1"
    right = {"X-Webhook-Secret": town.sandbox.credentials.sap_webhook_secret}

    def answer(headers: dict[str, str], **changes: object) -> int:
        return ask("POST", "webhooks/sap", json=event | changes, headers=headers).status_code

    allowed, silent = ask("OPTIONS", "webhooks/sap", headers=origin), ask("OPTIONS", "webhooks/sap")
    refused = [answer({}), answer({"X-Webhook-Secret": "guessed"})]
    malformed = [answer(right, specversion="0.1"), answer(right, data={}), answer(right, id=None)]
    ignored = [answer(right, type="sap.s4.beh.salesorder.v1.SalesOrder.Created.v1"), answer(right, type="other")]
    town.falls_quiet()
    still = in_sap.position()

    assert allowed.status_code == 200
    assert allowed.headers["WebHook-Allowed-Origin"] == "*"
    assert silent.status_code == 400  # no origin asks
    assert (refused, malformed, ignored) == ([401] * 2, [400] * 3, [204] * 2)
    assert still == PACKED
    assert answer(right) == 202
    in_sap.reaches(COMPLETED)


def test_a_sales_order_whose_answer_is_lost_is_found_again_and_not_made_twice(town: Town):
    town.accounting.fails("POST /A_SalesOrder", drop="after")
    town.accounting.fails("POST /A_SalesOrder", status=503, body="<html>maintenance</html>")
    first, second = _shipped(town, 2)

    for order in (first, second):
        order.succeeds(INVOICING)
        town.accounting.invoice(order.in_sap())
        order.reaches(COMPLETED)

    town.falls_quiet()
    assert town.accounting.armed() == []
    assert [order.received() for order in (first, second)] == [ONCE] * 2
    assert [order.errors() for order in (first, second)] == [[], []]


def test_only_invoices_count_each_once_until_all_is_invoiced(town: Town, in_sap: Followed):
    number = in_sap.in_sap()
    town.accounting.pro_forma(number)
    town.falls_quiet()
    after_the_pro_forma = (in_sap.position(), in_sap.events()[-1])

    town.accounting.callbacks("BillingDocument/*", duplicate=3)
    town.accounting.invoice_in_documents(number, {"10": 3, "20": 1})
    in_sap.hears("Order Lines Invoiced")
    town.falls_quiet()
    in_part = in_sap.position()
    town.accounting.repeats(_documents(town, in_sap)[-1], new_id=True)
    town.accounting.invoice(number)
    in_sap.reaches(COMPLETED)
    for document in _documents(town, in_sap):
        town.accounting.repeats(document)

    town.falls_quiet()
    assert after_the_pro_forma == (PACKED, "Send Order to Billing Provider has Succeeded")
    assert in_part == PACKED
    assert in_sap.events()[-2:] == ["Order Lines Invoiced", "Order Invoiced"]
    assert in_sap.position() == COMPLETED
    assert in_sap.received() == ONCE


def test_an_invoice_that_is_canceled_and_made_again_counts_once(town: Town, in_sap: Followed):
    number = in_sap.in_sap()
    town.accounting.invoice_in_documents(number, {"10": 4})
    in_sap.hears("Order Lines Invoiced")
    town.accounting.cancel_invoice(number)
    in_sap.hears("Order Alert")
    town.falls_quiet()
    canceled = (in_sap.position(), [line["quantity_invoiced"] for line in in_sap.facts()["lines"]])
    town.accounting.invoice_in_documents(number, {"20": 1})
    town.accounting.invoice(number)
    in_sap.reaches(COMPLETED)

    town.accounting.cancel_invoice(number)
    until(in_sap.told, "a person is told", seen=in_sap.events)
    told = in_sap.told()
    town.accounting.invoice(number)

    town.falls_quiet()
    [message] = told
    assert canceled == (PACKED, ["0", "0"])
    assert "was completed, but is not invoiced any more" in message
    assert in_sap.told() == []
    assert in_sap.position() == COMPLETED
    assert in_sap.events().count("Order Invoiced") == 1
    assert in_sap.received() == ONCE


def test_an_invoice_of_which_no_event_comes_is_found_by_the_timer(town: Town, in_sap: Followed):
    town.accounting.callbacks("*", lose=100)
    town.accounting.invoice(in_sap.in_sap())
    town.falls_quiet()
    unheard = in_sap.position()

    for _ in range(2):
        town.operator.runs("pull_sap_billing_documents")
        in_sap.reaches(COMPLETED)

    town.falls_quiet()
    assert unheard == PACKED
    assert in_sap.events().count("Order Invoiced") == 1
    assert in_sap.received() == ONCE


def test_a_customer_without_a_name_in_sap_is_named_and_nothing_is_made_there(town: Town):
    _another_customer(town, "RT-002")
    order = town.enter({**FLEXE_SHIPS_SAP_INVOICES, "customer": "RT-002"}).is_confirmed().succeeds(FLEXE_SENDING)

    order.is_shipped_by_flexe().reaches(held_at(INVOICING))

    town.falls_quiet()
    [message] = order.told()
    assert "account 'RT-002' has no name in sap" in message
    assert order.received() == once_of_finops()


def _another_customer(town: Town, account: str) -> None:
    [known] = [row for row in town.office.rows("accounts") if row["accountnumber"] == "RT-001"]
    company = {"msdyn_company@odata.bind": f"/cdm_companies({known['_msdyn_company_value']})"}
    town.office.put_row("accounts", {"accountnumber": account, "name": account, **company})
