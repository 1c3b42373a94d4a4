"""One client's connection: bytes in and out of Proton's engine, and its events to those who answer them."""
# pyright: reportMissingImports=false

import asyncio
import logging
from typing import Any, Protocol

import proton

from sandbox.systems.service_bus.amqp.wire import condition
from sandbox.systems.service_bus.errors import Refusal

log = logging.getLogger(__name__)

CONTAINER = "sandbox-service-bus"


class LinkEnd(Protocol):
    """The broker's side of a link."""

    def flowed(self) -> None:
        """The client has given credit, or wants the link drained."""
        ...

    def delivered(self, delivery: Any) -> None:
        """A message has come, or the client has settled one."""
        ...

    def ended(self, *, by_client: bool) -> None:
        """The link is gone: the client has closed it, or it was lost."""
        ...


class Attaching(Protocol):
    """Decides what becomes of a link that a client wants; raises `Refusal`."""

    def attach(self, connection: "Connection", link: Any) -> None: ...


class Connection(asyncio.Protocol):
    """Lives from `connection_made` to `connection_lost`, and drops the client if it breaks the protocol."""

    def __init__(self, attaching: Attaching, connections: set["Connection"]) -> None:
        self.authorized: dict[str, float] = {}
        """Until when this client may use what it has put tokens for, by audience."""
        self.links: dict[Any, LinkEnd] = {}
        self._attaching = attaching
        self._connections = connections
        self._collector = proton.Collector()
        self._connection = proton.Connection()
        self._connection.collect(self._collector)
        self._engine = proton.Transport(proton.Transport.SERVER)
        self._engine.sasl().allowed_mechs("ANONYMOUS")
        self._engine.bind(self._connection)
        self._is_busy = False
        self._tick: asyncio.TimerHandle | None = None
        self._wire: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - TCP
        self._wire = transport
        self._connections.add(self)

    def data_received(self, data: bytes) -> None:
        self._is_busy = True
        while data and (room := self._engine.capacity()) > 0:
            self._engine.push(data[:room])
            data = data[room:]
            self._handle_events()
        self._is_busy = False
        self.flush()

    def eof_received(self) -> None:
        """The client is gone; the connection closes by itself."""

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's signature
        self._connections.discard(self)
        if self._tick:
            self._tick.cancel()
        for end in list(self.links.values()):
            end.ended(by_client=False)
        self.links.clear()

    @property
    def is_open(self) -> bool:
        return self._wire is not None and not self._wire.is_closing()

    def flush(self) -> None:
        """Sends what the engine has to say; called while it is at work it does nothing, as that ends with this."""
        if self._is_busy or not self.is_open:
            return
        self._is_busy = True
        self._write_pending()
        self._is_busy = False

    def drop(self) -> None:
        """Cuts the connection without a word."""
        if self._wire:
            self._wire.abort()

    def accept(self, link: Any, end: LinkEnd) -> None:
        """Answers an attach; the filter of a session must be in the link's source already, or the client's stays."""
        link.open()
        self.links[link] = end
        self.flush()

    def refuse(self, link: Any, refusal: Refusal) -> None:
        """Answers an attach with one to nowhere, and then says why."""
        link.source.type = link.target.type = proton.Terminus.UNSPECIFIED
        link.open()
        self.detach(link, refusal)

    def detach(self, link: Any, refusal: Refusal) -> None:
        self.links.pop(link, None)
        link.condition = condition(refusal)
        link.close()
        self.flush()

    def _write_pending(self) -> None:
        assert self._wire is not None  # noqa: S101 - `flush` has looked
        self._keep_alive()
        while (pending := self._engine.pending()) > 0:
            self._wire.write(bytes(self._engine.peek(pending) or b""))
            self._engine.pop(pending)
            self._handle_events()
        if pending < 0 or self._engine.closed:
            self._wire.close()

    def _keep_alive(self) -> None:
        """Lets the engine send what a client with an idle time-out waits for, now and when it wants to again."""
        loop = asyncio.get_running_loop()
        if self._tick:
            self._tick.cancel()
        if deadline := self._engine.tick(loop.time()):
            self._tick = loop.call_at(deadline, self.flush)

    def _handle_events(self) -> None:
        while (event := self._collector.peek()) is not None:
            self._handle(event)
            self._collector.pop()

    def _handle(self, event: Any) -> None:
        match event.type:
            case proton.Event.CONNECTION_REMOTE_OPEN:
                self._connection.container = CONTAINER
                self._connection.open()
            case proton.Event.SESSION_REMOTE_OPEN:
                event.session.open()
            case proton.Event.LINK_FLOW if event.link in self.links:
                self.links[event.link].flowed()
            case proton.Event.DELIVERY if event.link in self.links:
                self.links[event.link].delivered(event.delivery)
            case proton.Event.LINK_REMOTE_OPEN:
                self._attach(event.link)
            case proton.Event.TRANSPORT_ERROR:
                log.info("a client broke off: %s", event.transport.condition)
            case _:
                self._handle_ending(event)

    def _handle_ending(self, event: Any) -> None:
        match event.type:
            case proton.Event.LINK_REMOTE_CLOSE | proton.Event.LINK_REMOTE_DETACH:
                self._end(event.link)
            case proton.Event.SESSION_REMOTE_CLOSE:
                for link in [link for link in self.links if link.session == event.session]:
                    self._end(link)
                event.session.close()
            case proton.Event.CONNECTION_REMOTE_CLOSE:
                for link in list(self.links):
                    self._end(link)
                self._connection.close()

    def _attach(self, link: Any) -> None:
        """Each attach starts as the client has proposed it; who takes it may change that before accepting."""
        link.snd_settle_mode, link.rcv_settle_mode = link.remote_snd_settle_mode, link.remote_rcv_settle_mode
        try:
            self._attaching.attach(self, link)
        except Refusal as refusal:
            self.refuse(link, refusal)

    def _end(self, link: Any) -> None:
        end = self.links.pop(link, None)
        if end:
            end.ended(by_client=True)
        if link.state & proton.Endpoint.LOCAL_ACTIVE:
            link.close()
