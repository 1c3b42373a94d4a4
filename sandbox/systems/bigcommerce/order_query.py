"""The filters and sort orders of `GET /v2/orders` and `GET /v2/orders/count`."""

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal, InvalidOperation
from email.utils import parsedate_to_datetime
from functools import lru_cache
from operator import ge, le
from typing import Any, NamedTuple

from starlette.datastructures import QueryParams

from sandbox.systems.bigcommerce.api_errors import ApiError
from sandbox.systems.bigcommerce.orders import Row, StoredOrder

Comparison = Callable[[Any, Any], bool]
Test = Callable[[Row], bool]

PAGING = frozenset({"page", "limit", "sort"})
SORT_FIELDS = ("id", "customer_id", "date_created", "date_modified", "status_id", "channel_id", "external_id")


@lru_cache(maxsize=65_536)
def moment(text: str) -> datetime | None:
    """A date of RFC 2822 or ISO 8601 with its offset; None for anything else."""
    for parse in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            parsed = parse(text)
        except ValueError:
            continue
        return parsed if parsed.tzinfo else None
    return None


def amount(text: Any) -> Decimal | None:
    try:
        parsed = Decimal(str(text))
    except InvalidOperation:
        return None
    return parsed if parsed.is_finite() else None


def _whole(text: Any) -> int | None:
    try:
        return int(text)
    except (TypeError, ValueError):
        return None


def _date(value: Any) -> datetime | None:
    return moment(value) if isinstance(value, str) else None


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _same(left: Any, right: Any) -> bool:
    return left == right


class _Filter(NamedTuple):
    """`parse` reads the parameter and the order's value alike; what it cannot read never matches."""

    value_of: Callable[[Row], Any]
    parse: Callable[[Any], Any]
    compare: Comparison


def _field(name: str) -> Callable[[Row], Any]:
    return lambda order: order.get(name)


def _email(order: Row) -> Any:
    address = order.get("billing_address")
    return address.get("email") if isinstance(address, dict) else None


FILTERS = {
    "min_id": _Filter(_field("id"), _whole, ge),
    "max_id": _Filter(_field("id"), _whole, le),
    "min_date_created": _Filter(_field("date_created"), _date, ge),
    "max_date_created": _Filter(_field("date_created"), _date, le),
    "min_date_modified": _Filter(_field("date_modified"), _date, ge),
    "max_date_modified": _Filter(_field("date_modified"), _date, le),
    "min_total": _Filter(_field("total_inc_tax"), amount, ge),
    "max_total": _Filter(_field("total_inc_tax"), amount, le),
    "status_id": _Filter(_field("status_id"), _whole, _same),
    "customer_id": _Filter(_field("customer_id"), _whole, _same),
    "channel_id": _Filter(_field("channel_id"), _whole, _same),
    "email": _Filter(_email, _text, _same),
    "cart_id": _Filter(_field("cart_id"), _text, _same),
    "payment_method": _Filter(_field("payment_method"), _text, _same),
    "external_order_id": _Filter(_field("external_order_id"), _text, _same),
}


def matching(orders: list[StoredOrder], query: QueryParams) -> list[StoredOrder]:
    """The orders all filters of the query let through; 400 for a parameter that does not exist or cannot be read."""
    tests = [_test(name, text) for name, text in query.items() if name not in PAGING]
    return [stored for stored in orders if all(test(stored.order) for test in tests)]


def in_order(orders: list[StoredOrder], query: QueryParams) -> list[StoredOrder]:
    """Sorted by `sort`, `field` with `:asc` or `:desc`, else as they come; orders without the value come first."""
    if "sort" not in query:
        return orders
    name, _, direction = query["sort"].partition(":")
    if name not in SORT_FIELDS or direction not in ("", "asc", "desc"):
        raise ApiError(400, f"The parameter 'sort' must be one of {', '.join(SORT_FIELDS)} with :asc or :desc.")
    read = {"date_created": _date, "date_modified": _date, "external_id": _text}.get(name, _whole)
    keyed = [(read(stored.order.get(name)), stored) for stored in orders]
    known = sorted((pair for pair in keyed if pair[0] is not None), key=lambda pair: pair[0])
    ascending = [stored for key, stored in keyed if key is None] + [stored for _, stored in known]
    return ascending[::-1] if direction == "desc" else ascending


def _test(name: str, text: str) -> Test:
    if name not in FILTERS:
        raise ApiError(400, f"The parameter '{name}' is not supported.")
    value_of, parse, compare = FILTERS[name]
    wanted = parse(text)
    if wanted is None:
        raise ApiError(400, f"The parameter '{name}' is invalid.")

    def passes(order: Row) -> bool:
        value = parse(value_of(order))
        return value is not None and compare(value, wanted)

    return passes
