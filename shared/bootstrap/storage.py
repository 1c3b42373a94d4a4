"""What this app keeps in its storage account, whatever the configuration says; built when it is first asked for."""

from functools import cached_property

from azure.core.pipeline.transport import RequestsTransport

from shared.configuration.in_force import PublishedVersions
from shared.messaging.queues import StorageQueues, open_queues
from shared.storage_account import StorageAccount
from shared.store.configuration import TableDraft, TableVersions
from shared.store.tables import Tables, open_tables, pooled_transport


class Storage:
    """One object serves a process."""

    def __init__(self, account: StorageAccount) -> None:
        self._account = account

    @cached_property
    def queues(self) -> StorageQueues:
        return open_queues(self._account.queues, self._transport, self._account.client_id)

    @cached_property
    def tables(self) -> Tables:
        return open_tables(self._account.tables, self._transport, self._account.client_id)

    @cached_property
    def versions(self) -> TableVersions:
        return TableVersions(self.tables)

    @cached_property
    def draft(self) -> TableDraft:
        return TableDraft(self.tables)

    @cached_property
    def published(self) -> PublishedVersions:
        return PublishedVersions(self.versions)

    @cached_property
    def _transport(self) -> RequestsTransport:
        return pooled_transport()
