"""The services that triggers call, each built once, when it is first asked for."""

import time
from collections.abc import Callable
from datetime import timedelta
from functools import cached_property

from shared.application.background_jobs import BackgroundJobs
from shared.application.cancellation import Cancellation
from shared.application.dead_letter_desk import DeadLetterDesk
from shared.application.dead_letters import DeadLetters
from shared.application.error_desk import ErrorDesk
from shared.application.finops_changes import FinopsChanges
from shared.application.flexe_events import FlexeEvents
from shared.application.flexe_inbox import FlexeInbox
from shared.application.flexe_sweep import FlexeSweep
from shared.application.flow_events import FlowEvents
from shared.application.holding import Holding
from shared.application.inboxes import BigCommerceInbox, DataverseInbox
from shared.application.intake import OrderIntake
from shared.application.job_log import JobLog
from shared.application.line_release import LineRelease
from shared.application.line_resending import LineResending
from shared.application.mistakes import NotActive
from shared.application.order_listing import OrderListing
from shared.application.order_views import OrderViews
from shared.application.policy_steps import PolicySteps
from shared.application.provider_actions import ProviderActions
from shared.application.provider_events import ProviderEvents, Seen
from shared.application.pullers import BigCommercePuller, DataverseSweep
from shared.application.readings import Readings
from shared.application.redelivery import Redelivery
from shared.application.reprocessing import Reprocessing
from shared.application.sap_events import SapEvents
from shared.application.sap_inbox import SapInbox
from shared.application.sap_sweep import SapSweep
from shared.application.sourcing import Sourcing
from shared.application.sync_explanation import SyncExplanation
from shared.application.webhook_upkeep import WebhookUpkeep, registrars
from shared.application.what_if import WhatIf
from shared.bootstrap.actions import optimization_actions, provider_actions
from shared.bootstrap.circuits import Circuits
from shared.bootstrap.clients import Clients, now
from shared.bootstrap.desks import Desks
from shared.bootstrap.effective import effective
from shared.bootstrap.jobs import background_jobs
from shared.bootstrap.kept import Kept
from shared.bootstrap.storage import Storage
from shared.configuration.in_force import ConfigurationInForce
from shared.domain.actions import Provider
from shared.domain.identity import FINOPS
from shared.domain.ports import Queues
from shared.domain.records import OrderRecord
from shared.domain.sources import OrderSource
from shared.providers.bigcommerce.orders import SOURCE as BIGCOMMERCE
from shared.providers.bigcommerce.source import BigCommerceOrders
from shared.providers.bigcommerce.webhooks import BigCommerceCallbacks
from shared.providers.finops.references import References
from shared.providers.finops.status import EVERYTHING, Part
from shared.providers.postal.places import PostalPlaces
from shared.settings import HostSettings, Settings
from shared.store.errors import TableErrorPages
from shared.store.job_runs import TableJobRuns
from shared.store.optimization_queue import TableOptimizationQueue
from shared.store.plans import TableAssignedLines, TablePlans
from shared.store.tables import Tables


class Services(Desks):
    """Everything the triggers call, by one version of the configuration. All of it may be used from many threads."""

    def __init__(
        self,
        settings: Settings,
        host: HostSettings,
        storage: Storage,
        configuration: ConfigurationInForce,
        *,
        circuits: Circuits,
        published: Callable[[], None] = lambda: None,
    ) -> None:
        """`published` is called when a new version of the configuration has been made current.

        Raises UnusableParameters.
        """
        self.configuration = configuration
        super().__init__(settings, storage, published)
        self._settings = effective(settings, configuration.current.providers)
        self._host = host
        self._configuration = configuration.current
        self._clients = Clients(self._settings, circuits)

    def speaks_to(self, provider: Provider) -> bool:
        """Whether there are settings for it; a provider that no published flow has in it needs none."""
        return self._clients.has(provider)

    def why_idle(self, provider: Provider) -> str:
        """Why a provider is to be asked for nothing; "" for one that is active."""
        return self._configuration.why_idle(provider)

    def look_for_stock(self, order_id: str, number: int | None = None) -> Seen | None:
        """For the order's waiting lines, or one of them. Raises NotActive, and whatever looking raises."""
        if why := self.why_idle(Provider.OPTIMIZATION):
            raise NotActive(f"{why}; activate it first")
        return self.sourcing.backorders.retry(order_id, number)

    @property
    def queues(self) -> Queues:
        return self._storage.queues

    @cached_property
    def redelivery(self) -> Redelivery:
        s = self._settings
        return Redelivery(self.queues, s.redelivery_attempts, s.redelivery_base_seconds, s.redelivery_cap_seconds)

    @property
    def errors(self) -> TableErrorPages:
        return self._kept.errors

    @cached_property
    def dead_letters(self) -> DeadLetters:
        return DeadLetters(self.errors, self._kept.dead_letters, now)

    @cached_property
    def dead_letter_desk(self) -> DeadLetterDesk:
        return DeadLetterDesk(self._kept.dead_letters, self.queues, self.errors, self._kept.book, now)

    @cached_property
    def jobs(self) -> BackgroundJobs:
        return BackgroundJobs(JobLog(TableJobRuns(self._tables), now), background_jobs(self, self._host))

    @cached_property
    def webhook_upkeep(self) -> WebhookUpkeep:
        s, clients = self._settings, self._clients
        store, environment = (clients.bigcommerce, s.bigcommerce), (clients.dataverse, s.dataverse)
        return WebhookUpkeep(registrars(s.public_address, store, environment))

    @cached_property
    def error_desk(self) -> ErrorDesk:
        return ErrorDesk(self._kept.book, self.errors)

    @cached_property
    def views(self) -> OrderViews:
        return OrderViews(self._kept.book)

    @cached_property
    def listing(self) -> OrderListing:
        return OrderListing(self._kept.order_list, self._kept.book, self.errors, (BIGCOMMERCE, FINOPS), now)

    @cached_property
    def readings(self) -> Readings:
        return Readings(self._kept.order_list, self._kept.held_lines, self._kept.dead_letters, now)

    @cached_property
    def what_if(self) -> WhatIf:
        return WhatIf(self.listing.orders, self._kept.book, self._configuration)

    @cached_property
    def sync_explanation(self) -> SyncExplanation:
        client, connection = self._clients.dataverse, self._settings.dataverse
        references = References(client, timedelta(seconds=connection.reference_seconds), now)
        return SyncExplanation(self._kept.book, client, references, connection, self.configuration)

    @cached_property
    def flow_events(self) -> FlowEvents:
        return FlowEvents(self._kept.book, self.errors)

    @cached_property
    def policy_steps(self) -> PolicySteps:
        return PolicySteps(self._kept.steps, self.configuration)

    @cached_property
    def cancellation(self) -> Cancellation:
        return Cancellation(self._kept.book, self.errors)

    @cached_property
    def line_release(self) -> LineRelease:
        look = self.look_for_stock if self.speaks_to(Provider.OPTIMIZATION) else None
        return LineRelease(self._kept.book, look)

    @cached_property
    def line_resending(self) -> LineResending:
        return LineResending(self._kept.book)

    @cached_property
    def holding(self) -> Holding:
        return Holding(self._kept.book)

    @cached_property
    def reprocessing(self) -> Reprocessing:
        return Reprocessing(self._kept.book, self.errors, self.queues, self.intake.mend, self.configuration.number)

    @cached_property
    def intake(self) -> OrderIntake:
        store = self._settings.bigcommerce
        mappings = self._configuration.mappings_of(BIGCOMMERCE)
        sources: dict[str, OrderSource] = {
            BIGCOMMERCE: BigCommerceOrders(self._clients.bigcommerce, mappings, store),
            FINOPS: self._clients.born_in_finops,
        }
        return OrderIntake(self._kept.book, self.errors, sources, self.configuration, self.cancellation)

    @cached_property
    def provider_actions(self) -> ProviderActions:
        actions = provider_actions(self._clients, self._settings, self._configuration, self._kept.book)
        if self.speaks_to(Provider.OPTIMIZATION):
            actions |= optimization_actions(self.sourcing)
        return ProviderActions(self._kept.steps, self._kept.claims, actions, self.why_idle)

    @cached_property
    def sourcing(self) -> Sourcing:
        fulfillment = self._configuration.fulfillment
        return Sourcing(
            fulfillment=fulfillment,
            steps=self._kept.steps,
            claims=self._kept.claims,
            stock=self._clients.stock,
            places=PostalPlaces(fulfillment.places),
            plans=TablePlans(self._tables),
            assigned_lines=TableAssignedLines(self._tables),
            held_lines=self._kept.held_lines,
            queue=TableOptimizationQueue(self._tables, now),
            clock=now,
            elapsed=time.monotonic,
            budget_seconds=self._settings.optimization_budget_seconds,
        )

    @cached_property
    def finops_changes(self) -> FinopsChanges:
        dataverse, born = self._clients.dataverse, self._clients.born_in_finops
        listening, part_of = self._settings.dataverse.status_handlers, self._part_of_finops
        return FinopsChanges(self._kept.book, self.errors, dataverse, self.queues, born, part_of, listening)

    def provider_inbox(self, provider: Provider) -> FlexeInbox | SapInbox:
        return self.flexe_inbox if provider is Provider.FLEXE else self.sap_inbox

    def provider_events(self, provider: Provider) -> ProviderEvents:
        return self.flexe_events if provider is Provider.FLEXE else self.sap_events

    @cached_property
    def flexe_inbox(self) -> FlexeInbox:
        return FlexeInbox(self._clients.flexe_connection, self.queues)

    @cached_property
    def flexe_events(self) -> FlexeEvents:
        sources = self._configuration.fulfillment.flexe_sources()
        return FlexeEvents(self._kept.book, self.errors, self._clients.flexe, sources)

    @cached_property
    def flexe_sweep(self) -> FlexeSweep:
        clients = self._clients
        return FlexeSweep(clients.flexe, clients.flexe_connection, self.queues, self._kept.checkpoints, now)

    @cached_property
    def sap_inbox(self) -> SapInbox:
        return SapInbox(self._clients.sap_connection, self.queues)

    @cached_property
    def sap_events(self) -> SapEvents:
        clients = self._clients
        return SapEvents(self._kept.book, self.errors, clients.sap, clients.sap_connection.require_posted)

    @cached_property
    def sap_sweep(self) -> SapSweep:
        clients = self._clients
        return SapSweep(clients.sap, clients.sap_connection, self.queues, self._kept.checkpoints, now)

    @cached_property
    def bigcommerce_inbox(self) -> BigCommerceInbox:
        store = self._settings.bigcommerce
        return BigCommerceInbox(store, BigCommerceCallbacks(store, now), self.queues)

    @cached_property
    def bigcommerce_puller(self) -> BigCommercePuller:
        store, inbox = self._settings.bigcommerce, self.bigcommerce_inbox
        return BigCommercePuller(self._clients.bigcommerce, store, inbox, self._kept.checkpoints, now)

    @cached_property
    def dataverse_inbox(self) -> DataverseInbox:
        return DataverseInbox(self._settings.dataverse, self.queues)

    @cached_property
    def dataverse_sweep(self) -> DataverseSweep:
        connection, inbox = self._settings.dataverse, self.dataverse_inbox
        return DataverseSweep(self._clients.dataverse, connection, inbox, self._kept.checkpoints, now)

    @property
    def _tables(self) -> Tables:
        return self._storage.tables

    @cached_property
    def _kept(self) -> Kept:
        lease = timedelta(seconds=self._settings.action_lease_seconds)
        return Kept(self._tables, self._configuration.state_framework(), lease)

    def _part_of_finops(self, record: OrderRecord) -> Part:
        """An order that is not in a flow yet is looked at as if F&O did everything."""
        known = self.configuration.at(record.configuration).flows.get(record.flow or "")
        return Part(known.fulfillment != "flexe", known.accounting == "finops") if known else EVERYTHING
