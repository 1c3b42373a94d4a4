"""The Inventory Visibility calls this app makes, one method each, in its own words."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Self, TypeVar

from shared.domain.errors import TransientProviderError
from shared.domain.ports import Clock
from shared.providers.answers import Answer
from shared.providers.cached_token import CachedToken
from shared.providers.circuit import Circuit
from shared.providers.discretion import secrets_in
from shared.providers.inventory.connection import InventoryConnection
from shared.providers.inventory.rows import EVENT_ANSWERS, ON_HAND, EventAnswer, OnHand, read, read_fault
from shared.providers.inventory.token import API_VERSION, access_token
from shared.providers.session import ConnectionCut, Exchange, ProviderSession

JsonObject = dict[str, Any]
Item = TypeVar("Item")
_NOTHING = "connection-test"  # no company, site, location or product is called so: the answer has no rows


class InventoryClient:
    """Thread-safe: one client serves a process.

    Every method raises RejectedByProvider and TransientProviderError, and may be called again after either: queries
    change nothing, and an event counts once by its `id`.
    """

    def __init__(self, connection: InventoryConnection, http: ProviderSession, token: CachedToken) -> None:
        self._connection = connection
        self._http = http
        self._token = token

    @classmethod
    def connect(
        cls,
        connection: InventoryConnection,
        now: Clock,
        on_exchange: Callable[[Exchange], None] | None = None,
        circuit: Circuit | None = None,
    ) -> Self:
        http = ProviderSession(
            connection.api,
            name="Inventory Visibility",
            timeout_seconds=connection.timeout_seconds,
            parse_error=read_fault,
            secrets=secrets_in(connection),
            on_exchange=on_exchange,
            circuit=circuit,
        )
        return cls(connection, http, access_token(connection, now, circuit))

    def check_connection(self) -> None:
        """One cheap read that needs address, application, its rights and the environment to be right."""
        list(self.on_hand(_NOTHING, [(_NOTHING, _NOTHING)], [_NOTHING]))

    def on_hand(self, company: str, places: Sequence[tuple[str, str]], products: Sequence[str]) -> Iterator[OnHand]:
        """What is known of these products at these places (site, location); no row for what was never stocked.

        Rows with a negative quantity come too: one that is asked for without them is missing as a whole, even when
        the quantity that matters is positive.
        """
        for some_places in _parts(places, self._connection.places_per_query):
            for some_products in _parts(products, self._connection.products_at(len(some_places))):
                yield from self._exact_query(company, some_places, some_products)

    def reserve(self, events: Sequence[JsonObject]) -> list[EventAnswer]:
        """What became of each, in the order asked."""
        return self._in_bulk("/onhand/reserve/bulk", events)

    def unreserve(self, events: Sequence[JsonObject]) -> list[EventAnswer]:
        """What became of each, in the order asked."""
        return self._in_bulk("/onhand/unreserve/bulk", events)

    def close(self) -> None:
        self._http.close()
        self._token.close()

    def _exact_query(
        self, company: str, places: Sequence[tuple[str, str]], products: Sequence[str]
    ) -> Sequence[OnHand]:
        filters = {
            "organizationId": [company],
            "productId": products,
            "dimensions": ["siteId", "locationId"],
            "values": places,
        }
        body = {"filters": filters, "groupByValues": [], "returnNegative": True}
        return read(self._post("/onhand/exactquery", body), ON_HAND)

    def _in_bulk(self, path: str, events: Sequence[JsonObject]) -> list[EventAnswer]:
        parts = _parts(events, self._connection.rows_per_bulk)
        return [answer for part in parts for answer in _matched(part, self._post(path, part))]

    def _post(self, path: str, body: Any) -> Answer:
        def call(token: str) -> Answer:
            return self._http.post(path, json=body, headers={**API_VERSION, "Authorization": f"Bearer {token}"})

        try:
            return self._token.send(call)
        except ConnectionCut:
            # Mostly a pooled connection that the gateway closed just then.
            return self._token.send(call)


def _matched(events: Sequence[JsonObject], answer: Answer) -> Iterator[EventAnswer]:
    """The answer to each event: by its id, or by its position where the service answers with ids of its own.

    Raises TransientProviderError when an answer is missing or may go better later: who of the others was done is then
    asked again under the same ids.
    """
    rows = read(answer, EVENT_ANSWERS)
    by_id = {row.id: row for row in rows}
    if all(event["id"] in by_id for event in events):
        rows = [by_id[event["id"]] for event in events]
    elif len(rows) != len(events):
        raise TransientProviderError(f"{answer} with {len(rows)} rows instead of {len(events)}")
    for event, row in zip(events, rows, strict=True):
        if row.may_go_better_later:
            raise TransientProviderError(f"{answer} with status {row.status_code} for {event['id']}: {row.reason}")
        yield row


def _parts(items: Sequence[Item], size: int) -> Iterator[Sequence[Item]]:
    return (items[start : start + size] for start in range(0, len(items), size))
