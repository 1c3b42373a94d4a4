"""BigCommerce as a place where orders are born."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from shared.domain.errors import TransientProviderError
from shared.domain.mappings import IdMappings
from shared.domain.sources import PulledOrder, Readiness
from shared.providers.answers import RefusedCall
from shared.providers.bigcommerce.client import BigCommerceClient, JsonObject
from shared.providers.bigcommerce.connection import BigCommerceConnection
from shared.providers.bigcommerce.fields import Fields
from shared.providers.bigcommerce.orders import from_bigcommerce_order, order_header
from shared.providers.bigcommerce.statuses import status_of


@dataclass(frozen=True)
class BigCommerceOrders:
    """Reads orders as the store has them now; what a callback said of them was only a hint."""

    client: BigCommerceClient
    mappings: IdMappings
    connection: BigCommerceConnection
    takes_all: bool = True

    def pull(self, external_id: str) -> PulledOrder:
        """The order with its lines and addresses, if it is READY; without them, and not checked, if it is not.

        Right after its callback an order may be missing, or not have all its lines yet: TransientProviderError.
        """
        order = self._order(external_id)
        readiness = self._readiness(order)
        if readiness is not Readiness.READY:
            return PulledOrder(
                order=order_header(Fields(order, "", []), self.mappings, self.connection), readiness=readiness
            )
        products = self.client.products(external_id)
        if not _are_all_there(order, products):
            raise TransientProviderError(f"BigCommerce does not show all lines of order {external_id} yet")
        addresses = self.client.shipping_addresses(external_id)
        transformed = from_bigcommerce_order(order, products, addresses, self.mappings, self.connection)
        return PulledOrder(order=transformed.order, readiness=readiness, problems=transformed.problems)

    def _order(self, external_id: str) -> JsonObject:
        try:
            return self.client.order(external_id)
        except RefusedCall as refusal:
            if refusal.status == 404:
                raise TransientProviderError(f"BigCommerce does not show order {external_id} yet") from refusal
            raise

    def _readiness(self, order: Mapping[str, Any]) -> Readiness:
        readiness = self.connection.readiness(status_of(order))
        if order.get("is_deleted") is True and readiness in {Readiness.READY, Readiness.WAITING}:
            return Readiness.CANCELED  # archived before anything was done with it
        return readiness


def _are_all_there(order: Mapping[str, Any], products: Sequence[JsonObject]) -> bool:
    """By units, as the order counts them. What cannot be counted is told as a problem of the order."""
    said, shown = order.get("items_total"), [line.get("quantity") for line in products]
    if not products:
        return not said
    counted = [units for units in shown if isinstance(units, int)]
    return not isinstance(said, int) or len(counted) < len(shown) or sum(counted) >= said
