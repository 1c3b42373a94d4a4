"""The orders a bench follows, and what people outside do to all of them at once."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sandbox.bench.outside import Outside
from sandbox.systems.bigcommerce import samples

SHIPPED, PARTIALLY_SHIPPED, COMPLETED = 2, 3, 10  # statuses of a BigCommerce order


@dataclass(frozen=True)
class Orders:
    """Orders that go one way side by side. Of those born in F&O the ids of their rows are known once entered."""

    outside: Outside
    numbers: Sequence[int]
    source: str = "bigcommerce"
    company: str = ""
    row_ids: dict[int, str] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.numbers)

    def external_id(self, number: int) -> str:
        return str(number) if self.source == "bigcommerce" else self.row_ids[number]

    def in_finops(self, number: int) -> str:
        """The number of its sales order."""
        return f"BC-{number}" if self.source == "bigcommerce" else f"SO-{number}"

    def reference(self, number: int) -> str:
        """What Flexe and SAP know it by."""
        return f"{self.company}-{self.in_finops(number)}" if self.company else self.in_finops(number)

    async def each(self, deed: Callable[[int], Awaitable[Any]]) -> None:
        await asyncio.gather(*(deed(number) for number in self.numbers))


Act = Callable[[Orders], Awaitable[None]]
Count = Callable[[Orders], Awaitable[int]]


def place(channel: int) -> Act:
    """Shoppers order in the store's channel of that id."""

    async def act(orders: Orders) -> None:
        def placed(number: int) -> Awaitable[Any]:
            return orders.outside.post("bigcommerce", "orders", samples.order(number, channel_id=channel))

        await orders.each(placed)

    return act


def enter(sales_order: Mapping[str, Any]) -> Act:
    """Clerks enter orders in F&O."""

    async def act(orders: Orders) -> None:
        async def entered(number: int) -> None:
            order = {**sales_order, "number": orders.in_finops(number)}
            orders.row_ids[number] = (await orders.outside.post("finops", "orders", order))["salesorderid"]

        await orders.each(entered)

    return act


def in_finops(document: str, lines: Mapping[str, float] | None = None) -> Act:
    """A document is posted in F&O for all that is open, or for these units by line."""
    body = {"lines": dict(lines)} if lines else {}

    async def act(orders: Orders) -> None:
        await orders.each(
            lambda number: orders.outside.post("finops", f"orders/{orders.in_finops(number)}/{document}", body)
        )

    return act


async def ship_at_flexe(orders: Orders) -> None:
    """All that is open, in one parcel."""
    sent = await _sent_to_flexe(orders)
    await orders.each(
        lambda number: orders.outside.post(
            "flexe", f"orders/{sent[number]}/ship", {"parcels": [{"warehouse": "wh_12"}]}
        )
    )


async def invoice_in_sap(orders: Orders) -> None:
    sent = await _sent_to_sap(orders)
    await orders.each(lambda number: orders.outside.post("sap", f"orders/{sent[number]}/invoice"))


async def fill_the_shelves(orders: Orders) -> None:
    """Bags lie in one warehouse and kettles in another, enough for everybody: each order leaves from both."""
    shelves = {"24": {"BAG-CNV-OLV": 1_000_000, "KTL-EN-1L": 0}, "25": {"BAG-CNV-OLV": 0, "KTL-EN-1L": 1_000_000}}
    stock = [
        {"company": "USMF", "site": "2", "warehouse": warehouse, "product": product, "quantity": units}
        for warehouse, products in {**shelves, "26": {"BAG-CNV-OLV": 0, "KTL-EN-1L": 0}}.items()
        for product, units in products.items()
    ]
    await orders.outside.post("inventory", "stock", {"stock": stock})


async def at_flexe(orders: Orders) -> int:
    return len(await _sent_to_flexe(orders))


async def in_sap(orders: Orders) -> int:
    return len(await _sent_to_sap(orders))


async def whole_in_finops(orders: Orders) -> int:
    """How many have all their lines there."""
    wanted = {orders.in_finops(number) for number in orders.numbers}
    there = (await orders.outside.get("finops", "orders"))["orders"]
    return sum(order["number"] in wanted and len(order["lines"]) == len(samples.TWO_LINES) for order in there)


async def to_be_delivered(orders: Orders) -> int:
    """Of how many F&O was told that all has shipped."""
    wanted = {orders.in_finops(number) for number in orders.numbers}
    there = (await orders.outside.get("finops", "orders"))["orders"]
    return sum(
        order["number"] in wanted and all(line["deliver_now"] == line["quantity"] for line in order["lines"])
        for order in there
    )


def in_store(status: int) -> Count:
    """How many have that status there; the store itself moves an order to Shipped when its last parcel is told."""

    async def count(orders: Orders) -> int:
        paths = (f"orders/{number}" for number in orders.numbers)
        found = await asyncio.gather(*(orders.outside.get("bigcommerce", path) for path in paths))
        return sum(each["order"]["status_id"] == status for each in found)

    return count


async def _sent_to_flexe(orders: Orders) -> dict[int, str]:
    """Flexe's ids; it has them by our reference, or by a name that begins with it."""
    created = await orders.outside.effects("flexe", "order_created")
    by_reference = {each["external_order_id"]: each["order_id"] for each in created}
    return {
        number: theirs
        for number in orders.numbers
        for ours, theirs in by_reference.items()
        if f"{ours}-".startswith(f"{orders.reference(number)}-")
    }


async def _sent_to_sap(orders: Orders) -> dict[int, str]:
    created = await orders.outside.effects("sap", "sales_order_created")
    by_reference = {each["PurchaseOrderByCustomer"]: each["SalesOrder"] for each in created}
    return {
        number: by_reference[orders.reference(number)]
        for number in orders.numbers
        if orders.reference(number) in by_reference
    }
