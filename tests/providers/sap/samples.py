"""An order that has shipped, what SAP calls its parts, and the stand-in as the people in SAP see it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import requests

from sandbox.systems.kit import serve
from sandbox.systems.sap import Config, create_app
from shared.domain.actions import Provider, ProviderAction
from shared.domain.identity import line_id_for, order_id_for
from shared.domain.mappings import IdMappings, MappedProduct
from shared.domain.orders import Order, OrderLine, Shipment, ShipmentItem
from shared.providers.sap.client import SapClient
from shared.providers.sap.connection import SapConnection
from shared.providers.session import Exchange

ORDER_ID = order_id_for("finops", "5f0e9a55-3d0f-5c1f-8a1e-0a8fb2b07d5c")
REFERENCE = "USMF-000123"
SECONDS_TO_ANSWER = 10.0
MAPPINGS = IdMappings(
    system="sap",
    keys="internal",
    products={
        "P-BAG": MappedProduct(product="BAG-CNV-OLV"),
        "P-KETTLE": MappedProduct(product="KTL-EN-1L"),
        "P-SAMPLE": MappedProduct(product="1000", unit="PC"),
    },
    units={"ea": "PC"},
    accounts={"US-007": "10100555"},
)


def settings(base_url: str = "https://my000001-api.s4hana.example.com", **changes: Any) -> dict[str, Any]:
    """Of a connection that signs in with Basic."""
    given = {"base_url": base_url, "user": Config().user, "password": Config().password, "webhook_secret": "s3crét"}
    return given | changes


def connection(base_url: str = "https://my000001-api.s4hana.example.com", **changes: Any) -> SapConnection:
    return SapConnection.model_validate(settings(base_url, **changes))


def a_line(order_id: str = ORDER_ID, number: int = 1, product: str | None = "P-BAG", **facts: Any) -> OrderLine:
    line = OrderLine(
        line_id=line_id_for(order_id, str(number)),
        external_line_id=str(number),
        number=number,
        sku="BAG",
        product=product,
        unit="ea",
        quantity=Decimal(2),
        unit_price=Decimal("24.50"),
    )
    return line.with_(**facts)


def an_order(*lines: OrderLine, order_id: str = ORDER_ID, number: str = "000123", **facts: Any) -> Order:
    """By default two bags and a kettle, of which nothing has shipped."""
    order = Order(
        order_id=order_id,
        source="finops",
        external_id=order_id,
        number=number,
        placed_at=datetime(2026, 1, 1, 9, 30, tzinfo=UTC),
        currency="USD",
        company="USMF",
        invoice_customer="US-007",
        lines=lines or (a_line(order_id), a_line(order_id, 2, "P-KETTLE", quantity=Decimal(1), unit_price=Decimal(60))),
    )
    return order.with_(**facts)


def shipped_whole(order: Order) -> Order:
    """What is left of every line has left."""
    items = tuple(
        ShipmentItem(line_id=line.line_id, quantity=line.quantity - line.quantity_canceled)
        for line in order.lines
        if line.alive and not line.digital
    )
    return order.with_(shipments=(Shipment(shipment_id="1", tracking_number="1Z", items=items),))


def a_request(order: Order | None = None, generation: int = 1) -> ProviderAction:
    return ProviderAction(
        order_id=order.order_id if order else ORDER_ID,
        provider=Provider.SAP,
        name="send_to_invoice",
        step="Send to invoice",
        generation=generation,
    )


@dataclass
class RecordingLinks:
    """`Links` that keep what is linked."""

    linked: list[tuple[str, str, str]] = field(default_factory=list)

    def link(self, order_id: str, system: str, external_id: str) -> None:
        self.linked.append((order_id, system, external_id))


class Clock:
    """Stands still until it is set forward."""

    def __init__(self) -> None:
        self.now = datetime.now(UTC)

    def __call__(self) -> datetime:
        return self.now

    def forward(self, by: timedelta) -> None:
        self.now += by


class Sap:
    """What happens in SAP without us, and clients of ours to it."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.exchanges: list[Exchange] = []
        self._http = requests.Session()
        self._clients: list[SapClient] = []

    def control(self, method: str, path: str, body: Any = None) -> Any:
        answer = self._http.request(method, f"{self.url}/_control{path}", json=body, timeout=SECONDS_TO_ANSWER)
        assert answer.ok, answer.text
        return answer.json() if answer.content else None

    def client(self, clock: Clock | None = None, **changes: Any) -> SapClient:
        """Closed together with the stand-in."""
        made = SapClient.connect(connection(self.url, **changes), clock or Clock(), self.exchanges.append)
        self._clients.append(made)
        return made

    @property
    def calls(self) -> list[tuple[str, int | None]]:
        """Everything our clients have asked, without the service's name, and the answers' statuses."""
        return [(f"{call.split()[0]} {call.split('_SRV', 1)[1]}", status) for call, status in self._told]

    @property
    def _told(self) -> list[tuple[str, int | None]]:
        return [(exchange.call, exchange.status) for exchange in self.exchanges]

    @property
    def created(self) -> list[dict[str, Any]]:
        """Sales orders made through the service."""
        return self.control("GET", "/effects?kind=sales_order_created")["effects"]

    def enter_order(self, reference: str = REFERENCE, **wishes: Any) -> str:
        """A clerk enters two bags and a kettle; the order's number."""
        items = [("10", "BAG-CNV-OLV", "2"), ("20", "KTL-EN-1L", "1")]
        body = {
            "SalesOrderType": "OR",
            "SalesOrganization": "1010",
            "DistributionChannel": "10",
            "OrganizationDivision": "00",
            "SoldToParty": "10100555",
            "PurchaseOrderByCustomer": reference,
            "to_Item": [
                {"SalesOrderItem": number, "Material": material, "RequestedQuantity": quantity}
                for number, material, quantity in items
            ],
        }
        return self.control("POST", "/orders", body | wishes)["SalesOrder"]

    def order(self, number: str) -> dict[str, Any]:
        return self.control("GET", f"/orders/{number}")

    def bill(self, sales_order: str, **wish: Any) -> list[str]:
        """The numbers of the new billing documents."""
        documents = self.control("POST", f"/orders/{sales_order}/invoice", wish)["documents"]
        return [document["BillingDocument"] for document in documents]

    def cancel(self, sales_order: str, document: str = "") -> str:
        """The number of the cancellation document."""
        wish = {"billing_document": document}
        return self.control("POST", f"/orders/{sales_order}/cancel-invoice", wish)["documents"][0]["BillingDocument"]

    def break_call(self, call: str, times: int = 1, **fault: Any) -> None:
        self.control("POST", "/faults", {"call": call, "fault": fault, "times": times})

    def reset(self) -> None:
        self.control("POST", "/reset", {"registrations": True})
        self.exchanges.clear()

    def close(self) -> None:
        for client in self._clients:
            client.close()
        self._http.close()


@contextmanager
def sap_with(**config: Any) -> Iterator[Sap]:
    """A system of its own."""
    with serve(create_app(Config(**config))) as url:
        sap = Sap(url)
        yield sap
        sap.close()
