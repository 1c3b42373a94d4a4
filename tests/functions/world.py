"""The real services on Azurite behind the queue triggers; shop, Dataverse and the durable client are a test's own."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from shared.application.cancellation import Cancellation
from shared.application.dead_letters import DeadLetters
from shared.application.finops_changes import FinopsChanges
from shared.application.flow_events import FlowEvents
from shared.application.intake import OrderIntake
from shared.application.provider_actions import ProviderActions
from shared.application.redelivery import Redelivery
from shared.application.step_keeping import StepKeeping
from shared.configuration import Configuration
from shared.configuration.in_force import only
from shared.domain.actions import Perform, Provider
from shared.domain.orders import Order
from shared.messaging.traced import TracedQueues
from shared.providers.finops.status import EVERYTHING
from shared.store.claims import TableClaims
from shared.store.errors import TableErrorPages
from shared.store.order_book import TableOrderBook
from tests.application.dataverse import Dataverse
from tests.application.samples import RecordingAction, RecordingQueues, Shop, errors_of, happened, standing
from tests.functions.recording_client import RecordingClient

LAST_ATTEMPT = 3


@dataclass
class World:
    call: Callable[..., Any]
    serve: Callable[..., None]
    book: TableOrderBook
    errors: TableErrorPages
    claims: TableClaims
    configuration: Configuration
    dead_letters: DeadLetters
    client: RecordingClient
    queues: RecordingQueues = field(default_factory=RecordingQueues)
    shop: Shop = field(default_factory=Shop)
    dataverse: Dataverse = field(default_factory=Dataverse)
    more: dict[str, Any] = field(default_factory=dict)
    """Further services, which count from the next `performing` on."""

    def __post_init__(self) -> None:
        self.performing(RecordingAction())

    def performing(self, perform: Perform) -> None:
        """From here on this is what sending an order to fulfillment does."""
        book, errors, queues = self.book, self.errors, TracedQueues(self.queues)
        self.serve(
            intake=OrderIntake(
                book, errors, {"bigcommerce": self.shop}, only(self.configuration), Cancellation(book, errors)
            ),
            finops_changes=FinopsChanges(book, errors, self.dataverse, queues, self.shop, lambda _: EVERYTHING),
            provider_actions=ProviderActions(
                StepKeeping(book, errors), self.claims, {(Provider.FINOPS, "send_order_to_fulfillment"): perform}
            ),
            redelivery=Redelivery(queues, LAST_ATTEMPT, 2, 300),
            dead_letters=self.dead_letters,
            flow_events=FlowEvents(book, errors),
            queues=queues,
            **self.more,
        )

    def happened(self, order: Order) -> list[str]:
        return happened(self.book, order.order_id)

    def state(self, order_id: str) -> str:
        return standing(self.book, order_id)[0]

    def told_of(self, order: Order) -> str:
        """What the one error of the order says."""
        (error,) = errors_of(self.errors, order.order_id)
        return error.message
