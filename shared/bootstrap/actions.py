"""Which code performs which provider action."""

from datetime import timedelta

from shared.application.sourcing import Sourcing
from shared.bootstrap.clients import Clients, now
from shared.configuration import Configuration
from shared.domain.actions import CANCEL_ORDER, Perform, Provider
from shared.domain.identity import SAP
from shared.domain.ports import Links
from shared.dual_write import skip_explainer
from shared.providers.bigcommerce.actions import UpdateOrderStatus
from shared.providers.finops.actions import SendOrderLinesToBilling, SendOrderToFulfillment
from shared.providers.finops.canceling import CancelOrder
from shared.providers.finops.references import References
from shared.providers.finops.sending_again import SendLinesAgain
from shared.providers.finops.status_sending import SendOrderStatus
from shared.providers.flexe.actions import CancelFulfillmentOrder, SendFulfillmentOrder
from shared.providers.sap.actions import SendToInvoice
from shared.settings import Settings

ActionTable = dict[tuple[Provider, str], Perform]


def provider_actions(clients: Clients, settings: Settings, configuration: Configuration, links: Links) -> ActionTable:
    """Those of the providers that there are settings for, but for fulfillment optimization."""
    actions = bigcommerce_actions(clients) | finops_actions(clients, settings, configuration)
    if clients.has(Provider.FLEXE):
        actions |= flexe_actions(clients, links)
    if clients.has(Provider.SAP):
        actions |= sap_actions(clients, configuration, links)
    return actions


def bigcommerce_actions(clients: Clients) -> ActionTable:
    return {(Provider.BIGCOMMERCE, "update_order_status"): UpdateOrderStatus(clients.bigcommerce)}


def finops_actions(clients: Clients, settings: Settings, configuration: Configuration) -> ActionTable:
    client, connection = clients.dataverse, settings.dataverse
    references = References(client, timedelta(seconds=connection.reference_seconds), now)
    explain_skip = skip_explainer(configuration.dual_write_maps)
    whole_orders = SendOrderToFulfillment(client, references, explain_skip, connection)
    lines = SendOrderLinesToBilling(client, references, explain_skip, connection)
    return {
        (Provider.FINOPS, "send_order_to_fulfillment"): whole_orders,
        (Provider.FINOPS, "send_order_lines_to_billing"): lines,
        (Provider.FINOPS, "send_lines_again"): SendLinesAgain(client, references, explain_skip, connection),
        (Provider.FINOPS, "send_order_status"): SendOrderStatus(client, explain_skip, connection),
        (Provider.FINOPS, CANCEL_ORDER): CancelOrder(client, explain_skip),
    }


def flexe_actions(clients: Clients, links: Links) -> ActionTable:
    send = SendFulfillmentOrder(clients.flexe, links, clients.flexe_connection, now)
    return {
        (Provider.FLEXE, "send_fulfillment_order"): send,
        (Provider.FLEXE, CANCEL_ORDER): CancelFulfillmentOrder(clients.flexe, clients.flexe_connection),
    }


def sap_actions(clients: Clients, configuration: Configuration, links: Links) -> ActionTable:
    mappings = configuration.mappings_of(SAP)
    send = SendToInvoice(clients.sap, links, mappings, clients.sap_connection)
    return {(Provider.SAP, "send_to_invoice"): send}


def optimization_actions(sourcing: Sourcing) -> ActionTable:
    return {
        (Provider.OPTIMIZATION, "send_to_fulfillment_optimization"): sourcing.send_to_fulfillment_optimization,
        (Provider.OPTIMIZATION, CANCEL_ORDER): sourcing.release_reservations,
    }
