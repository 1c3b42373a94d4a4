"""The composition root: settings in, services out, each built once, when it is first asked for."""

from datetime import UTC, datetime, timedelta
from functools import cached_property, lru_cache
from pathlib import Path

from azure.core.pipeline.transport import RequestsTransport

from shared.application.cancellation import Cancellation
from shared.application.dead_letters import DeadLetters
from shared.application.finops_changes import FinopsChanges
from shared.application.flow_events import FlowEvents
from shared.application.inboxes import BigCommerceInbox, DataverseInbox
from shared.application.intake import OrderIntake
from shared.application.order_views import OrderViews
from shared.application.policy_steps import PolicySteps
from shared.application.provider_actions import ProviderActions
from shared.application.pullers import BigCommercePuller, DataverseSweep
from shared.application.redelivery import Redelivery
from shared.application.reprocessing import Reprocessing
from shared.application.step_keeping import StepKeeping
from shared.configuration import Configuration, load_configuration
from shared.domain.actions import Provider
from shared.domain.identity import FINOPS
from shared.domain.sources import OrderSource
from shared.dual_write import skip_explainer
from shared.messaging.queues import StorageQueues, open_queues
from shared.providers.bigcommerce.actions import UpdateOrderStatus
from shared.providers.bigcommerce.client import BigCommerceClient, bigcommerce_session
from shared.providers.bigcommerce.orders import SOURCE as BIGCOMMERCE
from shared.providers.bigcommerce.source import BigCommerceOrders
from shared.providers.bigcommerce.webhooks import BigCommerceCallbacks
from shared.providers.finops.actions import SendOrderToFulfillment
from shared.providers.finops.client import DataverseClient
from shared.providers.finops.references import References
from shared.providers.finops.source import FinopsOrders
from shared.settings import HostSettings, Settings, load_settings
from shared.store.checkpoints import TableCheckpoints
from shared.store.claims import TableClaims
from shared.store.errors import TableErrorPages
from shared.store.order_book import TableOrderBook
from shared.store.tables import Tables, open_tables, pooled_transport

CONFIGURATION = Path(__file__).parent.parent / "config"


def now() -> datetime:
    return datetime.now(UTC)


class Services:
    """Everything the triggers call. One object serves a process; all of it may be used from many threads."""

    def __init__(self, settings: Settings, host: HostSettings, configuration: Configuration) -> None:
        self._settings = settings
        self._storage = host.azurewebjobsstorage.get_secret_value()
        self._configuration = configuration

    @cached_property
    def queues(self) -> StorageQueues:
        return open_queues(self._storage, self._transport)

    @cached_property
    def redelivery(self) -> Redelivery:
        s = self._settings
        return Redelivery(self.queues, s.redelivery_attempts, s.redelivery_base_seconds, s.redelivery_cap_seconds)

    @cached_property
    def errors(self) -> TableErrorPages:
        return TableErrorPages(self._tables, now)

    @cached_property
    def dead_letters(self) -> DeadLetters:
        return DeadLetters(self.errors)

    @cached_property
    def views(self) -> OrderViews:
        return OrderViews(self._book)

    @cached_property
    def flow_events(self) -> FlowEvents:
        return FlowEvents(self._book, self.errors)

    @cached_property
    def policy_steps(self) -> PolicySteps:
        return PolicySteps(self._steps, self._configuration.policy)

    @cached_property
    def cancellation(self) -> Cancellation:
        return Cancellation(self._book, self.errors)

    @cached_property
    def reprocessing(self) -> Reprocessing:
        return Reprocessing(self._book, self.errors, self.queues, self.intake.mend)

    @cached_property
    def intake(self) -> OrderIntake:
        store = self._settings.bigcommerce
        mappings = self._configuration.id_mappings[BIGCOMMERCE]
        sources: dict[str, OrderSource] = {
            BIGCOMMERCE: BigCommerceOrders(self._bigcommerce, mappings, store),
            FINOPS: FinopsOrders(self._dataverse, self._settings.dataverse),
        }
        return OrderIntake(self._book, self.errors, sources, self._configuration, self.cancellation)

    @cached_property
    def provider_actions(self) -> ProviderActions:
        connection = self._settings.dataverse
        references = References(self._dataverse, timedelta(seconds=connection.reference_seconds), now)
        explain_skip = skip_explainer(self._configuration.dual_write_maps)
        send = SendOrderToFulfillment(self._dataverse, references, explain_skip, connection)
        claims = TableClaims(self._tables, now, timedelta(seconds=self._settings.action_lease_seconds))
        actions = {
            (Provider.FINOPS, "send_order_to_fulfillment"): send,
            (Provider.BIGCOMMERCE, "update_order_status"): UpdateOrderStatus(self._bigcommerce),
        }
        return ProviderActions(self._steps, claims, actions)

    @cached_property
    def finops_changes(self) -> FinopsChanges:
        return FinopsChanges(self._book, self.errors, self._dataverse, self.queues)

    @cached_property
    def bigcommerce_inbox(self) -> BigCommerceInbox:
        store = self._settings.bigcommerce
        return BigCommerceInbox(store, BigCommerceCallbacks(store, now), self.queues)

    @cached_property
    def bigcommerce_puller(self) -> BigCommercePuller:
        store, inbox = self._settings.bigcommerce, self.bigcommerce_inbox
        return BigCommercePuller(self._bigcommerce, store, inbox, self._checkpoints, now)

    @cached_property
    def dataverse_inbox(self) -> DataverseInbox:
        return DataverseInbox(self._settings.dataverse, self.queues)

    @cached_property
    def dataverse_sweep(self) -> DataverseSweep:
        connection, inbox = self._settings.dataverse, self.dataverse_inbox
        return DataverseSweep(self._dataverse, connection, inbox, self._checkpoints, now)

    @cached_property
    def _tables(self) -> Tables:
        return open_tables(self._storage, self._transport)

    @cached_property
    def _transport(self) -> RequestsTransport:
        return pooled_transport()

    @cached_property
    def _book(self) -> TableOrderBook:
        return TableOrderBook(self._tables, self._configuration.state_framework(), now)

    @cached_property
    def _steps(self) -> StepKeeping:
        return StepKeeping(self._book, self.errors)

    @cached_property
    def _checkpoints(self) -> TableCheckpoints:
        return TableCheckpoints(self._tables)

    @cached_property
    def _bigcommerce(self) -> BigCommerceClient:
        return BigCommerceClient(bigcommerce_session(self._settings.bigcommerce))

    @cached_property
    def _dataverse(self) -> DataverseClient:
        return DataverseClient.connect(self._settings.dataverse, now)


@lru_cache(maxsize=1)
def services() -> Services:
    """Raises SettingsError, ConfigurationError."""
    return Services(*load_settings(), load_configuration(CONFIGURATION))
