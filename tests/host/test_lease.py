"""A message stays hidden while it is worked on, and can be deleted afterwards."""

import asyncio
from typing import Any

from sandbox.host.queue_trigger import _Lease
from sandbox.host.queues import QueuedMessage
from sandbox.host.storage import StorageError

MESSAGE = QueuedMessage("1", "", "receipt 1", 1, "", "", "")


class SlowQueue:
    """Answers a renewal when it is told to."""

    def __init__(self, answer: str | StorageError) -> None:
        self._answer = answer
        self.asked, self.may_answer = asyncio.Event(), asyncio.Event()

    async def hide(self, *_: object) -> str:
        self.asked.set()
        await self.may_answer.wait()
        if isinstance(self._answer, StorageError):
            raise self._answer
        return self._answer


async def receipt_after_work_that_ends_during_a_renewal(answer: str | StorageError) -> str:
    queue: Any = SlowQueue(answer)
    async with _Lease(queue, MESSAGE, seconds=0).kept() as lease:
        await queue.asked.wait()
        asyncio.get_running_loop().call_soon(queue.may_answer.set)
    return lease.pop_receipt


async def test_a_renewal_under_way_when_the_work_ends_still_counts():
    assert await receipt_after_work_that_ends_during_a_renewal("receipt 2") == "receipt 2"


async def test_a_renewal_that_fails_leaves_the_receipt_from_before():
    assert await receipt_after_work_that_ends_during_a_renewal(StorageError(503, "busy")) == "receipt 1"
