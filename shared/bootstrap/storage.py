"""What this app keeps, and hands on, whatever the configuration says; built when it is first asked for."""

from functools import cached_property

from azure.core.pipeline.transport import RequestsTransport

from shared.configuration.in_force import PublishedVersions
from shared.domain.ports import Queues
from shared.message_transport import ServiceBusNamespace
from shared.messaging.storage_queues import open_queues
from shared.messaging.traced import TracedQueues
from shared.storage_account import StorageAccount
from shared.store.configuration import TableDraft, TableVersions
from shared.store.tables import Tables, open_tables, pooled_transport


class Storage:
    """One object serves a process."""

    def __init__(self, account: StorageAccount, service_bus: ServiceBusNamespace | None = None) -> None:
        """Storage queues carry the messages, unless `service_bus` does."""
        self._account = account
        self._service_bus = service_bus

    @cached_property
    def queues(self) -> Queues:
        return TracedQueues(self._untraced_queues)

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

    @property
    def _untraced_queues(self) -> Queues:
        if self._service_bus:
            from shared.messaging.service_bus import open_service_bus  # noqa: PLC0415 - slow, and often not needed

            return open_service_bus(self._service_bus)
        return open_queues(self._account.queues, self._transport, self._account.client_id)
