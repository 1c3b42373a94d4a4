"""An order ready to be sent to F&O, and the rows F&O makes of it."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from pydantic import HttpUrl, SecretStr

from shared.domain.actions import ActionOutcome, Provider, ProviderAction
from shared.domain.identity import line_id_for, order_id_for
from shared.domain.orders import (
    BACKORDER_HOLD,
    Address,
    FulfillmentSource,
    LineHold,
    Order,
    OrderLine,
    Shipment,
    ShipmentItem,
)
from shared.domain.progress import advance
from shared.domain.records import OrderRecord
from shared.providers.finops.connection import DataverseConnection

ORDER_ID = order_id_for("bigcommerce", "10427")
SEATTLE = Address(
    external_id="501",
    name="Ada Lindström",
    line1="1 Pine St",
    city="Seattle",
    state="Washington",
    postal_code="98101",
    country="US",
    phone="+1 206 555 0100",
)

ENTERED_LINES = [
    {"product": "1000", "quantity": 4, "price": 19.5, "site": "2", "warehouse": "24"},
    {"product": "KTL-EN-1L", "quantity": 0.5, "price": 60.25, "site": "1", "warehouse": "13"},
]
ENTERED = {
    "number": "SO-000123",
    "company": "USMF",
    "customer": "US-001",
    "invoice_customer": "US-007",
    "currency": "EUR",
    "ship_to": {"name": "Birch Works", "line1": "9 Mill Road", "city": "Tacoma", "country": "US"},
    "lines": ENTERED_LINES,
}


def connection(base_url: str = "https://contoso.crm4.dynamics.com", **changes: Any) -> DataverseConnection:
    settings: dict[str, Any] = {
        "base_url": HttpUrl(base_url),
        "token_url": HttpUrl("https://login.microsoftonline.com/6f1c/oauth2/v2.0/token"),
        "client_id": "0b8d7b6a",
        "client_secret": SecretStr("s3cret"),
        "webhook_key": SecretStr("kéy"),
    }
    return DataverseConnection(**settings | changes)


def a_line(number: int = 1, **changes: Any) -> OrderLine:
    line = OrderLine(
        line_id=line_id_for(ORDER_ID, str(number)),
        external_line_id=str(number),
        number=number,
        sku="BAG-CNV-OLV",
        product="BAG-CNV-OLV",
        unit="ea",
        quantity=Decimal(2),
        unit_price=Decimal("24.50"),
        ship_to_id="501",
        company="USMF",
        shipping_site="2",
        shipping_warehouse="24",
    )
    return line.with_(**changes)


def an_order(lines: int | tuple[OrderLine, ...] = 2, **changes: Any) -> Order:
    """By default with as many equal lines as said."""
    order = Order(
        order_id=ORDER_ID,
        source="bigcommerce",
        external_id="10427",
        number="BC-10427",
        currency="USD",
        customer_name="Ada Lindström",
        addresses=(SEATTLE,),
        lines=lines if isinstance(lines, tuple) else tuple(a_line(number) for number in range(1, lines + 1)),
        company="USMF",
        invoice_customer="US-007",
        shipping_site="2",
        shipping_warehouse="24",
    )
    return order.with_(**changes)


def a_bad_line_of_three() -> Order:
    """Site 1 has no warehouse 24: only F&O knows that."""
    return an_order((a_line(1), a_line(2, shipping_site="1", sku="BAD"), a_line(3)))


def a_request(name: str, order: Order, generation: int = 1) -> ProviderAction:
    return ProviderAction(
        order_id=order.order_id,
        provider=Provider.FINOPS,
        name=name,
        step=name.replace("_", " ").capitalize(),
        generation=generation,
    )


def a_record(order: Order | None = None, **marks: str) -> OrderRecord:
    return OrderRecord(order=order or an_order(), marks=marks)


def a_header_row(status: int | None, **columns: Any) -> dict[str, Any]:
    return {"salesorderid": ORDER_ID, "msdyn_processingstatus": status, "statecode": 0, "statuscode": 1, **columns}


def a_line_row(number: int = 1, status: int = 192350001, **columns: Any) -> dict[str, Any]:
    return {
        "salesorderdetailid": line_id_for(ORDER_ID, str(number)),
        "sequencenumber": number,
        "quantity": 2.0,
        "quantityshipped": None,
        "msdyn_linestatus": status,
        "tracking_number": None,
        "carrier": None,
        **columns,
    }


def sourced(line: OrderLine, site: str | None = "1", warehouse: str | None = "13", **facts: Any) -> OrderLine:
    """A line that policies have left without a place, from a source that is this place in F&O."""
    source = FulfillmentSource(name="Tacoma", shipping_site=site, shipping_warehouse=warehouse, **facts)
    return line.with_(shipping_site=None, shipping_warehouse=None, fulfillment_source=source)


def held(line: OrderLine) -> OrderLine:
    return line.with_(hold=LineHold(reason=BACKORDER_HOLD, since=datetime(2024, 5, 1, tzinfo=UTC)))


def a_parcel(*items: tuple[OrderLine, Decimal | int], tracking_number: str = "1ZA", **changes: Any) -> Shipment:
    parts = tuple(ShipmentItem(line_id=line.line_id, quantity=Decimal(units)) for line, units in items)
    return Shipment(tracking_number=tracking_number, carrier="ups", items=parts).with_(**changes)


def updated(outcome: ActionOutcome, order: Order) -> Order:
    """The order once the outcome is stored."""
    assert outcome.update is not None
    return outcome.update(order)


def canceled(outcome: ActionOutcome, order: Order) -> dict[int, Decimal]:
    """Units by line number, once the outcome of a success is stored."""
    assert outcome.result.success
    assert outcome.report is not None
    after, _ = advance(order, outcome.report)
    return {line.number: line.quantity_canceled for line in after.lines if line.quantity_canceled}


class Clock:
    """A clock that stands still until it is set forward."""

    def __init__(self) -> None:
        self.now = datetime(2024, 5, 3, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now
