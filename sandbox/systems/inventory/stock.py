"""The stock: quantities of physical measures, by organization, product and dimensions."""

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import NamedTuple

from sandbox.systems.inventory.api_errors import ApiError
from sandbox.systems.inventory.config import PARTITION, Config
from sandbox.systems.inventory.measures import Quantities, summed, with_calculated

Dimensions = dict[str, str]
"""Value of each dimension, by its name in lower case."""


class Cell(NamedTuple):
    """Where quantities are kept. Organizations are told apart without regard to case, as companies are in F&O."""

    organization: str
    product: str
    dimensions: frozenset[tuple[str, str]]


class Stock:
    def __init__(self, config: Config) -> None:
        self._config = config
        self._spelling = {name.lower(): name for name in config.dimensions}
        self._cells: dict[tuple[str, str], dict[frozenset[tuple[str, str]], Quantities]] = {}

    def clear(self) -> None:
        self._cells.clear()

    def cell(self, organization: str, product: str, dimensions: Mapping[str, str]) -> Cell:
        """The cell of these dimensions; `ApiError` 400 without site and location or with an unknown dimension."""
        self.check_dimensions(dimensions)
        if missing := [name for name in PARTITION if name not in dimensions]:
            raise ApiError(400, f"The dimensions must name {' and '.join(missing)}.")
        return Cell(organization.lower(), product, frozenset(dimensions.items()))

    def check_dimensions(self, names: Iterable[str]) -> None:
        """`ApiError` 400 when one is no base dimension."""
        if unknown := sorted(name for name in names if name not in self._spelling):
            raise ApiError(400, f"Unknown dimensions: {', '.join(unknown)}.")

    def spelled(self, dimensions: Mapping[str, str]) -> dict[str, str]:
        """The dimensions as answers spell them."""
        return {self._spelling[name]: value for name, value in dimensions.items()}

    def physical(self, cell: Cell) -> Quantities:
        """A copy of the quantities kept in this very cell."""
        return dict(self._cells.get((cell.organization, cell.product), {}).get(cell.dimensions, {}))

    def put(self, cell: Cell, quantities: Quantities) -> None:
        """Replace these measures of the cell."""
        of_product = self._cells.setdefault((cell.organization, cell.product), {})
        of_product.setdefault(cell.dimensions, {}).update(quantities)

    def add(self, cell: Cell, quantities: Quantities) -> None:
        """Change these measures of the cell by so much."""
        kept = self.physical(cell)
        self.put(cell, {measure: kept.get(measure, Decimal(0)) + change for measure, change in quantities.items()})

    def products(self, organization: str) -> list[str]:
        return [product for owner, product in self._cells if owner == organization.lower()]

    def of_product(self, organization: str, product: str) -> Iterator[tuple[Dimensions, Quantities]]:
        """Each cell of the product with its physical quantities."""
        for dimensions, quantities in self._cells.get((organization.lower(), product), {}).items():
            yield dict(dimensions), quantities

    def cells(self) -> Iterator[tuple[Cell, Quantities]]:
        for (organization, product), of_product in self._cells.items():
            for dimensions, quantities in of_product.items():
                yield Cell(organization, product, dimensions), quantities

    def total(self, parts: Iterable[Quantities]) -> Quantities:
        """The sum of these physical quantities, and what is calculated from it."""
        return with_calculated(summed(parts), self._config.formulas)

    def available(self, cell: Cell, measure: str) -> Decimal:
        """What the calculated `measure` allows there: the least of all levels of the hierarchy down to the cell.

        A level's total holds all that is stocked and reserved below it, so that units reserved without a color are
        not given away again by color.
        """
        wanted, hierarchy = dict(cell.dimensions), self._config.reservation_hierarchy
        levels = [hierarchy[:depth] for depth in range(len(PARTITION), len(wanted) + 1)]
        return min(self._available_at({name: wanted[name] for name in level}, cell, measure) for level in levels)

    def _available_at(self, level: Dimensions, cell: Cell, measure: str) -> Decimal:
        below = (
            quantities
            for dimensions, quantities in self.of_product(cell.organization, cell.product)
            if level.items() <= dimensions.items()
        )
        return self.total(below).get(measure, Decimal(0))
