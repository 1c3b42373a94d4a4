"""The Service Bus namespaces that an app's settings name, each opened once."""

import os
from collections.abc import Mapping

from azure.servicebus.aio import ServiceBusClient

from sandbox.host.settings import SettingsError

DEFAULT_CONNECTION = "AzureWebJobsServiceBus"
_IDENTITY = "__fullyQualifiedNamespace"


class Namespaces:
    def __init__(self) -> None:
        self._clients: dict[str, ServiceBusClient] = {}

    def client(self, connection: str | None) -> ServiceBusClient:
        """The client for the namespace of app setting `connection`; raises SettingsError when that is no use here."""
        setting = connection or DEFAULT_CONNECTION
        if setting not in self._clients:
            text = connection_string(setting)
            try:
                # A link that breaks is opened anew by its listener.
                self._clients[setting] = ServiceBusClient.from_connection_string(text, retry_total=0)
            except ValueError as error:
                raise SettingsError(f"the app setting '{setting}' is no connection string: {error}") from error
        return self._clients[setting]

    async def close(self) -> None:
        for client in self._clients.values():
            await client.close()


def connection_string(setting: str, environ: Mapping[str, str] = os.environ) -> str:
    if environ.get(setting):
        return environ[setting]
    if environ.get(f"{setting}{_IDENTITY}"):
        raise SettingsError(
            f"'{setting}{_IDENTITY}' wants an identity, which this host has not: "
            f"set '{setting}' to a connection string of Service Bus"
        )
    raise SettingsError(f"the app setting '{setting}' is missing: it must hold a Service Bus connection string")
