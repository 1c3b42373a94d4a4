"""The SAP calls this app makes, one method each, in SAP's own words (reference: sap.md sections 3 and 4)."""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any, Self, TypeVar

from pydantic import BaseModel, ValidationError

from shared.domain.errors import TransientProviderError
from shared.domain.ports import Clock
from shared.providers.answers import RefusedCall
from shared.providers.circuit import Circuit
from shared.providers.discretion import secrets_in
from shared.providers.paging import Trail
from shared.providers.sap.connection import SapConnection
from shared.providers.sap.documents import BillingDocument, BillingItem, SalesOrder
from shared.providers.sap.errors import read_fault
from shared.providers.sap.odata import key, moment, text
from shared.providers.sap.session import SapSession
from shared.providers.sap.sign_in import sign_in
from shared.providers.session import Exchange, ProviderSession

_SERVICES = "/sap/opu/odata/sap"
_SALES, _BILLING = "/API_SALES_ORDER_SRV", "/API_BILLING_DOCUMENT_SRV"
_WITH_ITEMS: Mapping[str, str] = {"$expand": "to_Item"}

Document = TypeVar("Document", bound=BaseModel)


class SapClient:
    """Thread-safe: one client serves a process. Every method raises RejectedByProvider and TransientProviderError."""

    def __init__(self, session: SapSession, page_size: int) -> None:
        self._session = session
        self._page_size = page_size

    @classmethod
    def connect(
        cls,
        connection: SapConnection,
        now: Clock,
        on_exchange: Callable[[Exchange], None] | None = None,
        circuit: Circuit | None = None,
    ) -> Self:
        http = ProviderSession(
            connection.host + _SERVICES,
            name="SAP",
            timeout_seconds=connection.timeout_seconds,
            parse_error=read_fault,
            secrets=secrets_in(connection),
            on_exchange=on_exchange,
            circuit=circuit,
        )
        session = SapSession(http, sign_in(connection, now, circuit), _SALES, connection.sap_client)
        return cls(session, connection.page_size)

    def check_connection(self) -> None:
        """One cheap read that needs address, user and the right to read orders to be there."""
        list(self._rows(f"{_SALES}/A_SalesOrder", {"$select": "SalesOrder", "$top": "1"}))

    def create_sales_order(self, body: Mapping[str, Any]) -> SalesOrder:
        """Made anew each time it is called; its items are in the answer of some systems only."""
        return _read(SalesOrder, self._session.post(f"{_SALES}/A_SalesOrder", body))

    def sales_orders_of(self, reference: str, sold_to: str) -> tuple[SalesOrder, ...]:
        """All with this customer reference, with their items. One just made may be missing for a while."""
        wanted = f"PurchaseOrderByCustomer eq {text(reference)} and SoldToParty eq {text(sold_to)}"
        rows = self._rows(f"{_SALES}/A_SalesOrder", {"$filter": wanted, **_WITH_ITEMS})
        return tuple(_read(SalesOrder, row) for row in rows)

    def sales_order(self, number: str) -> SalesOrder | None:
        """With its items; None when there is none (yet)."""
        return self._document(SalesOrder, f"{_SALES}/{key('A_SalesOrder', number)}")

    def billing_document(self, number: str) -> BillingDocument | None:
        """With its items; None when there is none (yet)."""
        return self._document(BillingDocument, f"{_BILLING}/{key('A_BillingDocument', number)}")

    def billing_items_of(self, sales_order: str) -> tuple[BillingItem, ...]:
        """Whatever was ever billed of a sales order, in documents of every kind."""
        rows = self._rows(f"{_BILLING}/A_BillingDocumentItem", {"$filter": f"SalesDocument eq {text(sales_order)}"})
        return tuple(_read(BillingItem, row) for row in rows)

    def billing_documents_changed_since(self, since: datetime) -> Iterator[BillingDocument]:
        """Documents changed at `since` (timezone-aware) or later, longest unchanged first; one may come twice.

        A document that is changed between two pages moves to the end and would draw the next one off an unread page,
        so each further page asks from the last date seen instead of by its number.
        """
        since, skip = since.replace(microsecond=0), 0
        trail = Trail("SAP")
        while True:
            page = self._changed_page(since, skip)
            trail.step("page", page)
            yield from page
            if len(page) < self._page_size:
                return
            last = (page[-1].changed_at or since).replace(microsecond=0)
            if last > since:
                since, skip, trail = last, 0, Trail("SAP")
            else:
                skip += len(page)

    def close(self) -> None:
        self._session.close()

    def _changed_page(self, since: datetime, skip: int) -> list[BillingDocument]:
        options = {
            "$filter": f"LastChangeDateTime ge {moment(since)}",
            "$orderby": "LastChangeDateTime,BillingDocument",
            "$select": "BillingDocument,SDDocumentCategory,LastChangeDateTime",
            "$top": str(self._page_size),
            "$skip": str(skip),
        }
        return [_read(BillingDocument, row) for row in self._rows(f"{_BILLING}/A_BillingDocument", options)]

    def _document(self, kind: type[Document], path: str) -> Document | None:
        try:
            return _read(kind, self._session.get(path, _WITH_ITEMS))
        except RefusedCall as refusal:
            if refusal.status == 404:
                return None
            raise

    def _rows(self, path: str, options: Mapping[str, str]) -> Iterator[Any]:
        """All rows, however many answers SAP makes of them."""
        page = self._session.get(path, options)
        trail = Trail("SAP")
        while True:
            try:
                yield from page["results"]
                link = page.get("__next")
            except (KeyError, TypeError, AttributeError) as error:
                raise TransientProviderError("SAP answered a list of another shape than documented") from error
            if not link:
                return
            trail.step("link", link)
            # Behind a proxy the link names a host of its own, which our credentials do not go to.
            page = self._session.get(link.partition(_SERVICES)[2] or link, {})


def _read(kind: type[Document], row: Any) -> Document:
    try:
        return kind.model_validate(row)
    except ValidationError as invalid:
        wrong = ", ".join(sorted({".".join(map(str, mistake["loc"])) for mistake in invalid.errors()}))
        raise TransientProviderError(f"SAP answered a {kind.__name__} of another shape: {wrong}") from None
