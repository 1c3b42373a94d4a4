"""Deliveries and billing documents: what is invoiced, shown pro forma, cancelled (reference: sap.md section 4)."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from itertools import count
from typing import Literal

from sandbox.systems.sap.config import Config
from sandbox.systems.sap.edm import plain_number
from sandbox.systems.sap.events import Event, billing_event
from sandbox.systems.sap.pricing import part, to_cents
from sandbox.systems.sap.sales_orders import SalesOrders
from sandbox.systems.sap.schema import BILLING_DOCUMENT, BILLING_ITEM, BILLING_SERVICE
from sandbox.systems.sap.store import Clock, Row, Store, midnight

Category = Literal["M", "O", "P", "U", "5", "6"]
INVOICE, CANCELLATION, PRO_FORMA = "M", "N", "U"
FIRST_DELIVERY, FIRST_BILLING_DOCUMENT = 80000000, 90000000
_TYPES: Mapping[str, str] = {"M": "F2", "O": "RE", "P": "L2", "U": "F8", "5": "IV", "6": "IG"}
_PRO_FORMA_FOR_ORDER = "F5"


class BillingRefused(Exception):
    """SAP can not bill or cancel that; the text says why."""


@dataclass(frozen=True)
class Share:
    """So much of one order item goes into a billing document."""

    item: Row
    quantity: Decimal


@dataclass(frozen=True)
class Terms:
    """How documents are made. `order_related`: they follow the order itself, without a delivery.

    `header_reference`: the header repeats the customer's reference. `posted`: accounting has taken the document.
    `readable_after_seconds`: the event comes so much earlier than the document can be read.
    """

    category: Category = INVOICE
    type: str = ""
    order_related: bool = False
    header_reference: bool = False
    posted: bool = True
    readable_after_seconds: float = 0.0

    @property
    def document_type(self) -> str:
        if self.category == PRO_FORMA and self.order_related:
            return self.type or _PRO_FORMA_FOR_ORDER
        return self.type or _TYPES[self.category]


class Billing:
    """All billing documents. Only invoices (category M) use up what is open of an order."""

    def __init__(
        self, config: Config, clock: Clock, orders: SalesOrders, publish: Callable[[Iterable[Event]], None]
    ) -> None:
        self.store = Store(BILLING_SERVICE)
        self._config = config
        self._clock = clock
        self._orders = orders
        self._publish = publish
        self._deliveries = count(FIRST_DELIVERY)
        self._numbers = count(FIRST_BILLING_DOCUMENT)
        self._by_order: defaultdict[str, list[Row]] = defaultdict(list)

    def open_shares(self, order: Row) -> list[Share]:
        """All of the order that is neither invoiced nor rejected."""
        items = [item for item in self._orders.items(order) if not item["SalesDocumentRjcnReason"]]
        left = ((item, item["RequestedQuantity"] - self._orders.progress(item).billed) for item in items)
        return [Share(item, quantity) for item, quantity in left if quantity > 0]

    def bill(self, orders: Sequence[Row], shares: Sequence[Share], terms: Terms) -> Row:
        """One document for these shares of these orders, the first of which names the parties."""
        self._check(orders, shares, terms)
        deliveries = {} if terms.order_related else self._delivered(shares, terms)
        number = str(next(self._numbers))
        items = [
            self._put_item(number, position * 10, share, deliveries) for position, share in enumerate(shares, start=1)
        ]
        document = self._put_document(orders[0], items, terms)
        if terms.category == INVOICE:
            self._bill_off(shares)
        for order in orders:
            self._orders.refresh_statuses(order, order_related=terms.order_related)
        self.store.hide(number, from_all=terms.readable_after_seconds)
        self._publish([billing_event("Created", document)])
        return document

    def cancel(self, document: Row) -> Row:
        """The cancellation document; what it cancels is open for billing again."""
        number = document["BillingDocument"]
        if document["BillingDocumentIsCancelled"] or document["SDDocumentCategory"] != INVOICE:
            raise BillingRefused(f"Billing document {number} is already cancelled or no invoice.")
        items = self.items(document)
        document |= {"BillingDocumentIsCancelled": True, "LastChangeDateTime": self._clock.now()}
        cancellation = self._put_cancellation(document, items)
        for billed in items:
            order, item = self._orders.item(billed["SalesDocument"], billed["SalesDocumentItem"])
            self._orders.progress(item).billed -= billed["BillingQuantity"]
            self._orders.refresh_statuses(order, order_related=bool(order["OverallOrdReltdBillgStatus"]))
        self._publish([billing_event("Created", cancellation), billing_event("Canceled", document)])
        return cancellation

    def touch(self, document: Row, times: int) -> None:
        """Somebody changes the document without changing anything that matters, each time with an event."""
        for _ in range(times):
            document["LastChangeDateTime"] = self._clock.now()
            self._publish([billing_event("Changed", document)])

    def items(self, document: Row) -> list[Row]:
        return self.store.children(BILLING_DOCUMENT, document, "to_Item")

    def documents_of(self, order: Row) -> list[Row]:
        """The billing documents with an item of this order, oldest first."""
        return self._by_order[order["SalesOrder"]]

    def _check(self, orders: Sequence[Row], shares: Sequence[Share], terms: Terms) -> None:
        if not shares:
            raise BillingRefused("Nothing is open for billing.")
        if blocked := [order["SalesOrder"] for order in orders if order["TotalBlockStatus"]]:
            raise BillingRefused(f"Sales orders {', '.join(blocked)} are blocked for delivery or billing.")
        if len({(order["SoldToParty"], order["TransactionCurrency"]) for order in orders}) > 1:
            raise BillingRefused("One billing document can't hold orders of different payers or currencies.")
        for share in shares:
            item, billed = share.item, self._orders.progress(share.item).billed
            left = item["RequestedQuantity"] - (billed if terms.category == INVOICE else 0)
            if not 0 < share.quantity <= left:
                name = f"{item['SalesOrder']}/{item['SalesOrderItem']}"
                raise BillingRefused(f"Quantity {share.quantity} of {name} can't be billed; {left} is open.")

    def _delivered(self, shares: Sequence[Share], terms: Terms) -> dict[tuple[str, str], str]:
        """The delivery of each item; what is not delivered yet goes out in one new delivery per order."""
        made: dict[str, str] = {}
        for share in shares:
            progress, order = self._orders.progress(share.item), share.item["SalesOrder"]
            done = progress.billed if terms.category == INVOICE else Decimal(0)
            missing = done + share.quantity - progress.delivered
            if missing > 0:
                made[order] = made.get(order) or str(next(self._deliveries))
                progress.delivered += missing
                progress.delivery = made[order]
        return {_place(share.item): self._orders.progress(share.item).delivery for share in shares}

    def _bill_off(self, shares: Iterable[Share]) -> None:
        for share in shares:
            self._orders.progress(share.item).billed += share.quantity

    def _put_item(self, number: str, position: int, share: Share, deliveries: Mapping[tuple[str, str], str]) -> Row:
        item = share.item
        done, whole = self._orders.progress(item).billed, item["RequestedQuantity"]
        net = part(item["NetAmount"], share.quantity, min(done, whole - share.quantity), whole)
        tax = to_cents(net * self._config.tax_rate)
        order, delivery = item["SalesOrder"], deliveries.get(_place(item))
        values = {
            "BillingDocument": number,
            "BillingDocumentItem": str(position),
            "Material": item["Material"],
            "BillingQuantity": share.quantity,
            "BillingQuantityUnit": item["RequestedQuantityUnit"],
            "NetAmount": net,
            "TaxAmount": tax,
            "GrossAmount": net + tax,
            "TransactionCurrency": item["TransactionCurrency"],
            "SalesDocument": self._shown(order),
            "SalesDocumentItem": item["SalesOrderItem"],
            "SalesSDDocumentCategory": "C",
            "ReferenceSDDocument": self._shown(delivery or order),
            "ReferenceSDDocumentItem": item["SalesOrderItem"],
            "ReferenceSDDocumentCategory": "J" if delivery else "C",
            "OriginSDDocument": self._shown(order),
        }
        return self.store.put(BILLING_ITEM, values)

    def _put_document(self, order: Row, items: Sequence[Row], terms: Terms) -> Row:
        number, state = items[0]["BillingDocument"], "C" if terms.posted and terms.category != PRO_FORMA else "A"
        net = sum((item["NetAmount"] for item in items), Decimal(0))
        tax = sum((item["TaxAmount"] for item in items), Decimal(0))
        values = {
            "BillingDocument": number,
            "SDDocumentCategory": terms.category,
            "BillingDocumentCategory": "P" if terms.category == PRO_FORMA else "L",
            "BillingDocumentType": terms.document_type,
            "TotalNetAmount": net,
            "TaxAmount": tax,
            "TotalGrossAmount": net + tax,
            "TransactionCurrency": order["TransactionCurrency"],
            "SoldToParty": order["SoldToParty"],
            "PayerParty": order["SoldToParty"],
            "CompanyCode": self._config.company_code,
            "PurchaseOrderByCustomer": order["PurchaseOrderByCustomer"] if terms.header_reference else "",
            "DocumentReferenceID": number.zfill(10),
            "OverallBillingStatus": "A",
            "AccountingPostingStatus": state,
            "AccountingTransferStatus": state,
        }
        return self._kept({**values, **self._stamps()}, items)

    def _put_cancellation(self, document: Row, items: Sequence[Row]) -> Row:
        number = str(next(self._numbers))
        for item in items:
            self.store.put(BILLING_ITEM, {**item, "BillingDocument": number})
        own = {
            "BillingDocument": number,
            "SDDocumentCategory": CANCELLATION,
            "BillingDocumentType": "S1",
            "BillingDocumentIsCancelled": False,
            "CancelledBillingDocument": self._shown(document["BillingDocument"]),
            "DocumentReferenceID": document["DocumentReferenceID"],
        }
        return self._kept({**document, **own, **self._stamps()}, items)

    def _kept(self, values: Row, items: Sequence[Row]) -> Row:
        document = self.store.put(BILLING_DOCUMENT, values)
        for number in {plain_number(item["SalesDocument"]) for item in items}:
            self._by_order[number].append(document)
        return document

    def _stamps(self) -> Row:
        now = self._clock.now()
        today = midnight(now)
        return {
            "BillingDocumentDate": today,
            "CreationDate": today,
            "CreationTime": timedelta(seconds=(now - today) // timedelta(seconds=1)),
            "LastChangeDateTime": now,
            "FiscalYear": str(now.year),
        }

    def _shown(self, number: str) -> str:
        """A reference to another document, padded where the system pads them."""
        return number.zfill(10) if self._config.padded_numbers else number


def _place(item: Row) -> tuple[str, str]:
    return item["SalesOrder"], item["SalesOrderItem"]
