"""The storage accounts that an app's settings name, each opened once."""

from sandbox.host.metrics import Metrics
from sandbox.host.settings import storage_account
from sandbox.host.storage import StorageClient

DEFAULT_CONNECTION = "AzureWebJobsStorage"


class Accounts:
    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics
        self._clients: dict[str, StorageClient] = {}

    def client(self, connection: str | None) -> StorageClient:
        """The client for the account in app setting `connection`; raises SettingsError when that is missing."""
        setting = connection or DEFAULT_CONNECTION
        if setting not in self._clients:
            self._clients[setting] = StorageClient(storage_account(setting), self._metrics)
        return self._clients[setting]

    async def close(self) -> None:
        for client in self._clients.values():
            await client.close()
