"""Everyone the demo speaks to: the shop, the people in the warehouse and the office, and the app's operator."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import httpx

Quantities = Mapping[int, float]


class _Client:
    def __init__(self, base_url: str) -> None:
        # Loopback only: no proxy, and no certificates to load.
        self._http = httpx.Client(base_url=base_url, timeout=10, trust_env=False, verify=False)  # noqa: S501 - plain HTTP

    def close(self) -> None:
        self._http.close()

    def _get(self, path: str, **query: str) -> Any:
        return self._http.get(path, params=query).raise_for_status().json()

    def _post(self, path: str, body: Mapping[str, Any] | None = None) -> Any:
        return self._http.post(path, json=body).raise_for_status().json()


class App(_Client):
    """The app's operations interface."""

    def find(self, source: str, external_id: str) -> dict[str, Any] | None:
        found = self._get("/api/orders", source=source, external_id=external_id)["orders"]
        return found[0] if found else None

    def order(self, order_id: str) -> dict[str, Any]:
        return self._get(f"/api/orders/{order_id}")

    def timeline(self, order_id: str) -> "Timeline":
        answer = self._get(f"/api/orders/{order_id}/timeline")
        return Timeline(answer["events"], answer["steps"])


@dataclass(frozen=True)
class Timeline:
    """What the app says has happened to an order, in order."""

    events: list[dict[str, Any]]
    steps: list[dict[str, Any]]

    def applied(self, name: str) -> dict[str, Any] | None:
        """The event of that name that moved the order."""
        return next((event for event in self.events if event["name"] == name and event["outcome"] == "applied"), None)

    def has(self, *names: str) -> bool:
        return set(names) <= {event["name"] for event in self.events}

    def succeeded(self, step: str) -> bool:
        return any(each["step"] == step and each["success"] for each in self.steps)


class StandIn(_Client):
    """A stand-in's control routes."""

    def effects(self) -> list[dict[str, Any]]:
        """What the stand-in has received that changed something, in order."""
        return self._get("/_control/effects")["effects"]

    def callbacks_under_way(self) -> int:
        return self._get("/_control/callbacks")["pending"]


class BigCommerce(StandIn):
    def place(self, order: Mapping[str, Any]) -> None:
        """`order`: {"order", "products", "shipping_addresses"}, each as the V2 interface answers it."""
        self._post("/_control/orders", order)

    def order(self, external_id: str) -> dict[str, Any]:
        return self._get(f"/_control/orders/{external_id}")


class FinOps(StandIn):
    """Dataverse with Finance + Operations behind it. `lines`: quantities by line number; None: all that is open."""

    def orders(self) -> list[dict[str, Any]]:
        return self._get("/_control/orders")["orders"]

    def order(self, number: str) -> dict[str, Any]:
        return self._get(f"/_control/orders/{number}")

    def enter(self, order: Mapping[str, Any]) -> dict[str, Any]:
        """A clerk's new sales order; the answer has its `number` and the `salesorderid` of its Dataverse row."""
        return self._post("/_control/orders", order)

    def confirm(self, number: str) -> None:
        self._document(number, "confirm", None)

    def pick(self, number: str, lines: Quantities | None = None) -> None:
        self._document(number, "pick", lines)

    def pack(self, number: str, lines: Quantities | None = None) -> None:
        """One packing slip: one parcel."""
        self._document(number, "pack", lines)

    def invoice(self, number: str) -> None:
        """Packs what was not packed yet."""
        self._document(number, "invoice", None)

    def _document(self, number: str, kind: str, lines: Quantities | None) -> None:
        wanted = {} if lines is None else {"lines": {str(line): quantity for line, quantity in lines.items()}}
        self._post(f"/_control/orders/{number}/{kind}", wanted)


class Flexe(StandIn):
    """The warehouse operator. Orders are named by the external id they were sent under."""

    def order(self, external_id: str) -> dict[str, Any]:
        return self._get(f"/_control/orders/{external_id}")

    def ship(self, external_id: str, warehouse: str) -> None:
        """All that is open, in one parcel."""
        self._post(f"/_control/orders/{external_id}/ship", {"parcels": [{"warehouse": warehouse}]})


class Sap(StandIn):
    """S/4HANA, where the office invoices."""

    def order(self, number: str) -> dict[str, Any]:
        return self._get(f"/_control/orders/{number}")

    def invoice(self, number: str) -> None:
        """All that is open, in one billing document."""
        self._post(f"/_control/orders/{number}/invoice")


class Inventory(StandIn):
    """Inventory Visibility: what lies on the shelves, and what is kept for whom."""

    def count(self, company: str, site: str, warehouse: str, units: Mapping[str, int]) -> None:
        """The shelves of a warehouse are counted; `units` by product. What is not named stays as it was."""
        place = {"company": company, "site": site, "warehouse": warehouse}
        stock = [{**place, "product": product, "quantity": quantity} for product, quantity in units.items()]
        self._post("/_control/stock", {"stock": stock})


@dataclass(frozen=True)
class World:
    app: App
    bigcommerce: BigCommerce
    finops: FinOps
    flexe: Flexe
    sap: Sap
    inventory: Inventory

    @classmethod
    def at(cls, *, app: str, bigcommerce: str, finops: str, flexe: str, sap: str, inventory: str) -> Self:
        return cls(App(app), BigCommerce(bigcommerce), FinOps(finops), Flexe(flexe), Sap(sap), Inventory(inventory))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for client in (self.app, self.bigcommerce, self.finops, self.flexe, self.sap, self.inventory):
            client.close()
