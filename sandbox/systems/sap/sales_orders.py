"""Sales orders: entered, priced, changed, deleted; what SAP refuses about them (reference: sap.md section 3)."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal
from itertools import count
from typing import Any, NamedTuple

from sandbox.systems.sap.config import Config
from sandbox.systems.sap.edm import plain_number
from sandbox.systems.sap.errors import ODataError
from sandbox.systems.sap.events import Event, sales_order_event
from sandbox.systems.sap.payload import Wish
from sandbox.systems.sap.pricing import item_net, spread
from sandbox.systems.sap.schema import (
    HEADER_CONDITION,
    ITEM_CONDITION,
    PARTNER,
    SALES_ORDER,
    SALES_ORDER_ITEM,
    SALES_ORDER_SERVICE,
    EntityType,
)
from sandbox.systems.sap.store import Clock, Row, Store

_REQUIRED = ("SalesOrderType", "SalesOrganization", "DistributionChannel", "OrganizationDivision", "SoldToParty")
_OWN_PARTNERS = ("SP", "SH", "BP", "PY")
_STEP = 10


@dataclass
class Progress:
    """How much of an item was delivered (last by `delivery`) and billed."""

    delivered: Decimal = Decimal(0)
    billed: Decimal = Decimal(0)
    delivery: str = ""


class Entered(NamedTuple):
    """A new order and SAP's warning about it, if any."""

    row: Row
    warning: str


class SalesOrders:
    """All sales orders. `locked`: number to the user who works on it; `approved`: no longer to be changed."""

    def __init__(self, config: Config, clock: Clock, publish: Callable[[Iterable[Event]], None]) -> None:
        self.store = Store(SALES_ORDER_SERVICE)
        self.locked: dict[str, str] = {}
        self.approved: set[str] = set()
        self._config = config
        self._clock = clock
        self._publish = publish
        self._numbers = count(1)
        self._progress: dict[tuple[str, str], Progress] = {}

    def enter(self, wish: Wish) -> Entered:
        """A new order with all that was sent along; nothing of it stays when anything is refused."""
        header = self._checked_header(wish.values)
        warning = self._repeated_reference(header["PurchaseOrderByCustomer"])
        number = self._number(wish.values.get("SalesOrder", ""))
        row = self.store.put(SALES_ORDER, {**header, "SalesOrder": number})
        try:
            self._fill(row, wish)
        except ODataError:
            self.store.delete_document(number)
            raise
        self.store.hide(number, from_lists=self._config.lookup_lag_seconds)
        self._publish([sales_order_event("Created", number)])
        return Entered(row, warning)

    def add_item(self, order: Row, wish: Wish) -> Row:
        self._check_changeable(order)
        item = self._put_item(order, wish)
        self._changed(order)
        return item

    def change(self, order: Row, values: Row) -> None:
        self._check_changeable(order)
        order.update(values)
        self._changed(order)

    def change_item(self, order: Row, item: Row, values: Row) -> None:
        self._check_changeable(order)
        quantity: Decimal = values.get("RequestedQuantity", item["RequestedQuantity"])
        if quantity <= 0 or quantity < self.progress(item).delivered:
            raise _refused("V1/560", f"Quantity {quantity} of item {item['SalesOrderItem']} is not possible.")
        item.update(values)
        self._changed(order)

    def delete(self, order: Row) -> None:
        self._check_changeable(order)
        if any(self.progress(item).delivered or self.progress(item).billed for item in self.items(order)):
            raise _refused("V1/431", f"Sales order {order['SalesOrder']} has subsequent documents.")
        self.store.delete_document(order["SalesOrder"])
        self._publish([sales_order_event("Deleted", order["SalesOrder"])])

    def items(self, order: Row) -> list[Row]:
        return self.store.children(SALES_ORDER, order, "to_Item")

    def item(self, number: str, item_number: str) -> tuple[Row, Row]:
        """The order and its item behind a billing item; a billed order can not be deleted."""
        order = self.store.find(SALES_ORDER, (number,))
        item = self.store.find(SALES_ORDER_ITEM, (number, item_number))
        if order is None or item is None:
            raise LookupError(f"{number}/{item_number}")
        return order, item

    def progress(self, item: Row) -> Progress:
        return self._progress.setdefault((item["SalesOrder"], item["SalesOrderItem"]), Progress())

    def refresh_statuses(self, order: Row, *, order_related: bool = False) -> None:
        """A new version of the order with its status letters.

        Billing that follows deliveries leaves `OverallOrdReltdBillgStatus` blank.
        """
        items = [item for item in self.items(order) if not item["SalesDocumentRjcnReason"]]
        for item in items:
            progress, wanted = self.progress(item), item["RequestedQuantity"]
            item["DeliveryStatus"] = _letter([progress.delivered], [wanted])
            item["SDProcessStatus"] = _letter([progress.billed], [wanted])
        wanted = [item["RequestedQuantity"] for item in items]
        delivery = _letter([self.progress(item).delivered for item in items], wanted)
        billing = _letter([self.progress(item).billed for item in items], wanted)
        rejected = len(self.items(order)) - len(items)
        order["OverallDeliveryStatus"] = order["OverallTotalDeliveryStatus"] = delivery
        order["OverallSDProcessStatus"] = billing if billing != "A" or delivery == "A" else "B"
        order["OverallSDDocumentRejectionSts"] = "A" if not rejected else "B" if items else "C"
        order["TotalBlockStatus"] = "C" if order["HeaderBillingBlockReason"] or order["DeliveryBlockReason"] else ""
        if order_related:
            order["OverallOrdReltdBillgStatus"] = billing
        order["LastChangeDateTime"] = self._clock.now()

    def _number(self, wanted: str) -> str:
        if not wanted:
            return str(next(self._numbers))
        if not self._config.external_numbers:
            raise _refused("V1/030", f"Sales document number {wanted} lies outside an external number range.")
        if self.store.find(SALES_ORDER, (wanted,)):
            raise _refused("V1/032", f"Sales document {plain_number(wanted)} already exists.")
        return plain_number(wanted)

    def _checked_header(self, values: Row) -> Row:
        for name in _REQUIRED:
            if not values.get(name):
                raise _refused("V1/013", f"Required field {name} is missing.", name)
        if values["SalesOrderType"] not in self._config.order_types:
            raise _refused("V1/310", f"Sales document type {values['SalesOrderType']} is not defined.", _REQUIRED[0])
        area = tuple(values[name] for name in _REQUIRED[1:4])
        if area not in self._config.sales_areas:
            raise _refused("V1/312", f"Sales area {' '.join(area)} is not defined.", _REQUIRED[1])
        self._check_customer(values["SoldToParty"], "SoldToParty")
        currency = values.get("TransactionCurrency") or self._config.currency
        if not re.fullmatch(r"[A-Z]{3}", currency):
            raise _refused("V1/324", f"Currency {currency} is not defined.", "TransactionCurrency")
        today = self._clock.today()
        dates = {name: values.get(name) or today for name in ("SalesOrderDate", "PricingDate", "RequestedDeliveryDate")}
        reference = values.get("PurchaseOrderByCustomer", "")
        own = {"TransactionCurrency": currency, "PurchaseOrderByCustomer": reference, "CreationDate": today}
        return {**values, **dates, **own, "SoldToParty": plain_number(values["SoldToParty"])}

    def _check_customer(self, number: str, target: str) -> None:
        if plain_number(number) not in map(plain_number, self._config.customers):
            raise _refused("VP/199", f"Customer {number} is not maintained for the sales area.", target)

    def _repeated_reference(self, reference: str) -> str:
        """SAP's warning that the customer's reference is in use; an error where the order type checks it."""
        orders = self.store.all(SALES_ORDER)
        found = next((row for row in orders if reference and row["PurchaseOrderByCustomer"] == reference), None)
        if found is None:
            return ""
        text = f"Purchase order number {reference} already exists in sales document {found['SalesOrder']}."
        if self._config.unique_references:
            raise _refused("V4/115", text, "PurchaseOrderByCustomer")
        return text

    def _fill(self, order: Row, wish: Wish) -> None:
        partners = dict.fromkeys(_OWN_PARTNERS, order["SoldToParty"])
        for partner in wish.below("to_Partner"):
            customer = partner.values.get("Customer", "")
            self._check_customer(customer, "Customer")
            partners[partner.values.get("PartnerFunction", "")] = plain_number(customer)
        for function, customer in partners.items():
            values = {"SalesOrder": order["SalesOrder"], "PartnerFunction": function, "Customer": customer}
            self.store.put(PARTNER, values)
        self._put_below(order, SALES_ORDER, HEADER_CONDITION, wish)
        for item in wish.below("to_Item"):
            self._put_item(order, item)
        self._settle(order)

    def _put_item(self, order: Row, wish: Wish) -> Row:
        values = wish.values
        material = self._config.materials.get(values.get("Material", ""))
        if material is None:
            text = f"Material {values.get('Material', '')} is not maintained for the plant."
            raise _refused("V1/382", text, "Material")
        quantity = values.get("RequestedQuantity", Decimal(0))
        if quantity <= 0:
            raise _refused("V1/560", f"Quantity {quantity} is not possible.", "RequestedQuantity")
        unit = values.get("RequestedQuantityUnit") or material.unit
        if unit != material.unit:
            text = f"Unit {unit} is not defined for material {values['Material']}."
            raise _refused("V1/384", text, "RequestedQuantityUnit")
        own = {
            "SalesOrder": order["SalesOrder"],
            "SalesOrderItem": self._item_number(order, values.get("SalesOrderItem", "")),
            "RequestedQuantityUnit": unit,
            "TransactionCurrency": order["TransactionCurrency"],
            "SalesOrderItemText": values.get("SalesOrderItemText") or material.description,
            "SalesOrderItemCategory": values.get("SalesOrderItemCategory") or "TAN",
        }
        item = self.store.put(SALES_ORDER_ITEM, {**values, **own})
        try:
            self._put_below(item, SALES_ORDER_ITEM, ITEM_CONDITION, wish)
        except ODataError:
            self.store.delete_row(SALES_ORDER_ITEM, item)
            raise
        return item

    def _item_number(self, order: Row, wanted: str) -> str:
        taken = [item["SalesOrderItem"] for item in self.items(order)]
        if not wanted:
            return str(max(map(int, taken), default=0) // _STEP * _STEP + _STEP)
        if not wanted.isdigit() or int(wanted) == 0 or plain_number(wanted) in taken:
            raise _refused("V1/360", f"Item number {wanted} is not possible or already there.", "SalesOrderItem")
        return plain_number(wanted)

    def _put_below(self, row: Row, kind: EntityType, condition_kind: EntityType, wish: Wish) -> None:
        """Store the conditions and texts of an order or an item."""
        keys = {name: row[name] for name in kind.keys}
        for counter, condition in enumerate(wish.below("to_PricingElement"), start=1):
            self._check_condition(condition.values, row["TransactionCurrency"])
            place = {"PricingProcedureStep": "10", "PricingProcedureCounter": str(counter)}
            self.store.put(condition_kind, {**condition.values, **keys, **place})
        text_kind = self.store.service.sets[kind.navigations["to_Text"]]
        for text in wish.below("to_Text"):
            self.store.put(text_kind, {"Language": "EN", **text.values, **keys})

    def _check_condition(self, values: Row, currency: str) -> None:
        kind = values.get("ConditionType", "")
        if kind not in self._config.condition_types:
            raise _refused("V1/801", f"Condition type {kind} is not in the pricing procedure.", "ConditionType")
        if values.get("ConditionCurrency", currency) != currency:
            text = f"Condition currency {values['ConditionCurrency']} is not the document currency {currency}."
            raise _refused("V1/805", text, "ConditionCurrency")
        if values.get("ConditionQuantity", 0) < 0:
            raise _refused("V1/806", "A condition quantity can't be negative.", "ConditionQuantity")

    def _check_changeable(self, order: Row) -> None:
        number = order["SalesOrder"]
        if user := self.locked.get(number):
            raise _refused("V1/042", f"Sales document {number} is currently being processed by user {user}.")
        if number in self.approved:
            raise _refused("V2/474", f"Sales document {number} is approved and can't be changed.")

    def _changed(self, order: Row) -> None:
        order["LastChangeDate"] = self._clock.today()
        self._settle(order)
        self._publish([sales_order_event("Changed", order["SalesOrder"])])

    def _settle(self, order: Row) -> None:
        self._price(order)
        self.refresh_statuses(order)

    def _price(self, order: Row) -> None:
        items = [item for item in self.items(order) if not item["SalesDocumentRjcnReason"]]
        nets = [self._net(item) for item in items]
        header: list[Row] = self.store.children(SALES_ORDER, order, "to_PricingElement")
        amounts = sum((condition["ConditionRateValue"] for condition in header), Decimal(0))
        for item, net, share in zip(items, nets, spread(amounts, nets), strict=True):
            item["NetAmount"] = net + share
        order["TotalNetAmount"] = sum((item["NetAmount"] for item in items), Decimal("0.00"))

    def _net(self, item: Row) -> Decimal:
        conditions = self.store.children(SALES_ORDER_ITEM, item, "to_PricingElement")
        list_price = self._config.materials[item["Material"]].price
        return item_net(item["RequestedQuantity"], list_price, conditions, self._config.condition_types)


def _letter(done: Iterable[Decimal], wanted: Iterable[Decimal]) -> str:
    """A: nothing done, B: some, C: all."""
    pairs: list[tuple[Any, Any]] = list(zip(done, wanted, strict=True))
    if pairs and all(part >= whole for part, whole in pairs):
        return "C"
    return "B" if any(part > 0 for part, _ in pairs) else "A"


def _refused(code: str, text: str, target: str = "") -> ODataError:
    return ODataError(text, code=code, target=target)
