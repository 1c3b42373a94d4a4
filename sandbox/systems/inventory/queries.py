"""On-hand queries: which cells are meant, how they are grouped, and the rows of the answer."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sandbox.systems.inventory.api_errors import ApiError
from sandbox.systems.inventory.api_input import ExactQuery, IndexQuery
from sandbox.systems.inventory.config import PARTITION
from sandbox.systems.inventory.measures import Quantities, by_source
from sandbox.systems.inventory.stock import Dimensions, Stock

MAX_PLACES = 100


@dataclass(frozen=True)
class OnHandQuery:
    """`products` empty: all. `matches` tells whether a cell is meant, by its `filtered` dimensions.

    Dimension names are in lower case.
    """

    organization: str
    products: list[str]
    filtered: list[str]
    matches: Callable[[Dimensions], bool]
    group_by: list[str]
    return_negative: bool

    def rows(self, stock: Stock) -> list[dict[str, Any]]:
        """One row per product and group that has any quantities; rows with a negative one only if wanted."""
        rows = []
        for product in sorted(set(self.products or stock.products(self.organization))):
            for dimensions, parts in sorted(self._groups(stock, product).items()):
                quantities = stock.total(parts)
                if self.return_negative or all(quantity >= 0 for quantity in quantities.values()):
                    shown = stock.spelled(dict(dimensions))
                    rows.append({"productId": product, "dimensions": shown, "quantities": by_source(quantities)})
        return rows

    def _groups(self, stock: Stock, product: str) -> dict[tuple[tuple[str, str], ...], list[Quantities]]:
        groups: dict[tuple[tuple[str, str], ...], list[Quantities]] = {}
        for dimensions, quantities in stock.of_product(self.organization, product):
            if self.matches(dimensions):
                group = tuple((name, dimensions[name]) for name in self.group_by if name in dimensions)
                groups.setdefault(group, []).append(quantities)
        return groups


def index_query(body: IndexQuery) -> OnHandQuery:
    """Every combination of the sites and locations, at most 100 of them."""
    filters = {name: list(dict.fromkeys(values)) for name, values in body.filters.items()}
    for name in ("organizationid", "productid", *PARTITION):
        if name not in filters:
            raise ApiError(400, f"filters.{name}: Field required")
    organizations, products = filters.pop("organizationid"), filters.pop("productid")
    if empty := sorted(name for name, values in filters.items() if not values):
        raise ApiError(400, f"filters: at least one value is needed for {', '.join(empty)}.")
    if (places := len(filters["siteid"]) * len(filters["locationid"])) > MAX_PLACES:
        raise ApiError(400, f"The number of sites times locations must not exceed {MAX_PLACES}; it is {places}.")
    return OnHandQuery(
        _only(organizations),
        products,
        list(filters),
        lambda dimensions: all(dimensions.get(name) in values for name, values in filters.items()),
        _distinct(*PARTITION, *_lower(body.group_by_values)),
        body.return_negative,
    )


def exact_query(body: ExactQuery) -> OnHandQuery:
    """Only the given combinations of dimension values, at most 100 different places."""
    names = _lower(body.filters.dimensions)
    if missing := [name for name in PARTITION if name not in names]:
        raise ApiError(400, f"filters.dimensions: must name {' and '.join(missing)}.")
    if len(set(names)) != len(names) or any(len(values) != len(names) for values in body.filters.values):
        raise ApiError(400, "filters.values: each needs exactly one value for each of the dimensions.")
    wanted = {tuple(values) for values in body.filters.values}
    places = {tuple(values[names.index(name)] for name in PARTITION) for values in wanted}
    if len(places) > MAX_PLACES:
        raise ApiError(400, f"The number of places must not exceed {MAX_PLACES}; it is {len(places)}.")
    return OnHandQuery(
        _only(body.filters.organization_id),
        body.filters.product_id,
        names,
        lambda dimensions: tuple(dimensions.get(name) for name in names) in wanted,
        _distinct(*PARTITION, *names, *_lower(body.group_by_values)),
        body.return_negative,
    )


def _only(organizations: list[str]) -> str:
    if len(organizations) != 1:
        raise ApiError(400, "filters.organizationid: exactly one organization is needed.")
    return organizations[0]


def _lower(names: list[str]) -> list[str]:
    return [name.lower() for name in names]


def _distinct(*names: str) -> list[str]:
    return list(dict.fromkeys(names))
