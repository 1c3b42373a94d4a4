"""Stock as sourcing sees it: what may be promised, and promises that nobody else can take."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Protocol

from shared.domain.orders import Value


class StockPlace(Value):
    """Where a fulfillment source keeps its goods, in the words of the inventory service."""

    source: str
    site: str
    location: str


class Reservation(Value):
    """Units to be kept for one order line at one source.

    `key` names the request: asked again under the same key, it is the same reservation. `reservation_id` is known once
    it is made, and needed to undo it.
    """

    key: str
    company: str
    product: str
    place: StockPlace
    quantity: Decimal
    reservation_id: str = ""


class Reserved(Value):
    """What became of one request: `refusal` is empty when the units are kept."""

    reservation: Reservation
    refusal: str = ""


class Stock(Protocol):
    """Raises TransientProviderError or RejectedByProvider when the service cannot be asked."""

    def available(
        self, company: str, places: Sequence[StockPlace], products: Iterable[str]
    ) -> Mapping[str, Mapping[str, Decimal]]:
        """Units that may be reserved now, by source and product; nothing for what was never stocked."""
        ...

    def reserve(self, wanted: Sequence[Reservation]) -> tuple[Reserved, ...]:
        """In the order asked; each is kept whole or refused, whatever becomes of the others."""
        ...

    def release(self, kept: Sequence[Reservation]) -> None:
        """Give units back. Released again under the same keys, nothing more is given back."""
        ...
