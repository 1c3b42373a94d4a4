"""One S/4HANA system: its orders and billing documents, and what callers of its services change, as effects."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.systems.kit import EffectLog
from sandbox.systems.sap.billing import Billing, BillingRefused
from sandbox.systems.sap.config import Config
from sandbox.systems.sap.entities import values_to_json
from sandbox.systems.sap.errors import ODataError
from sandbox.systems.sap.events import Events
from sandbox.systems.sap.payload import Wish, wish_to_change, wish_to_create
from sandbox.systems.sap.query import Expansion
from sandbox.systems.sap.sales_orders import Entered, SalesOrders
from sandbox.systems.sap.schema import SALES_ORDER, SALES_ORDER_ITEM, SALES_ORDER_SERVICE, EntityType
from sandbox.systems.sap.store import Clock, Row, Store


@dataclass(frozen=True)
class Created:
    """A new row, the navigations that were sent along, and SAP's warning."""

    kind: EntityType
    row: Row
    sent_along: Expansion
    warning: str = ""


class System:
    """Holds all that a reset empties; `events` outlives it."""

    def __init__(self, config: Config, effects: EffectLog, events: Events) -> None:
        clock = Clock()
        self.config = config
        self.orders = SalesOrders(config, clock, events.publish)
        self.billing = Billing(config, clock, self.orders, events.publish)
        self._effects = effects

    def enter_order(self, body: Mapping[str, Any]) -> tuple[Entered, Wish]:
        """A new sales order from a deep-insert body."""
        wish = wish_to_create(SALES_ORDER_SERVICE, SALES_ORDER, body)
        return self.orders.enter(wish), wish

    def create(
        self, store: Store, kind: EntityType, parent: Row | None, navigation: str, body: Mapping[str, Any]
    ) -> Created:
        """What a POST makes: a sales order, or an item of one."""
        if kind is SALES_ORDER and parent is None:
            return self._create_order(body)
        if kind is SALES_ORDER and parent is not None and navigation == "to_Item":
            return self._create_item(parent, body)
        raise _not_implemented(store, "created")

    def change(self, store: Store, kind: EntityType, row: Row, body: Mapping[str, Any]) -> None:
        """What a PATCH does to a sales order or an item of one."""
        if kind not in (SALES_ORDER, SALES_ORDER_ITEM):
            raise _not_implemented(store, "changed")
        values = wish_to_change(kind, body)
        if kind is SALES_ORDER:
            self.orders.change(row, values)
            self._record("sales_order_changed", row, Fields=sorted(values))
        else:
            order, item = self.orders.item(row["SalesOrder"], row["SalesOrderItem"])
            self.orders.change_item(order, item, values)
            fields = sorted(values)
            self._record("sales_order_item_changed", order, SalesOrderItem=item["SalesOrderItem"], Fields=fields)

    def delete(self, store: Store, kind: EntityType, row: Row) -> None:
        if kind is not SALES_ORDER:
            raise _not_implemented(store, "deleted")
        self.orders.delete(row)
        self._record("sales_order_deleted", row)

    def cancel_billing_document(self, document: Row) -> Row:
        """The cancellation a caller of the service has asked for."""
        try:
            cancellation = self.billing.cancel(document)
        except BillingRefused as refused:
            raise ODataError(str(refused), code="VF/034") from refused
        numbers = {"BillingDocument": document["BillingDocument"], "Cancellation": cancellation["BillingDocument"]}
        self._effects.record("billing_document_cancelled", **numbers)
        return cancellation

    def _create_order(self, body: Mapping[str, Any]) -> Created:
        entered, wish = self.enter_order(body)
        row = values_to_json(SALES_ORDER, entered.row)
        facts = {name: row[name] for name in ("SoldToParty", "TotalNetAmount", "TransactionCurrency")}
        shown = ("SalesOrderItem", "Material", "RequestedQuantity", "NetAmount")
        items = [values_to_json(SALES_ORDER_ITEM, item) for item in self.orders.items(entered.row)]
        facts["Items"] = [{name: item[name] for name in shown} for item in items]
        self._record("sales_order_created", entered.row, **facts)
        return Created(SALES_ORDER, entered.row, _sent_along(wish), entered.warning)

    def _create_item(self, order: Row, body: Mapping[str, Any]) -> Created:
        wish = wish_to_create(SALES_ORDER_SERVICE, SALES_ORDER_ITEM, body)
        item = self.orders.add_item(order, wish)
        self._record("sales_order_item_created", order, SalesOrderItem=item["SalesOrderItem"])
        return Created(SALES_ORDER_ITEM, item, _sent_along(wish))

    def _record(self, kind: str, order: Row, **facts: Any) -> None:
        named = {name: order[name] for name in ("SalesOrder", "PurchaseOrderByCustomer")}
        self._effects.record(kind, **named, **facts)


class CurrentSystem:
    """Holds the system; a reset replaces it."""

    def __init__(self, system: System) -> None:
        self.system = system

    def __call__(self) -> System:
        return self.system


def _sent_along(wish: Wish) -> Expansion:
    """The navigations of a deep insert as an expansion."""
    tree: Expansion = {}
    for name, inner in wish.children.items():
        branch = tree.setdefault(name, {})
        for child in inner:
            branch |= _sent_along(child)
    return tree


def _not_implemented(store: Store, done: str) -> ODataError:
    return ODataError(f"This entity of {store.service.name} can't be {done}.", status=405, code="/IWFND/CM_MGW/507")
