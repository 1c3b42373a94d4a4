"""Edm values: Python inside, OData V2's JSON, Atom and URL forms outside (reference: sap.md section 2)."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, Literal

from sandbox.systems.sap.errors import ODataError

Edm = Literal["Edm.String", "Edm.DateTime", "Edm.DateTimeOffset", "Edm.Time", "Edm.Decimal", "Edm.Boolean"]
Access = Literal["read", "create", "change"]
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
UNSET: Mapping[Edm, Any] = {
    "Edm.String": "",
    "Edm.DateTime": None,
    "Edm.DateTimeOffset": None,
    "Edm.Time": timedelta(),
    "Edm.Decimal": Decimal(0),
    "Edm.Boolean": False,
}
_JSON_DATE = re.compile(r"/Date\((-?\d{1,15})(?:[+-]\d{4})?\)/")
_PLAIN_DECIMAL = re.compile(r"-?[0-9]{1,15}(?:\.[0-9]{1,9})?")
_DURATION = re.compile(r"PT(?:(\d{1,2})H)?(?:(\d{1,2})M)?(?:(\d{1,2})S)?")


@dataclass(frozen=True)
class Property:
    """One property; `access` "create" can be sent with a POST, "change" with a PATCH too.

    `is_number` marks document and item numbers: leading zeros do not tell two of them apart.
    """

    name: str
    edm: Edm = "Edm.String"
    max_length: int = 0
    access: Access = "read"
    is_number: bool = False

    def comparable(self, value: Any) -> Any:
        """The value in the form in which equal ones are equal."""
        return plain_number(value) if self.is_number else value


def plain_number(text: str) -> str:
    """A numeric id without leading zeros; any other id as it is."""
    return text.lstrip("0") or "0" if text.isascii() and text.isdigit() else text


def to_json(value: Any) -> Any:
    """A value as V2 JSON shows it: decimals as text, dates as `/Date(ms)/`."""
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, timedelta):
        return _duration(value)
    return value


def date_to_json(value: datetime | None, edm: Edm) -> str | None:
    if value is None:
        return None
    milliseconds = (value - EPOCH) // timedelta(milliseconds=1)
    return f"/Date({milliseconds}{'+0000' if edm == 'Edm.DateTimeOffset' else ''})/"


def property_to_json(kind: Property, value: Any) -> Any:
    return date_to_json(value, kind.edm) if kind.edm in ("Edm.DateTime", "Edm.DateTimeOffset") else to_json(value)


def to_xml(kind: Property, value: Any) -> str | None:
    """The text of an Atom property; None for null."""
    match value:
        case None:
            return None
        case bool():
            return str(value).lower()
        case datetime():
            return value.strftime("%Y-%m-%dT%H:%M:%S") + ("Z" if kind.edm == "Edm.DateTimeOffset" else "")
    return str(to_json(value))


def _duration(value: timedelta) -> str:
    minutes, seconds = divmod(int(value.total_seconds()), 60)
    return f"PT{minutes // 60:02}H{minutes % 60:02}M{seconds:02}S"


def from_json(kind: Property, value: Any) -> Any:
    """A value of a request body; 400 names the property whose type or length is wrong."""
    if value is None:
        return UNSET[kind.edm]
    if kind.edm == "Edm.Boolean" and isinstance(value, bool):
        return value
    if kind.edm == "Edm.Boolean" or not isinstance(value, str):
        raise _unreadable(kind, value)
    if kind.max_length and len(value) > kind.max_length:
        text = f"Property '{kind.name}' has the value '{value}' with {len(value)} characters; {kind.max_length} fit."
        raise ODataError(text, code="/IWCOR/CX_DS_EDM_FACET_ERROR/005056A509B11ED1BEAB2E4AAFC60AE5", target=kind.name)
    return from_text(kind, value)


def from_text(kind: Property, text: str) -> Any:
    """A value from its JSON text; dates in their ISO form too, as in URL literals."""
    parse = _PARSERS.get(kind.edm)
    if parse is None:
        return text
    try:
        return parse(text)
    except (ValueError, OverflowError) as error:
        raise _unreadable(kind, text) from error


def _unreadable(kind: Property, value: Any) -> ODataError:
    text = f"Failed to read property '{kind.name}': {value!r} is no {kind.edm}."
    return ODataError(text, code="CX_SXML_PARSE_ERROR/001560AA0E081DEB8CA398CC1690D406", target=kind.name)


def _moment(text: str) -> datetime:
    if found := _JSON_DATE.fullmatch(text):
        return EPOCH + timedelta(milliseconds=int(found[1]))
    moment = datetime.fromisoformat(text)
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def _decimal(text: str) -> Decimal:
    if _PLAIN_DECIMAL.fullmatch(text) is None:
        raise ValueError(text)
    return Decimal(text)


def _time(text: str) -> timedelta:
    found = _DURATION.fullmatch(text)
    if found is None:
        raise ValueError(text)
    hours, minutes, seconds = (int(part or 0) for part in found.groups())
    return timedelta(hours=hours, minutes=minutes, seconds=seconds)


_PARSERS: Mapping[str, Callable[[str], Any]] = {
    "Edm.DateTime": _moment,
    "Edm.DateTimeOffset": _moment,
    "Edm.Decimal": _decimal,
    "Edm.Time": _time,
}
