"""The people at the namespace: what is in its queues, how much was asked of it, and faults no client can ask for."""

from collections.abc import Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.systems.kit import Refused, read_json_object
from sandbox.systems.service_bus.amqp.broker import Broker
from sandbox.systems.service_bus.amqp.wire import decoded
from sandbox.systems.service_bus.errors import Refusal
from sandbox.systems.service_bus.messages import Message
from sandbox.systems.service_bus.namespace import DEAD_LETTERS, Entity, Namespace
from sandbox.systems.service_bus.operations import Operations

DETACHED = "amqp:link:detach-forced"


class ControlApi:
    def __init__(self, namespace: Namespace, operations: Operations, broker: Broker) -> None:
        self._namespace = namespace
        self._operations = operations
        self._broker = broker

    def routes(self) -> list[Route]:
        return [
            Route("/_control/connection", self._connection, methods=["GET"]),
            Route("/_control/queues", self._queues, methods=["GET"]),
            Route("/_control/queues/{name:path}/messages", self._messages, methods=["GET"]),
            Route("/_control/operations", self._counts, methods=["GET"]),
            Route("/_control/drop-connections", self._drop, methods=["POST"]),
            Route("/_control/detach-links", self._detach, methods=["POST"]),
            Route("/_control/expire-locks", self._expire, methods=["POST"]),
        ]

    async def _connection(self, _: Request) -> Response:
        return JSONResponse({"connection_string": self._broker.connection_string, "port": self._broker.port})

    async def _queues(self, _: Request) -> Response:
        entities = [entity for entity in self._namespace if not entity.path.endswith(DEAD_LETTERS)]
        return JSONResponse({"queues": {entity.path: self._counted(entity) for entity in entities}})

    async def _messages(self, request: Request) -> Response:
        queue = self._find(request.path_params["name"]).queue
        states: dict[str, Callable[[], list[Message]]] = {
            "active": queue.active, "locked": queue.locked, "scheduled": queue.scheduled,
        }  # fmt: skip
        shown = [_shown(message, state) for state, messages in states.items() for message in messages()]
        return JSONResponse({"messages": sorted(shown, key=lambda message: message["sequence_number"])})

    async def _counts(self, _: Request) -> Response:
        return JSONResponse({**self._operations.total(), "queues": self._operations.by_queue()})

    async def _drop(self, _: Request) -> Response:
        return JSONResponse({"dropped": self._broker.drop_connections()})

    async def _detach(self, request: Request) -> Response:
        wish = await read_json_object(request, known=frozenset({"queue", "condition"}))
        path = self._find(wish["queue"]).path if "queue" in wish else None
        refusal = Refusal(str(wish.get("condition", DETACHED)), "The link was detached by hand.")
        return JSONResponse({"detached": self._broker.detach_links(path, refusal)})

    async def _expire(self, request: Request) -> Response:
        wish = await read_json_object(request, known=frozenset({"queue"}))
        wanted = [self._find(wish["queue"])] if "queue" in wish else list(self._namespace)
        for entity in wanted:
            entity.queue.expire_locks()
        return Response(status_code=204)

    def _find(self, name: str) -> Entity:
        try:
            return self._namespace.find(name)
        except Refusal as refusal:
            raise Refused(404, refusal.description) from refusal

    def _counted(self, entity: Entity) -> dict[str, Any]:
        queue, dead_letters = entity.queue, self._namespace.find(f"{entity.path}{DEAD_LETTERS}").queue
        return {
            "requires_session": queue.requires_session,
            "active": len(queue.active()),
            "locked": len(queue.locked()),
            "scheduled": len(queue.scheduled()),
            "dead_lettered": len(dead_letters.active()) + len(dead_letters.locked()),
            "locked_sessions": sorted(session.session_id for session in queue.sessions),
        }


def _shown(message: Message, state: str) -> dict[str, Any]:
    content = decoded(message.content)
    body = content.body
    return {
        "state": state,
        "sequence_number": message.sequence_number,
        "message_id": message.message_id,
        "session_id": message.session_id,
        "delivery_count": message.delivery_count,
        "scheduled_for": message.scheduled_for,
        "enqueued_at": message.enqueued_at or None,
        "dead_letter_reason": message.dead_letter.reason if message.dead_letter else None,
        "dead_letter_description": message.dead_letter.description if message.dead_letter else None,
        "properties": {name: _plain(value) for name, value in (content.properties or {}).items()},
        "body": bytes(body).decode(errors="replace") if isinstance(body, bytes | memoryview) else str(body),
    }


def _plain(value: Any) -> str:
    """Proton's numbers say their width where Python's do not."""
    return str(int(value)) if isinstance(value, int) and not isinstance(value, bool) else str(value)
