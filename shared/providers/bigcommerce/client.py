"""The BigCommerce calls this app makes, one method each, in its own words.

Reference: bigcommerce.md sections 2 and 3.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from itertools import count
from typing import Any
from urllib.parse import quote

from shared.domain.errors import TransientProviderError
from shared.providers.answers import Answer
from shared.providers.bigcommerce import errors
from shared.providers.bigcommerce.connection import BigCommerceConnection
from shared.providers.discretion import secrets_in
from shared.providers.paging import Trail
from shared.providers.session import ProviderSession

PAGE_SIZE = 250  # the most a page may hold; without asking it would hold 50
JsonObject = dict[str, Any]


def bigcommerce_session(connection: BigCommerceConnection, **options: Any) -> ProviderSession:
    """A session with the store's API; `options` go to `ProviderSession`."""
    headers = {
        "X-Auth-Token": connection.access_token.get_secret_value(),
        "Accept": "application/json",
        "User-Agent": "order-orchestrator",
    }
    return ProviderSession(
        connection.api,
        name="BigCommerce",
        timeout_seconds=connection.timeout_seconds,
        headers=lambda: headers,
        parse_error=errors.read_fault,
        wait=errors.wait,
        secrets=secrets_in(connection),
        **options,
    )


class BigCommerceClient:
    """Lists come whole, all pages of them. Every method raises RejectedByProvider and TransientProviderError."""

    def __init__(self, http: ProviderSession) -> None:
        self._http = http

    def check_connection(self) -> None:
        """One cheap read that needs address, token and scope to be right."""
        answer = self._http.get("/v2/orders", params={"limit": 1})
        if answer.status != 204:
            _rows(answer)

    def order(self, order_id: str) -> JsonObject:
        return _object(self._http.get(_path(order_id)))

    def products(self, order_id: str) -> list[JsonObject]:
        """The order's lines; the `id` of each is what shipments call `order_product_id`."""
        return self._all_pages(_path(order_id, "products"))

    def shipping_addresses(self, order_id: str) -> list[JsonObject]:
        return self._all_pages(_path(order_id, "shipping_addresses"))

    def shipments(self, order_id: str) -> list[JsonObject]:
        return self._all_pages(_path(order_id, "shipments"))

    def orders_modified_since(self, since: datetime) -> Iterator[JsonObject]:
        """Orders modified at `since` (timezone-aware) or later, longest unmodified first; one may come twice.

        An order that is modified between two pages moves to the end and would draw the next one off an unread page,
        so each further page asks from the last date seen instead of by its number.
        """
        page, trail = 1, Trail("BigCommerce")
        while True:
            wanted = {"min_date_modified": since.isoformat(timespec="seconds"), "sort": "date_modified:asc"}
            rows = self._page("/v2/orders", page, wanted)
            trail.step("page", rows)
            yield from rows
            if len(rows) < PAGE_SIZE:
                return
            # A second less: whether the store's filter includes the date itself is not documented.
            last = modified_at(rows[-1])
            seen = last - timedelta(seconds=1) if last else since
            if seen > since:  # its first page may repeat this one, when all of it was modified within a second
                since, page, trail = seen, 1, Trail("BigCommerce")
            else:
                page += 1

    def create_shipment(self, order_id: str, shipment: JsonObject) -> JsonObject:
        """Post a parcel; the shopper gets a mail for each, so a second copy is a second mail."""
        return _object(self._http.post(_path(order_id, "shipments"), json=shipment))

    def update_shipment(self, order_id: str, shipment_id: int, changes: JsonObject) -> JsonObject:
        return _object(self._http.put(_path(order_id, "shipments", str(shipment_id)), json=changes))

    def update_status(self, order_id: str, status_id: int) -> JsonObject:
        return _object(self._http.put(_path(order_id), json={"status_id": int(status_id)}))

    def hooks(self) -> list[JsonObject]:
        """Those of the API account the token belongs to; nobody else's are shown."""
        return _whole(self._hooks_page)

    def create_hook(self, hook: Mapping[str, Any]) -> None:
        """RejectedByProvider when there is one of this scope and destination already."""
        self._http.post("/v3/hooks", json=hook)

    def update_hook(self, hook_id: int, changes: Mapping[str, Any]) -> None:
        self._http.put(f"/v3/hooks/{hook_id}", json=changes)

    def close(self) -> None:
        self._http.close()

    def _all_pages(self, path: str) -> list[JsonObject]:
        return _whole(lambda page: self._page(path, page, {}))

    def _hooks_page(self, page: int) -> list[JsonObject]:
        answer = self._http.get("/v3/hooks", params={"page": page, "limit": PAGE_SIZE})
        return _rows_in(answer, _object(answer).get("data"))

    def _page(self, path: str, page: int, wanted: dict[str, str]) -> list[JsonObject]:
        answer = self._http.get(path, params={**wanted, "page": page, "limit": PAGE_SIZE})
        # Nothing, or nothing more: an empty list comes as 204 without a body or as [].
        return [] if answer.status == 204 else _rows(answer)


def _whole(page_of: Callable[[int], list[JsonObject]]) -> list[JsonObject]:
    """A list of all its pages, which count from 1."""
    found: list[JsonObject] = []
    trail = Trail("BigCommerce")
    for page in count(1):
        rows = page_of(page)
        trail.step("page", rows)
        found += rows
        if len(rows) < PAGE_SIZE:
            break
    return found


def modified_at(order: JsonObject) -> datetime | None:
    """The order's `date_modified`, None when it cannot be read."""
    try:
        date = parsedate_to_datetime(order["date_modified"])
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError):
        return None
    return date.replace(tzinfo=date.tzinfo or UTC)


def _path(*parts: str) -> str:
    return "/".join(["/v2/orders", *(quote(part, safe="") for part in parts)])


def _object(answer: Answer) -> JsonObject:
    body = answer.json()
    if not isinstance(body, dict):
        raise _misshapen(answer)
    return body


def _rows(answer: Answer) -> list[JsonObject]:
    return _rows_in(answer, answer.json())


def _rows_in(answer: Answer, rows: Any) -> list[JsonObject]:
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise _misshapen(answer)
    return rows


def _misshapen(answer: Answer) -> TransientProviderError:
    return TransientProviderError(f"{answer} with JSON of another shape than documented")
