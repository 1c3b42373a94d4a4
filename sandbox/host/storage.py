"""Signed calls to a storage account, with retries; tables and queues build on it.

A thin client instead of the SDKs: a two-row transaction costs a tenth of the CPU (reference: functions-host.md
sections 1 and 13).
"""

import asyncio
import base64
import hashlib
import hmac
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import formatdate

import aiohttp
from yarl import URL

from sandbox.host.metrics import Metrics
from sandbox.host.settings import StorageAccount

log = logging.getLogger(__name__)

API_VERSION = "2021-12-02"
RETRY_DELAYS = (0.05, 0.2, 0.5, 1.0, 2.0)
# Azurite closes idle connections after five seconds; the client must let go first.
KEEP_ALIVE_SECONDS = 4
# An empty Content-Type would have to be signed, and aiohttp would send its own.
UNWANTED_HEADERS = ("Content-Type", "User-Agent", "Accept-Encoding")


class StorageError(Exception):
    """Storage refused a call: `status` is the HTTP status, 503 when it could not be reached."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class Conflict(StorageError):
    """The row or queue is there already (409), or it has changed since it was read (412)."""


class NotFound(StorageError):
    """There is no such table, row, queue or message."""


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes


class StorageClient:
    """Calls one storage account with its shared key; owns the HTTP session."""

    def __init__(self, account: StorageAccount, metrics: Metrics) -> None:
        self.account = account
        self.metrics = metrics
        self._key = base64.b64decode(account.key)
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=64, keepalive_timeout=KEEP_ALIVE_SECONDS),
            timeout=aiohttp.ClientTimeout(total=60),
            skip_auto_headers=UNWANTED_HEADERS,
        )

    async def close(self) -> None:
        await self._session.close()

    async def call_table(
        self, kind: str, method: str, resource: str, query: str = "", *, headers: Mapping[str, str], body: bytes = b""
    ) -> Answer:
        """One call of the table service; `resource` is what follows the account in the path, URL-encoded."""
        url = f"{self.account.table_endpoint}/{resource}"
        date = formatdate(usegmt=True)
        signed = f"{date}\n/{self.account.name}{URL(url, encoded=True).raw_path}"
        authorization = f"SharedKeyLite {self.account.name}:{self._signature(signed)}"
        sent = {**headers, "x-ms-date": date, "x-ms-version": API_VERSION, "Authorization": authorization}
        return await self._send(f"table.{kind}", method, f"{url}?{query}" if query else url, sent, body)

    async def call_queue(
        self, kind: str, method: str, resource: str, query: Mapping[str, str] | None = None, body: bytes = b""
    ) -> Answer:
        """One call of the queue service; `query` unencoded."""
        url = URL(f"{self.account.queue_endpoint}/{resource}", encoded=True)
        date = formatdate(usegmt=True)
        common = f"x-ms-date:{date}\nx-ms-version:{API_VERSION}"
        path = "".join(f"\n{name.lower()}:{value}" for name, value in sorted((query or {}).items()))
        length = str(len(body)) if body else ""
        signed = f"{method}\n\n\n{length}\n\n\n\n\n\n\n\n\n{common}\n/{self.account.name}{url.raw_path}{path}"
        authorization = f"SharedKey {self.account.name}:{self._signature(signed)}"
        sent = {"x-ms-date": date, "x-ms-version": API_VERSION, "Authorization": authorization}
        return await self._send(f"queue.{kind}", method, str(url.with_query(query)), sent, body)

    def _signature(self, text: str) -> str:
        return base64.b64encode(hmac.new(self._key, text.encode(), hashlib.sha256).digest()).decode()

    async def _send(self, kind: str, method: str, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        for delay in RETRY_DELAYS:
            try:
                return await self._send_once(kind, method, url, headers, body)
            except (aiohttp.ClientError, TimeoutError) as error:
                log.debug("storage is not reachable, trying again: %s %s", kind, error)
            except StorageError as error:
                if error.status < 500:
                    raise
                log.debug("storage answered %s, trying again: %s", error.status, kind)
            await asyncio.sleep(delay)
        try:
            return await self._send_once(kind, method, url, headers, body)
        except (aiohttp.ClientError, TimeoutError) as error:
            raise StorageError(503, f"storage cannot be reached: {error}") from error

    async def _send_once(self, kind: str, method: str, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        self.metrics.storage[kind] += 1
        target = URL(url, encoded=True)
        async with self._session.request(method, target, headers=headers, data=body or None) as response:
            answer = Answer(response.status, response.headers, await response.read())
        raise_for_status(answer.status, answer.body)
        return answer


def raise_for_status(status: int, body: bytes) -> None:
    """Raises the error that stands for an HTTP status of 400 or more."""
    if status < 400:
        return
    kind = {404: NotFound, 409: Conflict, 412: Conflict}.get(status, StorageError)
    raise kind(status, f"storage answered {status}: {body.decode(errors='replace')[:400]}")
