"""OData V2 as SAP speaks it: addresses, literals, and values in JSON (reference: sap.md section 2)."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote, urlencode

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DATE = re.compile(r"/Date\((-?\d{1,15})(?:[+-]\d{4})?\)/")


def address(path: str, options: Mapping[str, str]) -> str:
    """`path` with a query whose spaces are %20, which means a space everywhere."""
    if not options:
        return path
    return f"{path}{'&' if '?' in path else '?'}{urlencode(options, quote_via=quote, safe='$,()')}"


def key(entity_set: str, value: str) -> str:
    """`A_SalesOrder('1042')`, to be used in a path."""
    return f"{entity_set}({quote(text(value), safe=chr(39))})"


def text(value: str) -> str:
    """A text literal."""
    return "'" + value.replace("'", "''") + "'"


def moment(value: datetime) -> str:
    """A literal of a point in time, to the second (which it is rounded down to)."""
    return f"datetimeoffset'{value.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}'"


def json_date(value: datetime) -> str:
    """A day, as `/Date(ms)/` of its midnight."""
    midnight = value.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return f"/Date({(midnight - _EPOCH) // timedelta(milliseconds=1)})/"


def read_date(value: Any) -> datetime | None:
    """`/Date(ms)/` or `/Date(ms+0000)/`, whose offset shifts nothing; None for an unset one. Raises ValueError."""
    if value is None:
        return None
    found = _DATE.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        raise ValueError(f"{value!r} is no OData date")
    try:
        return _EPOCH + timedelta(milliseconds=int(found[1]))
    except OverflowError:
        raise ValueError(f"{value!r} is no date of any calendar") from None


def plain_number(value: str) -> str:
    """A number of digits without its leading zeros, for some answers are padded; any other id as it is."""
    return value.lstrip("0") or "0" if value.isascii() and value.isdigit() else value


def expanded(value: Any) -> Any:
    """The rows behind a to-many navigation; none of one that was not expanded (`__deferred`)."""
    return value.get("results", ()) if isinstance(value, dict) else value or ()
