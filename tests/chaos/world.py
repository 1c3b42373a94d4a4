"""The world of one order among many: the demo's people and systems, who see only what belongs to this order.

Orders whose sources are optimized would take each other's stock; each has products of its own, which its shop, its
shelves and F&O know by names of their own.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from sandbox.demo.world import App, BigCommerce, FinOps, Flexe, Inventory, Sap, World
from sandbox.stack import Sandbox
from tests.chaos.ledger import Ledger
from tests.chaos.subjects import Subject, Subjects

SYSTEMS = ("bigcommerce", "finops", "flexe", "sap", "inventory")
SHELVES = 40  # how many orders may have products of their own at a time


def own_name(product: str, shelf: int) -> str:
    return f"{product}_SHELF{shelf:02d}"


@dataclass(frozen=True)
class Ledgers:
    bigcommerce: Ledger
    finops: Ledger
    flexe: Ledger
    sap: Ledger
    inventory: Ledger

    @classmethod
    def of(cls, sandbox: Sandbox, subjects: Subjects) -> "Ledgers":
        return cls(**{name: Ledger(getattr(sandbox, f"{name}_url"), subjects) for name in SYSTEMS})

    def close(self) -> None:
        for name in SYSTEMS:
            getattr(self, name).close()


class _Shop(BigCommerce):
    def __init__(self, url: str, ledger: Ledger, subject: Subject, shelf: int | None) -> None:
        super().__init__(url)
        self._ledger, self._subject, self._shelf = ledger, subject, shelf

    def effects(self) -> list[dict[str, Any]]:
        return self._ledger.of(self._subject)

    def place(self, order: Mapping[str, Any]) -> None:
        if self._shelf is not None:
            products = [{**each, "sku": own_name(each["sku"], self._shelf)} for each in order["products"]]
            order = {**order, "products": products}
        super().place(order)


class _Office(FinOps):
    def __init__(self, url: str, ledger: Ledger, subject: Subject, subjects: Subjects) -> None:
        super().__init__(url)
        self._ledger, self._subject, self._subjects = ledger, subject, subjects

    def effects(self) -> list[dict[str, Any]]:
        return self._ledger.of(self._subject)

    def enter(self, order: Mapping[str, Any]) -> dict[str, Any]:
        """Its rows are known before Dataverse tells anybody of them: their ids follow from company and number."""
        row = str(uuid5(NAMESPACE_URL, f"finops/{order['company']}/{order['number']}"))
        lines = (str(uuid5(NAMESPACE_URL, f"{row}/{n}")) for n, _ in enumerate(order["lines"], start=1))
        self._subjects.know(self._subject, row, *lines)
        entered = super().enter(order)
        assert entered["salesorderid"] == row
        return entered

    def orders(self) -> list[dict[str, Any]]:
        """Only this order: the others are many, and not its business."""
        answer = self._http.get(f"/_control/orders/{self._subject.number}")
        return [] if answer.status_code == 404 else [answer.raise_for_status().json()]

    def callbacks_under_way(self) -> int:
        """With many orders there is always one; that nothing comes too late is seen when all of them have ended."""
        return 0


class _Warehouse(Flexe):
    def __init__(self, url: str, ledger: Ledger, subject: Subject) -> None:
        super().__init__(url)
        self._ledger, self._subject = ledger, subject

    def effects(self) -> list[dict[str, Any]]:
        return self._ledger.of(self._subject)


class _Accounting(Sap):
    def __init__(self, url: str, ledger: Ledger, subject: Subject) -> None:
        super().__init__(url)
        self._ledger, self._subject = ledger, subject

    def effects(self) -> list[dict[str, Any]]:
        return self._ledger.of(self._subject)


class _Shelves(Inventory):
    def __init__(self, url: str, ledger: Ledger, subject: Subject, shelf: int | None) -> None:
        super().__init__(url)
        self._ledger, self._subject, self._shelf = ledger, subject, shelf

    def effects(self) -> list[dict[str, Any]]:
        return self._ledger.of(self._subject)

    def count(self, company: str, site: str, warehouse: str, units: Mapping[str, int]) -> None:
        """So many that are free: what is kept for an earlier order on this shelf comes on top."""
        own = {own_name(name, self._shelf or 0): free for name, free in units.items()}
        kept = {name: self._kept(warehouse, name) for name in own}
        super().count(company, site, warehouse, {name: free + kept[name] for name, free in own.items()})

    def _kept(self, warehouse: str, product: str) -> int:
        there = self._get("/_control/stock")["reservations"]
        return round(
            sum(each["quantity"] for each in there if each["warehouse"] == warehouse and each["product"] == product)
        )


def world_of(subject: Subject, subjects: Subjects, sandbox: Sandbox, ledgers: Ledgers, shelf: int | None) -> World:
    return World(
        app=App(sandbox.app_url),
        bigcommerce=_Shop(sandbox.bigcommerce_url, ledgers.bigcommerce, subject, shelf),
        finops=_Office(sandbox.finops_url, ledgers.finops, subject, subjects),
        flexe=_Warehouse(sandbox.flexe_url, ledgers.flexe, subject),
        sap=_Accounting(sandbox.sap_url, ledgers.sap, subject),
        inventory=_Shelves(sandbox.inventory_url, ledgers.inventory, subject, shelf),
    )
