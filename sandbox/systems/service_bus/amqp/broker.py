"""The broker: it listens for connections and decides what each link that a client attaches is for."""
# pyright: reportMissingImports=false

import asyncio
import time
from typing import Any
from urllib.parse import urlsplit

import proton

from sandbox.systems.kit import StandIn
from sandbox.systems.service_bus.amqp.accepting import PendingSession
from sandbox.systems.service_bus.amqp.cbs import ADDRESS as CBS
from sandbox.systems.service_bus.amqp.cbs import Cbs
from sandbox.systems.service_bus.amqp.connection import Connection
from sandbox.systems.service_bus.amqp.faults import Calls
from sandbox.systems.service_bus.amqp.management import SUFFIX, Management
from sandbox.systems.service_bus.amqp.receiving import SESSION_FILTER, ReceivingLink
from sandbox.systems.service_bus.amqp.requests import Node, RequestLink, ResponseLink
from sandbox.systems.service_bus.amqp.sending import Intake, SendingLink
from sandbox.systems.service_bus.amqp.settling import Settling
from sandbox.systems.service_bus.config import Config
from sandbox.systems.service_bus.errors import Refusal, not_allowed, unauthorized
from sandbox.systems.service_bus.namespace import DEAD_LETTERS, Entity, Namespace
from sandbox.systems.service_bus.operations import Operation, Operations
from sandbox.systems.service_bus.sas import SharedAccessKey, opens
from sandbox.systems.service_bus.sessions import SessionLock

HOST = "127.0.0.1"
TIMEOUT = proton.symbol("com.microsoft:timeout")


class Broker:
    def __init__(self, config: Config, namespace: Namespace, operations: Operations, stand_in: StandIn) -> None:
        self.connections: set[Connection] = set()
        self.port = 0
        self._config = config
        self._namespace = namespace
        self._operations = operations
        self._calls = Calls(stand_in.faults)
        self._cbs = Cbs(SharedAccessKey(config.key_name, config.key, time.time))
        self._intake = Intake(operations, stand_in.effects, config.max_message_size)
        self._settling = Settling(operations, stand_in.effects)
        self._server: asyncio.Server | None = None

    async def start(self) -> None:
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(self._new_connection, HOST, self._config.amqp_port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        if self._server:
            self._server.close()
        self.drop_connections()

    @property
    def connection_string(self) -> str:
        """For any Service Bus client: the emulator's form, which goes without TLS."""
        return (
            f"Endpoint=sb://{HOST}:{self.port};SharedAccessKeyName={self._config.key_name};"
            f"SharedAccessKey={self._config.key};UseDevelopmentEmulator=true;"
        )

    def drop_connections(self) -> int:
        dropped = list(self.connections)
        for connection in dropped:
            connection.drop()
        return len(dropped)

    def detach_links(self, path: str | None, refusal: Refusal) -> int:
        """Detaches the links of clients to a queue, or to all."""
        count = 0
        for connection in list(self.connections):
            for link, end in list(connection.links.items()):
                if isinstance(end, SendingLink | ReceivingLink) and path in (None, end.entity.path):
                    end.ended(by_client=False)
                    connection.detach(link, refusal)
                    count += 1
        return count

    def attach(self, connection: Connection, link: Any) -> None:
        """Answers a client's attach, or raises `Refusal`."""
        terminus = link.remote_target if link.is_receiver else link.remote_source
        address = _path(terminus.address or "")
        self._operations.links += 1
        if address == CBS:
            _attach_to_node(connection, link, self._cbs)
            return
        self._refuse_without_token(connection, address)
        if address.lower().endswith(SUFFIX):
            _attach_to_node(connection, link, self._management(address[: -len(SUFFIX)]))
        elif link.is_receiver:
            self._attach_sender(connection, link, self._namespace.find(address))
        else:
            self._attach_receiver(connection, link, self._namespace.find(address))

    def _new_connection(self) -> Connection:
        self._operations.connections += 1
        return Connection(self, self.connections)

    def _refuse_without_token(self, connection: Connection, path: str) -> None:
        now = time.time()
        if not any(until > now and opens(audience, path) for audience, until in connection.authorized.items()):
            raise unauthorized(f"Unauthorized access: there is no valid token for '{path}'.")

    def _management(self, path: str) -> Management:
        return Management(
            self._namespace.find(path),
            intake=self._intake,
            settling=self._settling,
            operations=self._operations,
            calls=self._calls,
        )

    def _attach_sender(self, connection: Connection, link: Any, entity: Entity) -> None:
        if entity.path.endswith(DEAD_LETTERS):
            raise not_allowed(f"Nothing can be sent to '{entity.path}'.")
        SendingLink(connection, link, entity, self._intake, self._calls).open()

    def _attach_receiver(self, connection: Connection, link: Any, entity: Entity) -> None:
        filters = _filters(link)
        if (SESSION_FILTER in filters) != entity.queue.requires_session:
            wants = "only in sessions" if entity.queue.requires_session else "only without a session"
            raise not_allowed(f"Messages of '{entity.path}' can be received {wants}.")

        def opened(session: SessionLock | None) -> None:
            if session:
                self._operations.count(entity.path, Operation.ACCEPT)
            self._receiving_link(connection, link, entity, session).open()

        if SESSION_FILTER not in filters:
            opened(None)
        elif filters[SESSION_FILTER] is None:
            PendingSession(
                connection, link, entity, operations=self._operations, opened=opened, seconds=self._session_wait(link)
            ).open()
        else:
            opened(entity.queue.accept_session(str(filters[SESSION_FILTER])))

    def _receiving_link(
        self, connection: Connection, link: Any, entity: Entity, session: SessionLock | None
    ) -> ReceivingLink:
        return ReceivingLink(
            connection,
            link,
            entity,
            session=session,
            operations=self._operations,
            settling=self._settling,
            calls=self._calls,
        )

    def _session_wait(self, link: Any) -> float:
        """The client's wish in milliseconds, as a link property."""
        wish = (link.remote_properties or {}).get(TIMEOUT)
        return self._config.session_wait_seconds if wish is None else wish / 1000


def _attach_to_node(connection: Connection, link: Any, node: Node) -> None:
    if link.is_receiver:
        RequestLink(connection, link, node).open()
    else:
        ResponseLink(connection, link).open()


def _path(address: str) -> str:
    """`amqps://host/queue` and `queue` alike."""
    return (urlsplit(address).path if "://" in address else address).strip("/")


def _filters(link: Any) -> dict[Any, Any]:
    """The filters of a client's source; a described value counts as its value."""
    data = link.remote_source.filter
    data.rewind()
    given = data.get_object() if data.next() else None
    return {
        name: value.value if isinstance(value, proton.Described) else value for name, value in (given or {}).items()
    }
