"""`send_to_invoice`: has SAP invoice what was shipped of an order."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from shared.domain.actions import ActionOutcome, ProviderAction
from shared.domain.errors import RejectedByProvider, TransientProviderError
from shared.domain.events import SENT_TO_INVOICE, BusinessEvent
from shared.domain.identity import SAP
from shared.domain.mappings import IdMappings
from shared.domain.orders import Order
from shared.domain.ports import Links
from shared.domain.results import StepResult
from shared.providers.sap.alerts import alert
from shared.providers.sap.client import SapClient
from shared.providers.sap.connection import SapConnection
from shared.providers.sap.documents import SalesOrder, lowest
from shared.providers.sap.sales_order import WantedOrder, to_sales_order


@dataclass(frozen=True)
class SendToInvoice:
    """Makes the SAP sales order of an order, or finds the one that an earlier try has made (`Perform`).

    SAP takes the same order twice without a word, so it is looked for by its reference before every create; after an
    answer that got lost, only once the look-up can be trusted to show it.
    """

    client: SapClient
    links: Links
    mappings: IdMappings
    connection: SapConnection

    def __call__(self, action: ProviderAction, order: Order) -> ActionOutcome:
        wanted = to_sales_order(order, self.mappings, self.connection)
        self.links.link(order.order_id, SAP, wanted.reference)
        found = self.client.sales_orders_of(wanted.reference, wanted.sold_to)
        made = _adopted(wanted, found) if found else self._created(wanted)
        details = {"sales_order": made.number}
        sent = BusinessEvent(name=SENT_TO_INVOICE, cause=action.action_id, source=SAP, details=details)
        alerts = (*_twins(made, found), *self._other_total(wanted, made))
        return ActionOutcome(
            StepResult.succeeded(action.step, f"SAP sales order {made.number}", **details), (*alerts, sent)
        )

    def _created(self, wanted: WantedOrder) -> SalesOrder:
        try:
            return self.client.create_sales_order(wanted.body(self.connection))
        except TransientProviderError as fault:
            wait = max(fault.retry_after or 0, self.connection.lookup_lag_seconds)
            raise TransientProviderError(str(fault), wait) from fault

    def _other_total(self, wanted: WantedOrder, made: SalesOrder) -> Iterator[BusinessEvent]:
        """SAP prices every order itself, whatever it is sent."""
        if made.net is None or abs(made.net - wanted.net) <= self.connection.total_tolerance:
            return
        message = f"SAP sales order {made.number} is {made.net} {made.currency} net, by the order it is {wanted.net}"
        yield alert(f"sales order {made.number}: total", message)


def _adopted(wanted: WantedOrder, found: Sequence[SalesOrder]) -> SalesOrder:
    there = lowest(found)
    if differences := wanted.differences(there):
        listed = "; ".join(differences)
        raise RejectedByProvider(f"SAP sales order {there.number} is not as order {wanted.reference} is now: {listed}")
    return there


def _twins(made: SalesOrder, found: Sequence[SalesOrder]) -> Iterator[BusinessEvent]:
    """Nothing is deleted by us: a person has to say which one is wrong."""
    if others := sorted(order.number for order in found if order.number != made.number):
        numbers = ", ".join(others)
        message = f"SAP has more than one sales order for {made.reference}: {made.number} is used, not {numbers}"
        yield alert(f"sales orders {numbers} besides {made.number}", message)
