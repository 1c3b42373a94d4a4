"""Finding orders: the filters of a list call, and the cursor that leads through its pages."""

import base64
import json
import re
from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from starlette.datastructures import QueryParams

from sandbox.systems.flexe.api_errors import ApiError, Flaw
from sandbox.systems.flexe.api_input import TIMESTAMP
from sandbox.systems.flexe.orders import STATUSES, Order

DEFAULT_LIMIT = 50
MAX_LIMIT = 100
FILTERS = ("owner_id", "external_order_id", "updated_since", "status")


class OrderQuery(NamedTuple):
    """`after`: the revision of the last order of the page before."""

    filters: Mapping[str, str]
    limit: int
    after: int

    @classmethod
    def of(cls, query: QueryParams) -> "OrderQuery":
        """What a list call asks for; 400 names the parameter that is unknown, repeated, missing or wrong."""
        for name in query:
            if name not in (*FILTERS, "limit", "cursor"):
                raise _wrong(name, "unknown_parameter", "this parameter is not known")
            if len(query.getlist(name)) > 1:
                raise _wrong(name, "invalid", "this parameter is given twice")
        filters = {name: query[name] for name in FILTERS if name in query}
        _check(filters)
        cursor = query.get("cursor")
        return cls(filters, _limit(query.get("limit", str(DEFAULT_LIMIT))), _revision(cursor, filters) if cursor else 0)

    def page(self, orders: list[Order]) -> tuple[list[Order], str | None]:
        """The page, and the cursor of the next one, None at the end; `orders` have the external id asked for.

        Least recently changed first, so that an order that changes between two pages comes again and none is missed.
        """
        found = sorted(
            (order for order in orders if order.revision > self.after and self._fits(order)),
            key=lambda order: order.revision,
        )
        page = found[: self.limit]
        return page, self._cursor(page[-1].revision) if len(found) > self.limit else None

    def _fits(self, order: Order) -> bool:
        since = self.filters.get("updated_since")
        return (
            order.is_listed
            and order.status == self.filters.get("status", order.status)
            and (since is None or order.updated_at >= datetime.fromisoformat(since))
        )

    def _cursor(self, revision: int) -> str:
        return base64.urlsafe_b64encode(json.dumps([revision, self.filters]).encode()).decode()


def _check(filters: Mapping[str, str]) -> None:
    if "owner_id" not in filters:
        raise _wrong("owner_id", "required", "this parameter is required")
    if filters.get("status", STATUSES[0]) not in STATUSES:
        raise _wrong("status", "invalid", f"must be one of {', '.join(STATUSES)}")
    if "updated_since" in filters and not _is_moment(filters["updated_since"]):
        raise _wrong("updated_since", "invalid", "must read like 2026-01-01T12:05:00Z")


def _is_moment(text: str) -> bool:
    try:
        return bool(re.fullmatch(TIMESTAMP, text) and datetime.fromisoformat(text))
    except ValueError:
        return False


def _limit(text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,9}", text) or not 1 <= int(text) <= MAX_LIMIT:
        raise _wrong("limit", "invalid", f"must be a whole number from 1 to {MAX_LIMIT}")
    return int(text)


def _revision(cursor: str, filters: Mapping[str, str]) -> int:
    try:
        revision, cursor_filters = json.loads(base64.urlsafe_b64decode(cursor))
    except (ValueError, TypeError) as error:
        raise _wrong("cursor", "invalid_cursor", "this is no cursor of ours") from error
    if cursor_filters != filters or type(revision) is not int:
        raise _wrong("cursor", "invalid_cursor", "this cursor belongs to another query")
    return revision


def _wrong(parameter: str, code: str, message: str) -> ApiError:
    return ApiError(400, Flaw(code, message, parameter))
