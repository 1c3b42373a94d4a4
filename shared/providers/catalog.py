"""The catalog: what each provider is, does and may be told, as the code knows it. An instance of it is configuration.

A provider has one group of settings (address, credentials), so there is one instance of each at most.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from shared.domain import events
from shared.domain.actions import CANCEL_ORDER, Provider
from shared.providers.bigcommerce.connection import BigCommerceConnection
from shared.providers.finops.connection import DataverseConnection
from shared.providers.flexe.connection import FlexeConnection
from shared.providers.inventory.connection import InventoryConnection
from shared.providers.sap.connection import SapConnection

Connection = BigCommerceConnection | DataverseConnection | FlexeConnection | SapConnection | InventoryConnection


@dataclass(frozen=True)
class Definition:
    """`settings`: the group that holds its address and secrets, ORDERS__FLEXE__... for `flexe`, typed by `connection`.

    `events`: the business events that its actions, and what it says by itself, can raise.
    """

    provider: Provider
    display_name: str
    description: str
    settings: str
    connection: type[Connection]
    actions: tuple[str, ...]
    events: tuple[str, ...]

    @property
    def parameters(self) -> tuple[str, ...]:
        """Fields of the connection that an instance may set: neither secret nor address nor credential."""
        return self.connection.PARAMETERS


_OF_QUANTITIES = (
    *(events.LINES_SHIPPED, events.ORDER_SHIPPED, events.LINES_CANCELED, events.ORDER_CANCELED),
    *(events.LINES_INVOICED, events.ORDER_INVOICED, events.FULFILLED_IN_PART),
)

_ALL = (
    Definition(
        provider=Provider.BIGCOMMERCE,
        display_name="BigCommerce",
        description="One store: its orders are taken in, and it is told what becomes of them.",
        settings="bigcommerce",
        connection=BigCommerceConnection,
        actions=("update_order_status",),
        events=(
            *(events.NEW_ORDER, events.AWAITING_PAYMENT, events.INTAKE_FAILED),
            *(events.CANCEL_REQUESTED, events.ORDER_CANCELED, events.ALERT),
        ),
    ),
    Definition(
        provider=Provider.FINOPS,
        display_name="Dynamics 365 Finance + Operations",
        description="One environment, through Dataverse and dual-write: fulfillment, accounting, its own orders.",
        settings="dataverse",
        connection=DataverseConnection,
        actions=(
            *("send_order_to_fulfillment", "send_order_lines_to_billing", "send_lines_again", "send_order_status"),
            CANCEL_ORDER,
        ),
        events=(
            *(events.NEW_ORDER, events.INTAKE_FAILED, events.SENT_TO_FULFILLMENT, events.SENT_TO_INVOICE),
            *(events.ORDER_CONFIRMED, events.ORDER_PICKED, *_OF_QUANTITIES, events.STATUS_SENT, events.NOTED),
            *(events.CANCEL_REQUESTED, events.CANCEL_REFUSED, events.LINE_RESEND_REQUESTED, events.ALERT),
        ),
    ),
    Definition(
        provider=Provider.FLEXE,
        display_name="Flexe",
        description="One owner at the warehouse network Flexe, which ships parcels.",
        settings="flexe",
        connection=FlexeConnection,
        actions=("send_fulfillment_order", CANCEL_ORDER),
        events=(
            *(events.FULFILLMENT_ORDER_CREATED, events.SENT_TO_FULFILLMENT, events.FULFILLMENT_REFUSED),
            *(*_OF_QUANTITIES, events.SHIPMENT_UPDATED, events.CANCEL_PENDING, events.CANCEL_REFUSED, events.ALERT),
        ),
    ),
    Definition(
        provider=Provider.SAP,
        display_name="SAP S/4HANA",
        description="One system, which invoices what has shipped.",
        settings="sap",
        connection=SapConnection,
        actions=("send_to_invoice",),
        events=(
            *(events.SENT_TO_INVOICE, events.LINES_INVOICED, events.ORDER_INVOICED, events.FULFILLED_IN_PART),
            events.ALERT,
        ),
    ),
    Definition(
        provider=Provider.OPTIMIZATION,
        display_name="Fulfillment optimization",
        description="Finds the sources of an order line by line, from the stock in Inventory Visibility.",
        settings="inventory",
        connection=InventoryConnection,
        actions=("send_to_fulfillment_optimization", CANCEL_ORDER),
        events=(
            *(events.OPTIMIZATION_SUCCEEDED, events.OPTIMIZATION_FAILED, events.FULFILLMENT_ORDER_CREATED),
            *(events.ON_HAND_CHECK_SUCCEEDED, events.ON_HAND_CHECK_FAILED, events.LINES_HELD),
            *(events.LINES_CANCELED, events.ORDER_CANCELED),
        ),
    ),
)
CATALOG: Mapping[Provider, Definition] = {each.provider: each for each in _ALL}
