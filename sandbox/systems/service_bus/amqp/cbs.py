"""Claims-based security: a client puts a token for each entity it wants to use, before it attaches to it.

The token says by its form what it is: clients name shared access signatures `jwt` too, and the service takes them.
"""

from collections.abc import Callable
from typing import Any

from sandbox.systems.service_bus.amqp.connection import Connection
from sandbox.systems.service_bus.amqp.requests import Response
from sandbox.systems.service_bus.errors import Refusal, bad_argument
from sandbox.systems.service_bus.sas import SharedAccessKey

ADDRESS = "$cbs"


class Cbs:
    status_names = ("status-code", "status-description", "error-condition")

    def __init__(self, key: SharedAccessKey) -> None:
        self._key = key

    def run(self, connection: Connection, request: Any, respond: Callable[[Response | Refusal], None]) -> None:
        try:
            self._put(connection, request)
        except Refusal as refusal:
            respond(refusal)
        else:
            respond(Response(status=202))

    def _put(self, connection: Connection, request: Any) -> None:
        asked = {name: str(value) for name, value in (request.properties or {}).items()}
        if asked.get("operation") != "put-token" or "name" not in asked:
            raise bad_argument("Only put-token with the name of an audience is understood here.")
        connection.authorized[asked["name"]] = self._key.expiry(str(request.body), asked["name"])
