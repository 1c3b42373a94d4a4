"""Request and response over a pair of links, as `$cbs` and `$management` are spoken to."""
# pyright: reportMissingImports=false

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import proton

from sandbox.systems.service_bus.amqp.connection import Connection
from sandbox.systems.service_bus.errors import Refusal

CREDIT = 100


@dataclass(frozen=True)
class Response:
    """The answer to a request: the body is any AMQP value."""

    body: Any = None
    status: int = 200


class Node(Protocol):
    """What is at an address that takes requests; `status_names` are the properties of a response: code, text, error."""

    @property
    def status_names(self) -> tuple[str, str, str]: ...

    def run(self, connection: Connection, request: Any, respond: Callable[[Response | Refusal], None]) -> None: ...


class RequestLink:
    """Takes a client's requests to one node and answers over the response link of the same connection."""

    def __init__(self, connection: Connection, link: Any, node: Node) -> None:
        self._connection = connection
        self._link = link
        self._node = node

    def open(self) -> None:
        self._link.source.copy(self._link.remote_source)
        self._link.target.copy(self._link.remote_target)
        self._connection.accept(self._link, self)
        self._link.flow(CREDIT)

    def flowed(self) -> None:
        """A client that sends gives no credit."""

    def delivered(self, delivery: Any) -> None:
        if delivery.partial or not delivery.readable:
            return
        request = proton.Message()
        request.decode(self._link.recv(delivery.pending))
        self._link.advance()
        delivery.update(proton.Delivery.ACCEPTED)
        delivery.settle()
        self._link.flow(1)
        self._node.run(self._connection, request, lambda response: self._respond(request, response))

    def ended(self, *, by_client: bool) -> None:
        """Nothing is kept between two requests."""

    def _respond(self, request: Any, response: Response | Refusal) -> None:
        code, text, error = self._node.status_names
        message = proton.Message(correlation_id=request.id)
        message.properties = {code: proton.int32(response.status)}
        if isinstance(response, Refusal):
            message.properties |= {text: response.description, error: proton.symbol(response.condition)}
        else:
            message.properties |= {text: "Accepted" if response.status == 202 else "OK"}
            message.body = response.body
        link = self._response_link(request.reply_to)
        if link:
            link.delivery(link.delivery_tag())
            link.send(message.encode())
            link.advance()
            self._connection.flush()

    def _response_link(self, reply_to: str | None) -> Any:
        """The client's link from this node; the one it has named, if it has more than one."""
        links = [end.link for end in self._connection.links.values() if isinstance(end, ResponseLink)]
        mine = [link for link in links if link.remote_source.address == self._link.remote_target.address]
        named = [link for link in mine if link.remote_target.address == reply_to]
        return next(iter(named or mine), None)


class ResponseLink:
    """Carries answers; the client settles them, and needs no more."""

    def __init__(self, connection: Connection, link: Any) -> None:
        self.link = link
        self._connection = connection

    def open(self) -> None:
        self.link.source.copy(self.link.remote_source)
        self.link.target.copy(self.link.remote_target)
        self._connection.accept(self.link, self)

    def flowed(self) -> None:
        """The engine keeps answers until there is credit."""

    def delivered(self, delivery: Any) -> None:
        if delivery.updated:
            delivery.settle()

    def ended(self, *, by_client: bool) -> None:
        """Answers that were on their way are lost, as the client wishes."""
