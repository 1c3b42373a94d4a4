"""What SAP calls the parts of an order: its sold-to party, and the material, unit and plant of each line."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from shared.domain.mappings import IdMappings, MappedProduct, NotMapped
from shared.domain.orders import Order, OrderLine

Found = TypeVar("Found")


@dataclass(frozen=True)
class ItemNames:
    """`plant`: where the goods left from; "": SAP finds out."""

    material: str
    unit: str
    plant: str = ""


class SapNames:
    """Looks the names of one order up, and collects those that SAP has none for: "" stands in for them."""

    def __init__(self, order: Order, mappings: IdMappings) -> None:
        self._order = order
        self._mappings = mappings
        self._missing: list[str] = []
        self._missing_of_lines: dict[str, list[str]] = {}

    def sold_to(self) -> str:
        """Of whoever pays."""
        payer = self._order.invoice_customer or self._order.customer_account
        try:
            if payer:
                return self._mappings.external("account", payer)
            self._missing.append("invoice_customer of the order is not set")
        except NotMapped as missing:
            self._missing.append(f"invoice customer: {missing}")
        return ""

    def of(self, line: OrderLine) -> ItemNames:
        """A unit in the product's row is the one SAP counts it in, whatever the line's. Plants are told if mapped."""
        product = self._found(line, "product", line.product, self._mappings.external_product)
        return ItemNames(
            material=product.product if product else "",
            unit=self._unit(line, product) if product else "",
            plant=self._plant(line) if self._mappings.warehouses else "",
        )

    def missing(self) -> Iterator[str]:
        """A sentence for each name, however many lines have it."""
        yield from self._missing
        yield from (f"line {', '.join(numbers)}: {what}" for what, numbers in self._missing_of_lines.items())

    def _unit(self, line: OrderLine, product: MappedProduct) -> str:
        return product.unit or self._found(line, "unit", line.unit, partial(self._mappings.external, "unit")) or ""

    def _plant(self, line: OrderLine) -> str:
        warehouse = line.shipping_warehouse or self._order.shipping_warehouse
        if line.digital and not warehouse:
            return ""  # it has left from nowhere
        return self._found(line, "warehouse", warehouse, partial(self._mappings.external, "warehouse")) or ""

    def _found(self, line: OrderLine, what: str, name: str | None, look_up: Callable[[str], Found]) -> Found | None:
        try:
            if name:
                return look_up(name)
            why = f"{what} is not set"
        except NotMapped as missing:
            why = str(missing)
        self._missing_of_lines.setdefault(why, []).append(str(line.number))
        return None
