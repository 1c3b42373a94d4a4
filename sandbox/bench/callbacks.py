"""How fast the app answers callbacks that arrive at a fixed rate, whatever it does meanwhile."""

import asyncio
import json
import time
import uuid
from collections.abc import Sequence

import httpx

from sandbox.stack import Sandbox
from sandbox.systems.bigcommerce.callbacks import signature

_RATE = 100  # per second


async def answer_seconds(
    sandbox: Sandbox, http: httpx.AsyncClient, orders: Sequence[int], seconds: float
) -> list[float]:
    """The answer time of each callback, counted from when it was due, so that a stalled app does not look fast."""
    started = time.perf_counter()
    sent = [
        asyncio.create_task(_one(sandbox, http, orders[n % len(orders)], started + n / _RATE))
        for n in range(int(_RATE * seconds))
    ]
    return await asyncio.gather(*sent)


async def _one(sandbox: Sandbox, http: httpx.AsyncClient, order: int, due: float) -> float:
    await asyncio.sleep(due - time.perf_counter())
    body = _body(sandbox, order)
    answer = await http.post(
        f"{sandbox.app_url}/api/webhooks/bigcommerce", content=body, headers=_headers(sandbox, body)
    )
    answer.raise_for_status()
    return time.perf_counter() - due


def _body(sandbox: Sandbox, order: int) -> bytes:
    callback = {
        "scope": "store/order/updated",
        "store_id": "1000456789",
        "data": {"type": "order", "id": order},
        "hash": uuid.uuid4().hex,
        "created_at": int(time.time()),
        "producer": f"stores/{sandbox.credentials.store_hash}",
    }
    return json.dumps(callback, separators=(",", ":")).encode()


def _headers(sandbox: Sandbox, body: bytes) -> dict[str, str]:
    message_id, timestamp = f"msg_{uuid.uuid4().hex}", int(time.time())
    return {
        "Content-Type": "application/json",
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": signature(sandbox.credentials.client_secret, message_id, timestamp, body),
        **sandbox.credentials.webhook_headers,
    }
