"""What a client asks of the broker, done under the armed faults."""

import asyncio
from collections.abc import Callable

from sandbox.systems.kit import Faults
from sandbox.systems.kit.faults import CallFault
from sandbox.systems.service_bus.amqp.connection import Connection
from sandbox.systems.service_bus.errors import Refusal, entity_not_found, message_lock_lost, server_busy, unauthorized

Act = Callable[[], None]
Answer = Callable[[Refusal | None], None]


class Calls:
    """A call is a method such as `SEND` on an entity's path, for faults as `SEND /order-intake`."""

    def __init__(self, faults: Faults) -> None:
        self._faults = faults
        self._late: set[asyncio.Task[None]] = set()

    def run(self, connection: Connection, method: str, path: str, act: Act, answer: Answer) -> None:
        """Does `act` and hands what it refuses, or None, to `answer`; an armed fault may have it otherwise."""
        fault = self._faults.take_for_call(method, f"/{path}")
        if fault is None:
            answer(_outcome(act))
            return
        task = asyncio.get_running_loop().create_task(self._break(fault, connection, path, act, answer))
        self._late.add(task)
        task.add_done_callback(self._late.discard)

    async def _break(self, fault: CallFault, connection: Connection, path: str, act: Act, answer: Answer) -> None:
        await asyncio.sleep(fault.delay_seconds)
        if fault.drop == "before":
            connection.drop()
            return
        outcome = _outcome(act) if fault.status is None else _refusal(fault.status, path)
        await asyncio.sleep(fault.answer_after_seconds)
        if fault.drop:
            connection.drop()
        elif connection.is_open:
            answer(outcome)
            connection.flush()


def _outcome(act: Act) -> Refusal | None:
    try:
        act()
    except Refusal as refusal:
        return refusal
    return None


def _refusal(status: int, path: str) -> Refusal:
    """The service's refusal that goes with a status, as far as it has one."""
    known = {401: unauthorized("The token is no longer valid."), 404: entity_not_found(path), 503: server_busy()}
    return {**known, 410: message_lock_lost()}.get(status, Refusal("amqp:internal-error", "The service failed.", 500))
