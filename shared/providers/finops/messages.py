"""What Dataverse posts when a row changed (reference: dataverse.md section 6).

A message only says where to look: it may come late, twice, out of order or not at all, and without its details when
they are large. So nothing is taken from it but which row it speaks of.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from shared.domain.errors import Malformed, NotAuthentic
from shared.domain.json_text import strict_json
from shared.providers.finops.connection import DataverseConnection
from shared.providers.inbound import Ignored, is_one_of

SALESORDER, SALESORDERDETAIL = "salesorder", "salesorderdetail"
_MESSAGES = frozenset({"Create", "Update", "Delete"})
_SHOWN_CHARACTERS = 100
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DATE = re.compile(r"/Date\((-?\d+)(?:[+-]\d{4})?\)/")


@dataclass(frozen=True)
class RowChange:
    """A row to look at. `order_row_id` is the order it belongs to, None for a line whose message does not say."""

    entity: str  # salesorder | salesorderdetail
    row_id: str
    message: str  # Create | Update | Delete
    order_row_id: str | None = None
    at: datetime | None = None  # when it happened, where that is told


def authenticate(query: Mapping[str, str], headers: Mapping[str, str], connection: DataverseConnection) -> None:
    """The key comes as `?code=`, or in the header that an HttpHeader registration names. Raises NotAuthentic."""
    name = connection.webhook_header_name.lower()
    given = query.get("code") or next((value for header, value in headers.items() if header.lower() == name), "")
    wanted = connection.webhook_key.get_secret_value()
    if not wanted or not is_one_of(given, wanted):
        raise NotAuthentic("the webhook key is missing or wrong")


def parse(body: bytes) -> RowChange | Ignored:
    """The row a RemoteExecutionContext speaks of. Raises Malformed."""
    try:
        context = strict_json(body)
        entity, message, row_id = (context[name] for name in ("PrimaryEntityName", "MessageName", "PrimaryEntityId"))
        if entity not in {SALESORDER, SALESORDERDETAIL}:
            return Ignored(f"table {entity[:_SHOWN_CHARACTERS]} is not watched")
        if message not in _MESSAGES:
            return Ignored(f"message {message[:_SHOWN_CHARACTERS]} on {entity} is not watched")
        row_id = str(UUID(row_id))
        order_row_id = row_id if entity == SALESORDER else _order_of(context)
        return RowChange(entity, row_id, message, order_row_id, read_date(context.get("OperationCreatedOn")))
    except KeyError as missing:
        raise Malformed(f"{missing.args[0]} is missing") from missing
    except (ValueError, TypeError, AttributeError, OverflowError) as error:
        raise Malformed(f"not a RemoteExecutionContext: {error}") from error


def read_date(value: str | None) -> datetime | None:
    """`/Date(ms)/`, `/Date(ms+hhmm)/` (the offset is for display only) or ISO 8601, as UTC.

    Raises ValueError, or OverflowError for a date of no calendar.
    """
    if value is None:
        return None
    if ticks := _DATE.fullmatch(value):
        return _EPOCH + timedelta(milliseconds=int(ticks[1]))
    moment = datetime.fromisoformat(value)
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _order_of(context: Mapping[str, Any]) -> str | None:
    """The order of a line, where the line or an image of it holds the column; an update holds only what was set."""
    for columns in _entities(context):
        if reference := columns.get("salesorderid"):
            return str(UUID(reference["Id"]))
    return None


def _entities(context: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The columns of the target and of its images. Every collection is a list of key and value, absent when large."""
    inputs = _dictionary(context.get("InputParameters"))
    images = [_dictionary(context.get(name)) for name in ("PostEntityImages", "PreEntityImages")]
    for entity in (inputs.get("Target"), *(image for named in images for image in named.values())):
        if entity:
            yield _dictionary(entity.get("Attributes"))


def _dictionary(pairs: list[dict[str, Any]] | None) -> dict[str, Any]:
    return {pair["key"]: pair["value"] for pair in pairs or ()}
