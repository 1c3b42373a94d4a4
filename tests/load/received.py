"""What the outside systems have received of each order, heard from their effects, each of which is read once."""

import asyncio
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sandbox.bench.orders import COMPLETED
from sandbox.bench.outside import Outside

_SYSTEMS = ("bigcommerce", "finops", "flexe", "sap", "inventory")
_NUMBER = re.compile(r"(?:BC|SO)-(\d+)")


@dataclass
class Received:
    """Of one order. `lines` and `changed_lines` are counted by their number in F&O."""

    sales_orders: int = 0
    lines: Counter[int] = field(default_factory=Counter)
    changed_lines: Counter[int] = field(default_factory=Counter)
    shipments: int = 0
    status_writes: list[int] = field(default_factory=list)
    flexe_orders: list[str] = field(default_factory=list)
    sap_orders: list[str] = field(default_factory=list)
    completion_told: datetime | None = None

    def hear(self, effect: Mapping[str, Any]) -> None:
        match effect:
            case {"kind": "finops_order_created"}:
                self.sales_orders += 1
            case {"kind": "finops_line_created", "sequence": line}:
                self.lines[line] += 1
            case {"kind": "finops_line_updated", "sequence": line}:
                self.changed_lines[line] += 1
            case {"kind": "shipment_created"}:
                self.shipments += 1
            case {"kind": "order_updated", "status_id": status, "at": at}:
                self.status_writes.append(status)
                if status == COMPLETED and self.completion_told is None:
                    self.completion_told = datetime.fromisoformat(at)
            case {"kind": "order_created", "order_id": theirs}:
                self.flexe_orders.append(theirs)
            case {"kind": "sales_order_created", "SalesOrder": theirs}:
                self.sap_orders.append(theirs)


def number_of(effect: Mapping[str, Any]) -> int | None:
    """Of the order an effect is about; None when it does not say."""
    if isinstance(effect.get("order_id"), int):
        return effect["order_id"]
    named = effect.get("number") or effect.get("external_order_id") or effect.get("PurchaseOrderByCustomer") or ""
    found = _NUMBER.search(str(named))
    return int(found[1]) if found else None


class Ledger:
    """By order number; and what bears none: rows created in Dataverse, units reserved."""

    def __init__(self, outside: Outside) -> None:
        self._outside = outside
        self._read = Counter[str]()
        self._of: dict[int, Received] = {}
        self.rows_created: Counter[str] = Counter()
        self.units_reserved = 0.0

    def of(self, number: int) -> Received:
        return self._of.setdefault(number, Received())

    async def catch_up(self) -> None:
        for effect in [each for system in await asyncio.gather(*map(self._new, _SYSTEMS)) for each in system]:
            number = number_of(effect)
            if number is not None:
                self.of(number).hear(effect)
            elif effect["kind"] == "row_created":
                self.rows_created[effect["entity"]] += 1
            elif effect["kind"] in ("reserved", "unreserved"):
                self.units_reserved += effect["quantity"] * (1 if effect["kind"] == "reserved" else -1)

    async def _new(self, system: str) -> list[dict[str, Any]]:
        effects = (await self._outside.get(system, f"effects?after={self._read[system]}"))["effects"]
        if effects:
            self._read[system] = effects[-1]["n"]
        return effects
