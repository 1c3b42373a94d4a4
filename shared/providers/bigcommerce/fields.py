"""Reads the fields of BigCommerce's JSON, collecting what is wrong instead of stopping at it.

Fields come as text, number, null, `""`, or not at all; only what an order cannot do without is missed.
"""

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from email.utils import parsedate_to_datetime
from typing import Any

from shared.domain.orders import Problem

MAX_SHOWN_CHARACTERS = 100
ZERO = Decimal(0)
_AMOUNT = re.compile(r"[0-9]{1,15}(\.[0-9]{1,10})?")
_ID = re.compile(r"[0-9]{1,18}")


class Fields:
    """One JSON object of an order. `path` is where it stands: "products[2].", or nothing for the order itself."""

    def __init__(self, raw: Any, path: str, problems: list[Problem]) -> None:
        self._raw: dict[str, Any] = raw if isinstance(raw, dict) else {}
        self._path = path
        self._problems = problems
        if not isinstance(raw, dict):
            self._report(path.rstrip("."), raw, "is not an object")

    def problem(self, key: str, what: str, value: str | None = None) -> None:
        """Report `key` of this object with its value, or with `value` where the object does not name it."""
        self._report(self._path + key, self._raw.get(key, value), what)

    def text(self, key: str) -> str:
        """Trimmed; `""` when there is none."""
        value = self._raw.get(key)
        if value is None or isinstance(value, dict | list):
            if value:
                self.problem(key, "is not text")
            return ""
        # Half a surrogate pair is legal in JSON and cannot be stored anywhere.
        return str(value).encode("utf-8", "replace").decode().strip()

    def id(self, key: str) -> str:
        """Digits; `""` when there is none or it is 0, BigCommerce's word for none."""
        text = self._number_text(key)
        if not text or not text.strip("0"):
            return ""
        if not _ID.fullmatch(text):
            self.problem(key, "is not an id")
            return ""
        return text

    def amount(self, key: str, *, required: bool = False) -> Decimal:
        """An amount of money: "8", "125.8200", 8; 0 when there is none."""
        text = self._number_text(key)
        if _AMOUNT.fullmatch(text):
            return Decimal(text)
        if text or required:
            self.problem(key, "is not an amount of money" if text else "is missing")
        return ZERO

    def units(self, key: str, *, at_least: int) -> Decimal:
        """A whole number of units; 0 when there is none, which is a problem unless that is enough."""
        text = self._number_text(key)
        if not text and not at_least:
            return ZERO
        if not _AMOUNT.fullmatch(text) or Decimal(text) % 1 or Decimal(text) < at_least:
            self.problem(key, f"is not a whole number of units, {at_least} or more")
            return ZERO
        return Decimal(text)

    def date(self, key: str) -> datetime | None:
        """An RFC 2822 date, in UTC unless it says otherwise; None when there is none."""
        text = self.text(key)
        if not text:
            return None
        try:
            date = parsedate_to_datetime(text)
        except (ValueError, OverflowError):
            self.problem(key, "is not a date such as Thu, 01 Jan 2026 12:00:00 +0000")
            return None
        return date.replace(tzinfo=date.tzinfo or UTC)

    def children(self, key: str) -> "Iterator[Fields]":
        """The objects of a list field."""
        value = self._raw.get(key)
        if isinstance(value, list):
            yield from listed(value, f"{self._path}{key}", self._problems)
        elif value:
            self.problem(key, "is not a list")

    def child(self, key: str) -> "Fields":
        """The object in a field; an empty one when there is none."""
        return Fields(self._raw.get(key) or {}, f"{self._path}{key}.", self._problems)

    def _number_text(self, key: str) -> str:
        value = self._raw.get(key)
        return repr(value) if isinstance(value, bool | dict | list) else str("" if value is None else value).strip()

    def _report(self, field: str, value: Any, what: str) -> None:
        shown = None if value is None else str(value).encode("utf-8", "replace").decode()[:MAX_SHOWN_CHARACTERS]
        self._problems.append(Problem(field=field, value=shown, problem=what))


def listed(rows: Sequence[Any], path: str, problems: list[Problem]) -> Iterator[Fields]:
    """Each row as Fields, named by its place: "products[0]."."""
    for index, row in enumerate(rows):
        yield Fields(row, f"{path}[{index}].", problems)
