"""Flexe's outbound order as read. Odd data never stops the reading (assumed; reference: flexe.md section 3).

Quantities come as numbers or text, a parcel may not say what is in it; what cannot be read counts as nothing, so that
it never takes an order forward.
"""

import logging
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from shared.providers.flexe.statuses import Status, is_dead

log = logging.getLogger(__name__)

NONE = Decimal(0)
_UNITS = re.compile(r"[0-9]{1,15}(\.[0-9]{1,20})?")  # adding up whatever is finite may overflow
_SHOWN_CHARACTERS = 200  # of texts that people wrote: they go into events and messages


@dataclass(frozen=True)
class FlexeLine:
    """`shipped` and `canceled` are part of `quantity`, in units."""

    external_line_id: str
    sku: str
    quantity: Decimal
    shipped: Decimal
    canceled: Decimal

    @property
    def open(self) -> Decimal:
        return max(NONE, self.quantity - self.shipped - self.canceled)


@dataclass(frozen=True)
class FlexeParcel:
    """`units` by external line id; None when Flexe does not say what is in it."""

    id: str
    carrier: str
    tracking_numbers: tuple[str, ...]
    warehouse_id: str
    units: Mapping[str, Decimal] | None


@dataclass(frozen=True)
class FlexeOrder:
    """An outbound order. `word` is the status in Flexe's words, `said` in ours; `reason` of an end or a short line."""

    id: str
    external_id: str
    word: str
    said: Status
    reason: str
    created_at: datetime | None
    updated_at: datetime | None
    lines: tuple[FlexeLine, ...]
    parcels: tuple[FlexeParcel, ...]

    @property
    def has_shipped(self) -> bool:
        return any(line.shipped for line in self.lines)

    @property
    def is_dead(self) -> bool:
        return is_dead(self.said)

    @property
    def came_to_nothing(self) -> bool:
        """It ended before anything of it had left."""
        return self.is_dead and not self.has_shipped

    @property
    def status(self) -> Status:
        """Quantities decide how far shipping has come; the word decides all else."""
        if self.said is Status.UNKNOWN or self.is_dead:
            return self.said
        if self.has_shipped and not any(line.open for line in self.lines):
            return Status.DELIVERED if self.said is Status.DELIVERED else Status.SHIPPED
        if self.said in {Status.ON_HOLD, Status.CANCEL_REQUESTED}:
            return self.said
        if self.has_shipped:
            return Status.PARTIALLY_SHIPPED
        return self.said if self.said is Status.ACCEPTED else Status.PROCESSING

    def line(self, external_line_id: str) -> FlexeLine | None:
        return next((line for line in self.lines if line.external_line_id == external_line_id), None)


def read_order(raw: Mapping[str, Any], status: Callable[[str], Status]) -> FlexeOrder:
    """`raw` must have an `id`. `status` gives a status word its meaning."""
    fields = _Fields(raw, f"Flexe order {raw['id']}")
    parcels = tuple(_parcel(each, f"{raw['id']}.{place}") for place, each in enumerate(fields.children("shipments"), 1))
    word = fields.text("status")[:_SHOWN_CHARACTERS]
    return FlexeOrder(
        id=fields.text("id"),
        external_id=fields.text("external_order_id"),
        word=word,
        said=status(word),
        reason=fields.text("cancel_reason")[:_SHOWN_CHARACTERS],
        created_at=fields.moment("created_at"),
        updated_at=fields.moment("updated_at"),
        lines=tuple(_line(each, parcels) for each in fields.children("lines")),
        parcels=parcels,
    )


def _line(fields: "_Fields", parcels: tuple[FlexeParcel, ...]) -> FlexeLine:
    """What parcels carry has left, even where the line's own count is behind."""
    line_id = fields.text("external_line_id")
    carried = sum((parcel.units.get(line_id, NONE) for parcel in parcels if parcel.units), NONE)
    return FlexeLine(
        external_line_id=line_id,
        sku=fields.text("sku"),
        quantity=fields.units("quantity"),
        shipped=max(carried, fields.units("quantity_shipped")),
        canceled=fields.units("quantity_cancelled"),
    )


def _parcel(fields: "_Fields", place: str) -> FlexeParcel:
    """One without an id goes by its place: shipments are only ever added."""
    lines = [*fields.children("lines")]
    units: dict[str, Decimal] = {}
    for line in lines:
        line_id = line.text("external_line_id")
        units[line_id] = units.get(line_id, NONE) + line.units("quantity")
    return FlexeParcel(
        id=fields.text("id") or place,
        carrier=fields.text("carrier"),
        tracking_numbers=tuple(dict.fromkeys(fields.texts("tracking_numbers"))),
        warehouse_id=fields.text("warehouse_id"),
        units=units if lines else None,
    )


class _Fields:
    """One JSON object; `name` is what a log line calls it."""

    def __init__(self, raw: Any, name: str) -> None:
        self._raw: Mapping[str, Any] = raw if isinstance(raw, dict) else {}
        self._name = name

    def text(self, key: str) -> str:
        """Trimmed; `""` when there is none."""
        return _text(self._raw.get(key))

    def texts(self, key: str) -> list[str]:
        """Of a list, or of one text that should have been one."""
        value = self._raw.get(key)
        values = value if isinstance(value, list) else [value]
        return [text for each in values if (text := _text(each))]

    def units(self, key: str) -> Decimal:
        """A quantity as a number or text."""
        value = self._raw.get(key)
        if value is None:
            return NONE
        text = _text(value)
        if _UNITS.fullmatch(text):
            return Decimal(text)
        log.warning("%s: %s cannot be read and counts as 0", self._name, key)
        return NONE

    def moment(self, key: str) -> datetime | None:
        try:
            moment = datetime.fromisoformat(self.text(key))
            return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
        except (ValueError, OverflowError):
            return None

    def children(self, key: str) -> "Iterator[_Fields]":
        rows = self._raw.get(key)
        for place, row in enumerate(rows if isinstance(rows, list) else ()):
            yield _Fields(row, f"{self._name} {key}[{place}]")


def _text(value: Any) -> str:
    if value is None or isinstance(value, bool | dict | list):
        return ""
    # Half a surrogate pair is legal in JSON and cannot be stored anywhere.
    return str(value).encode("utf-8", "replace").decode().strip()
