"""A world in which everything has been said already: what evidence is asked about without running anything."""

from collections.abc import Mapping
from typing import Any, cast

from sandbox.demo.scenario import Order
from sandbox.demo.world import Timeline, World

Effects = list[dict[str, Any]]


def event(name: str, state: str = "", reason: str = "") -> dict[str, Any]:
    return {"name": name, "outcome": "applied" if state else "recorded", "state": state, "state_reason": reason}


def step(name: str, **details: Any) -> dict[str, Any]:
    return {"step": name, "success": True, "details": details}


class Party:
    """Answers every question about an order alike: by `order`, and with what it has received."""

    def __init__(self, effects: Effects, order: Mapping[str, Any] | None) -> None:
        self._effects, self._order = effects, order

    def effects(self) -> Effects:
        return self._effects

    def orders(self) -> list[Mapping[str, Any]]:
        return [self._order] if self._order else []

    def order(self, _: str) -> Mapping[str, Any]:
        if self._order is None:
            raise LookupError
        return self._order

    def callbacks_under_way(self) -> int:
        return 0


class App(Party):
    def __init__(self, order: Mapping[str, Any] | None, events: Effects, steps: Effects) -> None:
        super().__init__([], order)
        self._timeline = Timeline(events, steps)

    def timeline(self, _: str) -> Timeline:
        return self._timeline


class Canned:
    """Everybody: the app with its order and timeline, each outside system with its effects and its own order."""

    def __init__(
        self,
        *,
        order: Mapping[str, Any] | None = None,
        events: Effects | None = None,
        steps: Effects | None = None,
        effects: Mapping[str, Effects] | None = None,
        theirs: Mapping[str, Mapping[str, Any]] | None = None,
    ) -> None:
        self.app = App(order, events or [], steps or [])
        for name in ("bigcommerce", "finops", "flexe", "sap", "inventory"):
            setattr(self, name, Party((effects or {}).get(name, []), (theirs or {}).get(name)))

    def order_of_the_shop(self) -> Order:
        return Order(cast("World", self), "10427", order_id="o-1", number="BC-10427")

    def order_of_finops(self, company: str = "USMF") -> Order:
        return Order(cast("World", self), "o-1", "o-1", "SO-10427", source="finops", company=company)
