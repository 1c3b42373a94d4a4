"""Everybody outside the app, driven through the stand-ins' control routes: the app itself is never asked."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

import httpx

from sandbox.stack import Sandbox

LOOK_SECONDS = 0.1
DEADLINE_SECONDS = 600.0


class NotCompleted(RuntimeError):
    """Something did not happen in time, or the app does not agree that it has."""


class Outside:
    """The shop, the warehouses and the offices, by the names of `sandbox/systems`."""

    def __init__(self, sandbox: Sandbox, http: httpx.AsyncClient) -> None:
        self._http, self._app = http, sandbox.app_url
        self._urls = {
            "bigcommerce": sandbox.bigcommerce_url,
            "finops": sandbox.finops_url,
            "flexe": sandbox.flexe_url,
            "sap": sandbox.sap_url,
            "inventory": sandbox.inventory_url,
        }

    async def get(self, system: str, path: str) -> Any:
        return await self._json(f"{self._urls[system]}/_control/{path}")

    async def post(self, system: str, path: str, body: Any = None) -> Any:
        answer = await self._http.post(f"{self._urls[system]}/_control/{path}", json=body)
        return answer.raise_for_status().json()

    async def delete(self, system: str, path: str) -> None:
        (await self._http.delete(f"{self._urls[system]}/_control/{path}")).raise_for_status()

    async def effects(self, system: str, kind: str) -> list[dict[str, Any]]:
        return (await self.get(system, f"effects?kind={kind}"))["effects"]

    async def callbacks_under_way(self) -> int:
        asked = [self.get(system, "callbacks") for system in self._urls]
        return sum(each["pending"] for each in await asyncio.gather(*asked))

    async def run_job(self, name: str) -> None:
        """Has the host run a timer's function, as its schedule would; answered before it has run."""
        (await self._http.post(f"{self._app}/admin/functions/{name}", json={})).raise_for_status()

    async def orders_in_the_app(self, source: str, external_id: str) -> list[dict[str, Any]]:
        """For after the measurement: this is work for the app."""
        return (await self._json(f"{self._app}/api/orders?source={source}&external_id={external_id}"))["orders"]

    async def _json(self, url: str) -> Any:
        return (await self._http.get(url)).raise_for_status().json()


async def until(condition: Callable[[], Awaitable[bool]], what: str, seconds: float = DEADLINE_SECONDS) -> None:
    """Looks ten times a second; raises NotCompleted when `what` has not come true in time."""
    deadline = time.monotonic() + seconds
    while not await condition():
        if time.monotonic() > deadline:
            raise NotCompleted(f"within {seconds:g} s it did not happen that {what}")
        await asyncio.sleep(LOOK_SECONDS)
