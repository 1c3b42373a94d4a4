"""Everyone the demo speaks to: the shop, the people in the warehouse and the office, and the app's operator."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import httpx


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


class BigCommerce(StandIn):
    def place(self, order: Mapping[str, Any]) -> None:
        """`order`: {"order", "products", "shipping_addresses"}, each as the V2 interface answers it."""
        self._post("/_control/orders", order)

    def order(self, external_id: str) -> dict[str, Any]:
        return self._get(f"/_control/orders/{external_id}")


class FinOps(StandIn):
    """Dataverse with Finance + Operations behind it."""

    def orders(self) -> list[dict[str, Any]]:
        return self._get("/_control/orders")["orders"]

    def order(self, number: str) -> dict[str, Any]:
        return self._get(f"/_control/orders/{number}")

    def enter(self, order: Mapping[str, Any]) -> dict[str, Any]:
        """A clerk's new sales order; the answer has its `number` and the `salesorderid` of its Dataverse row."""
        return self._post("/_control/orders", order)

    def confirm(self, number: str) -> None:
        self._post(f"/_control/orders/{number}/confirm")

    def pick(self, number: str) -> None:
        self._post(f"/_control/orders/{number}/pick")

    def pack(self, number: str) -> None:
        self._post(f"/_control/orders/{number}/pack")

    def invoice(self, number: str) -> None:
        self._post(f"/_control/orders/{number}/invoice")


@dataclass(frozen=True)
class World:
    app: App
    bigcommerce: BigCommerce
    finops: FinOps

    @classmethod
    def at(cls, *, app: str, bigcommerce: str, finops: str) -> Self:
        return cls(App(app), BigCommerce(bigcommerce), FinOps(finops))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for client in (self.app, self.bigcommerce, self.finops):
            client.close()
