"""Finds what webhooks lost: one pass over the change feed of `salesorders` (reference: dataverse.md section 5)."""

import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from shared.domain.errors import RejectedByProvider
from shared.providers.finops.client import ChangePage, DataverseClient
from shared.providers.finops.messages import SALESORDER, RowChange, read_date
from shared.providers.finops.rows import ORDER_ID, ORDERS
from shared.providers.paging import Trail

log = logging.getLogger(__name__)

_MODIFIED = "modifiedon"
_COLUMNS = (ORDER_ID, _MODIFIED, "msdyn_processingstatus", "statecode", "statuscode")


@dataclass(frozen=True)
class SweptPage:
    """Some of the changes. `link` is where the next pass begins; only the last page has it.

    Keep it once all changes have been handed on: a pass that broke off is then made again from its start.
    """

    changes: tuple[RowChange, ...]
    link: str | None


def sweep(client: DataverseClient, link: str | None, oldest: datetime) -> Iterator[SweptPage]:
    """Everything that changed since the pass that left `link`, page by page.

    Without a link, or when Dataverse will not have it any more (it forgets them after some days), the feed tells of
    every order there ever was: those modified at `oldest` or later are handed on. A row told of twice does no harm.

    Raises as `shared/providers/finops/errors.py` says.
    """
    page = _since(client, link) if link else None
    if page is None:
        page, told = client.changes(ORDERS, _COLUMNS), oldest
    else:
        told = None
    yield _swept(page, told)
    trail = Trail("Dataverse")
    trail.step("link", link)
    while page.next_link:
        trail.step("link", page.next_link)
        page = client.more_changes(page.next_link)
        yield _swept(page, told)


def _since(client: DataverseClient, link: str) -> ChangePage | None:
    try:
        return client.more_changes(link)
    except RejectedByProvider as refusal:  # the error of an expired link is not documented
        log.warning("the change feed starts anew: %s", refusal)
        return None


def _swept(page: ChangePage, oldest: datetime | None) -> SweptPage:
    changes = (_change(row) for row in page.rows)
    return SweptPage(tuple(each for each in changes if _is_told(each, oldest)), page.delta_link)


def _is_told(change: RowChange, oldest: datetime | None) -> bool:
    return oldest is None or change.at is None or change.at >= oldest


def _change(row: Mapping[str, Any]) -> RowChange:
    """A removed row, which may be one never seen, has `id` and `reason` only."""
    if "reason" in row:
        return RowChange(SALESORDER, row["id"], "Delete", row["id"])
    return RowChange(SALESORDER, row[ORDER_ID], "Update", row[ORDER_ID], _modified(row))


def _modified(row: Mapping[str, Any]) -> datetime | None:
    """A date that cannot be read is none: its order is looked at once too often, and the others' turn still comes."""
    said = row.get(_MODIFIED)
    try:
        return read_date(None if said is None else str(said))
    except (ValueError, OverflowError):
        log.warning("order %s of the change feed: %s %r is no date", row[ORDER_ID], _MODIFIED, said)
        return None
