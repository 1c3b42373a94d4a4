"""The Flexe calls this app makes, one method each (assumed; reference: flexe.md section 3)."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from shared.domain.errors import TransientProviderError
from shared.providers.answers import Answer
from shared.providers.discretion import secrets_in
from shared.providers.flexe.connection import FlexeConnection
from shared.providers.flexe.errors import read_fault
from shared.providers.flexe.readings import FlexeOrder, read_order
from shared.providers.paging import Trail
from shared.providers.session import ProviderSession

JsonObject = dict[str, Any]
_LONG_AGO = datetime.min.replace(tzinfo=UTC)


def flexe_session(connection: FlexeConnection, **options: Any) -> ProviderSession:
    """A session with Flexe's API; `options` go to `ProviderSession`."""
    headers = {**connection.credentials, "Accept": "application/json", "User-Agent": "order-orchestrator"}
    return ProviderSession(
        connection.api,
        name="Flexe",
        timeout_seconds=connection.timeout_seconds,
        headers=lambda: headers,
        parse_error=read_fault,
        secrets=secrets_in(connection),
        **options,
    )


class FlexeClient:
    """Every method raises RejectedByProvider (RefusedCall for an answer) and TransientProviderError."""

    def __init__(self, http: ProviderSession, connection: FlexeConnection) -> None:
        self._http = http
        self._connection = connection
        self._path = connection.orders_path

    def check_connection(self) -> None:
        """One cheap read that needs address, token and owner to be right."""
        _page(self._http.get(self._path, params={"owner_id": self._connection.owner_id, "limit": 1}))

    def create_order(self, order: JsonObject) -> FlexeOrder:
        """The new order; the one there is already, where Flexe takes the call for a repetition."""
        return self._order(self._http.post(self._path, json=order))

    def order(self, order_id: str) -> FlexeOrder:
        return self._order(self._http.get(self._path_of(order_id)))

    def find_orders(self, external_id: str) -> list[FlexeOrder]:
        """The owner's orders with this external id, oldest first. Lists may not show a new order yet.

        A filter that Flexe does not know might be passed over, so the orders are filtered again.
        """
        listed = self._listed({"external_order_id": external_id})
        found = [order for order in listed if order.external_id == external_id]
        return sorted(found, key=lambda order: (order.created_at or _LONG_AGO, order.id))

    def updated_since(self, since: datetime) -> Iterator[FlexeOrder]:
        """The owner's orders that changed at `since` (timezone-aware) or later; one may come twice."""
        return self._listed({"updated_since": timestamp(since)})

    def cancel(self, order_id: str, reason: str) -> None:
        """Ask for a cancellation; whether it is done, or only noted, the order itself tells."""
        self._http.post(f"{self._path_of(order_id)}/cancel", json={"reason": reason})

    def close(self) -> None:
        self._http.close()

    def _listed(self, filters: Mapping[str, str]) -> Iterator[FlexeOrder]:
        wanted: dict[str, str | int] = {
            "owner_id": self._connection.owner_id,
            **filters,
            "limit": self._connection.page_size,
        }
        trail = Trail("Flexe")
        while True:
            answer = self._http.get(self._path, params=wanted)
            rows, cursor = _page(answer)
            yield from (self._read(row, answer) for row in rows)
            if not cursor:
                return
            trail.step("cursor", cursor)
            wanted["cursor"] = cursor

    def _order(self, answer: Answer) -> FlexeOrder:
        return self._read(answer.json(), answer)

    def _read(self, raw: Any, answer: Answer) -> FlexeOrder:
        if not isinstance(raw, dict) or not raw.get("id"):
            raise _misshapen(answer)
        return read_order(raw, self._connection.status)

    def _path_of(self, order_id: str) -> str:
        return f"{self._path}/{quote(order_id, safe='')}"


def timestamp(moment: datetime) -> str:
    """As Flexe writes it, to the second."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _page(answer: Answer) -> tuple[list[Any], str]:
    body = answer.json()
    rows = body.get("outbound_orders") if isinstance(body, dict) else None
    if not isinstance(rows, list):
        raise _misshapen(answer)
    return rows, str(body.get("next_cursor") or "")


def _misshapen(answer: Answer) -> TransientProviderError:
    return TransientProviderError(f"{answer} with JSON of another shape than expected")
