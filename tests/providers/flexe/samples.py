"""An order ready to be sent to Flexe, what Flexe makes of it, and the connection to it."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from shared.domain.actions import Provider, ProviderAction
from shared.domain.identity import FLEXE, line_id_for, order_id_for
from shared.domain.orders import Address, FulfillmentOrder, FulfillmentOrderLine, Order, OrderLine
from shared.domain.records import OrderRecord
from shared.providers.flexe.connection import FlexeConnection
from shared.providers.flexe.readings import FlexeOrder, read_order

ORDER_ID = order_id_for("bigcommerce", "10427")
REFERENCE = "BC-10427"
BAG, KETTLE = "30911", "30912"
PORTLAND = Address(
    external_id="501",
    name="Mara Quill",
    line1="12 Harbor Lane",
    line2="Apt 4",
    city="Portland",
    state="Oregon",
    postal_code="97205",
    country="US",
    phone="5035550142",
    email="mara.quill@example.com",
)


def utc_now() -> datetime:
    return datetime.now(UTC)


def a_connection(base_url: str = "https://flexe.example.com", **settings: Any) -> FlexeConnection:
    given = {
        "base_url": base_url,
        "api_token": "sandbox-flexe-token",
        "owner_id": "own_7741",
        "webhook_name": "orders-prod",
        "webhook_secret": "whs-demo-0001",
    }
    return FlexeConnection.model_validate(given | settings)


def a_line(number: int = 1, external_line_id: str = BAG, **facts: Any) -> OrderLine:
    line = OrderLine(
        line_id=line_id_for(ORDER_ID, external_line_id),
        external_line_id=external_line_id,
        number=number,
        sku="BAG-CNV-OLV",
        name="Canvas Field Bag",
        quantity=Decimal(2),
        unit_price=Decimal("24.50"),
        ship_to_id="501",
    )
    return line.with_(**facts)


def a_kettle(**facts: Any) -> OrderLine:
    return a_line(2, KETTLE, sku="KTL-EN-1L", name="Enamel Kettle", quantity=Decimal(1)).with_(**facts)


def a_gift_card() -> OrderLine:
    return a_line(3, "30913", sku="GIFT-50", quantity=Decimal(1), digital=True, ship_to_id="")


def an_order(*lines: OrderLine, **facts: Any) -> Order:
    """Two bags and a kettle, to one address."""
    order = Order(
        order_id=ORDER_ID,
        source="bigcommerce",
        external_id="10427",
        number=REFERENCE,
        addresses=(PORTLAND,),
        lines=lines or (a_line(), a_kettle()),
    )
    return order.with_(**facts)


def sent(order: Order, status: str = "accepted", *, number: str = REFERENCE, flexe_id: str = "obo_1") -> Order:
    """The order once Flexe has it."""
    lines = tuple(FulfillmentOrderLine(line_id=line.line_id, quantity=line.quantity) for line in order.lines)
    fulfillment_order = FulfillmentOrder(
        number=number, fulfiller=FLEXE, external_id=flexe_id, status=status, lines=lines
    )
    return order.with_(fulfillment_orders=(*order.fulfillment_orders, fulfillment_order))


def a_record(order: Order | None = None, **marks: str) -> OrderRecord:
    return OrderRecord(order=order or sent(an_order()), marks=marks)


def a_request(name: str = "send_fulfillment_order", step: str = "Send order to Flexe") -> ProviderAction:
    return ProviderAction(order_id=ORDER_ID, provider=Provider.FLEXE, name=name, step=step, generation=1)


def a_flexe_line(line_id: str = BAG, quantity: Any = 2, shipped: Any = 0, canceled: Any = 0) -> dict[str, Any]:
    return {
        "external_line_id": line_id,
        "sku": "BAG-CNV-OLV" if line_id == BAG else "KTL-EN-1L",
        "quantity": quantity,
        "quantity_shipped": shipped,
        "quantity_cancelled": canceled,
    }


def a_parcel(parcel_id: str = "shp_1", lines: dict[str, Any] | None = None, **facts: Any) -> dict[str, Any]:
    """By default with everything in it."""
    units = {BAG: 2, KETTLE: 1} if lines is None else lines
    parcel = {
        "id": parcel_id,
        "carrier": "UPS",
        "tracking_numbers": [f"1Z-{parcel_id}"],
        "warehouse_id": "wh_12",
        "lines": [{"external_line_id": line_id, "quantity": n} for line_id, n in units.items()],
    }
    return parcel | facts


def raw_order(status: str = "accepted", **facts: Any) -> dict[str, Any]:
    """The order resource as Flexe shows it; what its parcels hold counts as shipped."""
    raw = {
        "id": "obo_1",
        "owner_id": "own_7741",
        "external_order_id": REFERENCE,
        "status": status,
        "created_at": "2026-01-01T12:00:20Z",
        "updated_at": "2026-01-02T09:31:00Z",
        "cancel_reason": None,
        "lines": [a_flexe_line(), a_flexe_line(KETTLE, 1)],
        "shipments": [],
    }
    return raw | facts


def seen(status: str = "accepted", *parcels: dict[str, Any], **facts: Any) -> FlexeOrder:
    return read_order(raw_order(status, shipments=[*parcels], **facts), a_connection().status)
