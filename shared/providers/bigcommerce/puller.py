"""Asks for changed orders, for the callbacks that got lost: deactivated hooks, blocked domains, dropped events."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from shared.domain.watermarks import watermark as new_watermark
from shared.providers.bigcommerce.client import BigCommerceClient, modified_at
from shared.providers.bigcommerce.connection import BigCommerceConnection
from shared.providers.bigcommerce.statuses import status_of


@dataclass(frozen=True)
class ModifiedOrder:
    external_id: str
    status_id: int | None


@dataclass(frozen=True)
class Pull:
    """The changed orders, each once, and the watermark to store once they have been handed on."""

    orders: tuple[ModifiedOrder, ...]
    watermark: str


def pull_modified_orders(
    client: BigCommerceClient, connection: BigCommerceConnection, watermark: str | None, now: datetime
) -> Pull:
    """Orders modified since `watermark` (ISO 8601; None: the first pull ever) less an overlap.

    Raises RejectedByProvider and TransientProviderError.
    """
    first = now - timedelta(seconds=connection.first_pull_seconds)
    latest = datetime.fromisoformat(watermark) if watermark else first
    orders: dict[str, ModifiedOrder] = {}
    for order in client.orders_modified_since(latest - timedelta(seconds=connection.pull_overlap_seconds)):
        external_id = str(order["id"])
        orders[external_id] = ModifiedOrder(external_id, status_of(order))
        latest = max(latest, modified_at(order) or latest)
    return Pull(tuple(orders.values()), new_watermark(latest, now))
