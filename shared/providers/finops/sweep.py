"""Finds what webhooks lost: one pass over the change feed of `salesorders` (reference: dataverse.md section 5)."""

import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from shared.domain.errors import RejectedByProvider
from shared.providers.finops.client import ChangePage, DataverseClient
from shared.providers.finops.messages import SALESORDER, RowChange
from shared.providers.finops.rows import ORDER_ID, ORDERS
from shared.providers.finops.status import HEADER_COLUMNS

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class SweptPage:
    """Some of the changes. `link` is where the next pass begins; only the last page has it.

    Keep it once all changes have been handed on: a pass that broke off is then made again from its start.
    """

    changes: tuple[RowChange, ...]
    link: str | None


def sweep(client: DataverseClient, link: str | None) -> Iterator[SweptPage]:
    """Everything that changed since the pass that left `link`, page by page; without a link every order there is.

    So it is too when Dataverse will not have the link any more (it forgets them after some days): a row told of twice
    does no harm, one never told of does.
    """
    page = _first_page(client, link)
    yield _swept(page)
    while page.next_link:
        page = client.more_changes(page.next_link)
        yield _swept(page)


def _first_page(client: DataverseClient, link: str | None) -> ChangePage:
    if link:
        try:
            return client.more_changes(link)
        except RejectedByProvider as refusal:  # the error of an expired link is not documented
            log.warning("the change feed starts anew: %s", refusal)
    return client.changes(ORDERS, HEADER_COLUMNS)


def _swept(page: ChangePage) -> SweptPage:
    return SweptPage(tuple(_change(row) for row in page.rows), page.delta_link)


def _change(row: Mapping[str, Any]) -> RowChange:
    """A removed row, which may be one never seen, has `id` and `reason` only."""
    if "reason" in row:
        return RowChange(SALESORDER, row["id"], "Delete", row["id"])
    return RowChange(SALESORDER, row[ORDER_ID], "Update", row[ORDER_ID])
