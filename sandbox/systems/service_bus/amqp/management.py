"""What `<queue>/$management` does."""
# pyright: reportMissingImports=false

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

import proton

from sandbox.systems.service_bus.amqp.connection import Connection
from sandbox.systems.service_bus.amqp.faults import Calls
from sandbox.systems.service_bus.amqp.receiving import ReceivingLink
from sandbox.systems.service_bus.amqp.requests import Response
from sandbox.systems.service_bus.amqp.sending import Intake
from sandbox.systems.service_bus.amqp.settling import Settling
from sandbox.systems.service_bus.amqp.wire import ACTIVE, SCHEDULED, array, timestamp, written
from sandbox.systems.service_bus.errors import Refusal, bad_argument, not_implemented, session_lock_lost
from sandbox.systems.service_bus.namespace import Entity
from sandbox.systems.service_bus.operations import Operation, Operations
from sandbox.systems.service_bus.sessions import SessionLock

SUFFIX = "/$management"

Asked = Mapping[str, Any]
Respond = Callable[[Response | Refusal], None]


class Management:
    """The management node of one queue. Faults know each operation by the last of its words: `RENEW`, `SCHEDULE`..."""

    status_names = ("statusCode", "statusDescription", "errorCondition")

    def __init__(
        self, entity: Entity, *, intake: Intake, settling: Settling, operations: Operations, calls: Calls
    ) -> None:
        self._entity = entity
        self._queue = entity.queue
        self._intake = intake
        self._settling = settling
        self._operations = operations
        self._calls = calls
        self._known: dict[str, tuple[str, Operation, Callable[[Connection, Asked], Response]]] = {
            "renew-lock": ("RENEW", Operation.RENEW, self._renew_locks),
            "renew-session-lock": ("RENEW", Operation.RENEW, self._renew_session_lock),
            "schedule-message": ("SCHEDULE", Operation.SCHEDULE, self._schedule),
            "cancel-scheduled-message": ("CANCEL", Operation.MANAGE, self._cancel),
            "peek-message": ("PEEK", Operation.MANAGE, self._peek),
            "get-session-state": ("STATE", Operation.MANAGE, self._get_state),
            "set-session-state": ("STATE", Operation.MANAGE, self._set_state),
            "update-disposition": ("SETTLE", Operation.MANAGE, self._settle),
        }

    def run(self, connection: Connection, request: Any, respond: Respond) -> None:
        name = str((request.properties or {}).get("operation")).removeprefix("com.microsoft:")
        if name not in self._known:
            respond(not_implemented(f"the operation '{name}'"))
            return
        call, counted, operation = self._known[name]
        responses: list[Response] = []
        self._operations.count(self._entity.path, counted)
        self._calls.run(
            connection,
            call,
            self._entity.path,
            act=lambda: responses.append(_run(operation, connection, request.body)),
            answer=lambda refusal: respond(refusal or responses[0]),
        )

    def _renew_locks(self, _: Connection, asked: Asked) -> Response:
        until = [timestamp(self._queue.renew(token)) for token in _tokens(asked)]
        return Response({"expirations": array(proton.Data.TIMESTAMP, until)})

    def _renew_session_lock(self, connection: Connection, asked: Asked) -> Response:
        until = self._queue.renew_session(self._held(connection, asked))
        return Response({"expiration": timestamp(until)})

    def _schedule(self, _: Connection, asked: Asked) -> Response:
        numbers = [self._intake.schedule(self._entity, bytes(each["message"])) for each in asked["messages"]]
        return Response({"sequence-numbers": array(proton.Data.LONG, numbers)})

    def _cancel(self, _: Connection, asked: Asked) -> Response:
        for number in asked["sequence-numbers"].elements:
            self._queue.cancel(int(number))
        return Response()

    def _peek(self, _: Connection, asked: Asked) -> Response:
        """Active, locked and scheduled messages alike, in the order of their numbers."""
        found = [(message, ACTIVE) for message in [*self._queue.active(), *self._queue.locked()]]
        found += [(message, SCHEDULED) for message in self._queue.scheduled()]
        session, first = asked.get("session-id"), int(asked["from-sequence-number"])
        wanted = sorted(
            (message.sequence_number, written(message, state=state))
            for message, state in found
            if message.sequence_number >= first and session in (None, message.session_id)
        )
        messages = [{"message": content} for _, content in wanted[: int(asked["message-count"])]]
        return Response({"messages": messages}) if messages else Response(status=204)

    def _get_state(self, connection: Connection, asked: Asked) -> Response:
        session = self._held(connection, asked)
        return Response({"session-state": self._queue.sessions.states.get(session.session_id)})

    def _set_state(self, connection: Connection, asked: Asked) -> Response:
        session, state = self._held(connection, asked), asked["session-state"]
        if state is None:
            self._queue.sessions.states.pop(session.session_id, None)
        else:
            self._queue.sessions.states[session.session_id] = bytes(state)
        return Response()

    def _settle(self, connection: Connection, asked: Asked) -> Response:
        if "session-id" in asked:
            self._held(connection, asked)
        for token in _tokens(asked):
            match asked["disposition-status"]:
                case "completed":
                    self._settling.complete(self._entity, token)
                case "abandoned":
                    self._settling.abandon(self._entity, token)
                case "suspended":
                    reason, why = asked.get("deadletter-reason"), asked.get("deadletter-description")
                    self._settling.dead_letter(self._entity, token, reason, why)
                case other:
                    raise not_implemented(f"the disposition '{other}'")
        return Response()

    def _held(self, connection: Connection, asked: Asked) -> SessionLock:
        """The session, if a link of this connection holds it."""
        links = [end for end in connection.links.values() if isinstance(end, ReceivingLink)]
        for session in (link.session for link in links if link.entity is self._entity):
            if session and session.session_id == asked["session-id"]:
                return session
        raise session_lock_lost(asked["session-id"])


def _run(operation: Callable[[Connection, Asked], Response], connection: Connection, body: Any) -> Response:
    if not isinstance(body, dict):
        raise bad_argument("The body of a request must be a map.")
    try:
        return operation(connection, body)
    except KeyError as missing:
        raise bad_argument(f"The request lacks {missing}.") from missing


def _tokens(asked: Asked) -> list[UUID]:
    return list(asked["lock-tokens"].elements)
