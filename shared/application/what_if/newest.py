"""What a draft would change, over the newest orders in the store."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice

from shared.application.order_listing import MOST_LOOKED_AT, OrderList
from shared.application.what_if.comparison import what_if
from shared.application.what_if.report import WhatIfReport
from shared.configuration import Configuration
from shared.domain.errors import OrderProblem
from shared.domain.ports import OrderBook

MOST_ORDERS = 1_000
_READERS = 8


class OrdersOutOfRange(OrderProblem, ValueError):
    """More orders are asked for than one answer looks at, or none."""


@dataclass(frozen=True)
class WhatIf:
    """Changes nothing. What it costs, in storage calls:

    - 1 for each order, with its lines
    - 1 for every order looked through, by 64 at a time, and 1 for each 64 of them; they are as many as are wanted, or
      of one source, the newer ones of others as well
    """

    orders: OrderList
    book: OrderBook
    current: Configuration

    def run(
        self, draft: Configuration, *, orders: int = 100, source: str | None = None, policies: Sequence[str] = ()
    ) -> WhatIfReport:
        """The newest `orders` (1 to 1,000), newest first; of one `source`, those among the newest 1,000 of all.

        `policies` of the draft are run on their own as well. `model_dump(mode="json")` makes JSON of the answer. Raises
        NotConfigured, OrdersOutOfRange, both before anything is read, and TransientProviderError.
        """
        if not 1 <= orders <= MOST_ORDERS:
            raise OrdersOutOfRange(f"orders = {orders}: give 1 to {MOST_ORDERS}")
        for name in policies:
            draft.policy(name)
        with ThreadPoolExecutor(_READERS) as readers:
            records = list(readers.map(self.book.get, self._ids(orders, source)))
        return what_if(self.current, draft, records, policies)

    def _ids(self, orders: int, source: str | None) -> list[str]:
        headers = islice(self.orders.newest("all", orders if source is None else MOST_LOOKED_AT), MOST_LOOKED_AT)
        found = (record.order for _, record in headers if record and source in (None, record.order.source))
        return [order.order_id for order in islice(found, orders)]
