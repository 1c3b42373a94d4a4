"""Drives many orders at once from the shop to Completed, the outside world acting as soon as it can."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import httpx

from sandbox.stack import Sandbox
from sandbox.systems.bigcommerce import samples

_LOOK_SECONDS = 0.1
_DEADLINE_SECONDS = 600.0
_COMPLETED = 10  # BigCommerce order status


class NotCompleted(RuntimeError):
    """An order was not completed in time, or the app and the shop do not agree that it was."""


@dataclass(frozen=True)
class Journey:
    """One order, from the moment the shop made its callback to the moment it was told of the completion."""

    number: int
    placed: datetime
    completed: datetime

    @property
    def seconds(self) -> float:
        return (self.completed - self.placed).total_seconds()


class Outside:
    """The shop and the warehouse. Looks ten times a second, at each system once, whatever the number of orders."""

    def __init__(self, sandbox: Sandbox, http: httpx.AsyncClient) -> None:
        self._shop, self._finops, self._app, self._http = (
            sandbox.bigcommerce_url,
            sandbox.finops_url,
            sandbox.app_url,
            http,
        )
        self._done: set[tuple[str, str]] = set()

    async def follow(self, numbers: Sequence[int]) -> list[Journey]:
        """Places the orders at once and acts until the shop was told that all are completed. Raises NotCompleted."""
        placed = {number: datetime.now(UTC) for number in numbers}
        await asyncio.gather(
            *(self._post(f"{self._shop}/_control/orders", samples.order(number)) for number in numbers)
        )
        deadline = time.monotonic() + _DEADLINE_SECONDS
        while len(completed := await self._completed(placed)) < len(placed):
            if time.monotonic() > deadline:
                raise NotCompleted(f"{len(completed)} of {len(placed)} orders completed within {_DEADLINE_SECONDS:g} s")
            await self._act()
            await asyncio.sleep(_LOOK_SECONDS)
        await self._check_the_app_agrees(numbers)
        return [Journey(number, placed[number], at) for number, at in completed.items()]

    async def _act(self) -> None:
        """Each order one step further: picked when all of it is in F&O, then packed, invoiced when it was shipped."""
        shipped = {str(effect["order_id"]) for effect in await self._effects("shipment_created")}
        orders = (await self._get(f"{self._finops}/_control/orders"))["orders"]
        steps = [(order["number"], step) for order in orders if (step := next_step(order, shipped))]
        fresh = [step for step in steps if step not in self._done]
        self._done.update(fresh)
        await asyncio.gather(*(self._post(f"{self._finops}/_control/orders/{number}/{step}") for number, step in fresh))

    async def _completed(self, numbers: dict[int, datetime]) -> dict[int, datetime]:
        return {
            effect["order_id"]: datetime.fromisoformat(effect["at"])
            for effect in await self._effects("order_updated")
            if effect.get("status_id") == _COMPLETED and effect["order_id"] in numbers
        }

    async def _check_the_app_agrees(self, numbers: Sequence[int]) -> None:
        for number in numbers:
            found = (await self._get(f"{self._app}/api/orders?source=bigcommerce&external_id={number}"))["orders"]
            if [order["state"] for order in found] != ["Completed"]:
                raise NotCompleted(f"order {number} is completed in BigCommerce, and in the app it is {found}")

    async def _effects(self, kind: str) -> list[dict[str, Any]]:
        return (await self._get(f"{self._shop}/_control/effects?kind={kind}"))["effects"]

    async def _get(self, url: str) -> Any:
        return (await self._http.get(url)).raise_for_status().json()

    async def _post(self, url: str, body: Any = None) -> None:
        (await self._http.post(url, json=body)).raise_for_status()


def next_step(order: dict[str, Any], shipped: set[str]) -> str | None:
    """What the warehouse or the office would do next with an F&O order; None when it is somebody else's turn."""
    lines, external_id = order["lines"], order["number"].removeprefix("BC-")
    if len(lines) < len(samples.TWO_LINES):
        return None
    if all(line["invoiced"] for line in lines):
        return None
    if all(line["delivered"] for line in lines):
        return "invoice" if external_id in shipped else None
    return "pack" if all(line["picked"] for line in lines) else "pick"
