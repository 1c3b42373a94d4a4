"""Id mappings: what an outside system calls what F&O has a name for too (reference: iom.md section 11).

F&O's names are the internal ones, the system's the external ones. A system's rows are written under the names of one
side (`keys`). Under that side each name has one row. Several rows may lead to the same name of the other side, as two
SKUs of a store do that are one product; looked up from there it is refused, because none of them is the right one.
"""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, StringConstraints, field_validator, model_validator

from shared.domain.errors import OrderProblem
from shared.domain.identity import SAP
from shared.domain.orders import Value

Kind = Literal["product", "unit", "account", "warehouse"]
Side = Literal["external", "internal"]
Name = Annotated[str, StringConstraints(min_length=1)]

KINDS: tuple[Kind, ...] = ("product", "unit", "account", "warehouse")
ALL_OTHERS = "*"
"""The row of accounts for whoever has none."""

_TOLD = frozenset({SAP})  # systems that we tell of orders; from all others orders come


class NotMapped(OrderProblem):
    """A name that has no single row. `problem` says so where the name itself is told anyway."""

    def __init__(self, kind: Kind, name: str, of_system: str, problem: str) -> None:
        super().__init__(f"{kind} {name!r}{of_system} {problem}")
        self.problem = f"this {kind}{of_system} {problem}"


class MappedProduct(Value):
    """A product by its name on the other side. `unit`: the one it is counted in there, None: what `units` say."""

    product: Name
    unit: Name | None = None


def _by_name_alone(row: Any) -> Any:
    """`SKU: product` is short for `SKU: {product: product}`."""
    return {"product": row} if isinstance(row, str) else row


class IdMappings(Value):
    """The mappings of one outside system; names that have no row are told by NotMapped.

    `keys`: the side whose names the rows are written under; by default the one whose names are looked up. An account
    that is null, which only that of ALL_OTHERS may be, is the invoice customer of the order.
    """

    system: Name
    keys: Side
    products: dict[Name, Annotated[MappedProduct, BeforeValidator(_by_name_alone)]] = {}
    units: dict[Name, Name] = {}
    accounts: dict[Name, Name | None] = {}
    warehouses: dict[Name, Name] = {}
    countries: frozenset[str] = frozenset()  # ISO 3166-1 alpha-2 codes that orders may ship to
    currencies: frozenset[str] = frozenset()  # ISO 4217 codes that orders may be paid in

    @model_validator(mode="before")
    @classmethod
    def _has_keys(cls, given: Any) -> Any:
        if not isinstance(given, dict) or "system" not in given:
            return given
        return {"keys": looked_up(str(given["system"])), **given}

    @field_validator("accounts")
    @classmethod
    def _are_named(cls, accounts: dict[str, str | None]) -> dict[str, str | None]:
        if nameless := [name for name, account in accounts.items() if account is None and name != ALL_OTHERS]:
            raise ValueError(f"{', '.join(map(repr, nameless))}: only {ALL_OTHERS!r} may be null")
        return accounts

    def internal(self, kind: Kind, name: str) -> str:
        """F&O's name for what the system calls `name`. Raises NotMapped."""
        return _name(self._row(kind, name, "external"))

    def external(self, kind: Kind, name: str) -> str:
        """The system's name for what F&O calls `name`. Raises NotMapped."""
        return _name(self._row(kind, name, "internal"))

    def internal_product(self, name: str) -> MappedProduct:
        """As `internal`, with the unit of F&O that its row names."""
        return _product(self._row("product", name, "external"))

    def external_product(self, name: str) -> MappedProduct:
        """As `external`, with the unit of the system that its row names."""
        return _product(self._row("product", name, "internal"))

    def ordering_account(self, customer: str) -> str | None:
        """F&O's account of a customer of the system ("": a guest); None: orders are the invoice customer's.

        A system without any accounts maps none. Raises NotMapped.
        """
        if customer and self.accounts and ALL_OTHERS not in self.accounts:
            return self.internal("account", customer)
        return self.accounts.get(customer, self.accounts.get(ALL_OTHERS))

    def rows(self, kind: Kind) -> Iterator[tuple[str, str | None, str | None]]:
        """Each row: the name it is written under, the one it leads to, and the unit it names."""
        for key, row in self._rows(kind).items():
            yield key, None if row is None else _name(row), row.unit if isinstance(row, MappedProduct) else None

    def named(self, kind: Kind, side: Side) -> frozenset[str]:
        """The names of `side` that can be looked up."""
        if side == self.keys:
            return frozenset(self._rows(kind))
        return frozenset(name for name, keys in self._by_other_side(kind).items() if len(keys) == 1)

    def ambiguous(self, kind: Kind) -> Iterator[tuple[str, list[str]]]:
        """The names of the other side that have several rows, and the names of those."""
        return ((name, keys) for name, keys in self._by_other_side(kind).items() if len(keys) > 1)

    def _by_other_side(self, kind: Kind) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for key, row in self._rows(kind).items():
            if row is not None and key != ALL_OTHERS:
                found.setdefault(_name(row), []).append(key)
        return found

    def _row(self, kind: Kind, name: str, given: Side) -> str | MappedProduct:
        """By a name of the side `given`."""
        rows = self._rows(kind)
        if given == self.keys:
            row = rows.get(name) or (rows.get(ALL_OTHERS) if kind == "account" else None)
            found = [row] if row else []
        else:
            found = [key for key, row in rows.items() if row and key != ALL_OTHERS and _name(row) == name]
        if len(found) != 1:
            raise self._not_mapped(kind, name, given, found)
        return found[0]

    def _not_mapped(self, kind: Kind, name: str, given: Side, found: list[Any]) -> NotMapped:
        of_system = f" of {self.system}" if given == "external" else ""
        other = "F&O" if given == "external" else self.system
        if found:
            problem = f"has more than one name in {other} ({', '.join(map(repr, found))}); leave it one in"
        else:
            problem = f"has no name in {other}; add it to"
        return NotMapped(kind, name, of_system, f"{problem} {self.system}.{kind}s of the id mappings")

    def _rows(self, kind: Kind) -> Mapping[str, str | MappedProduct | None]:
        match kind:
            case "product":
                return self.products
            case "unit":
                return self.units
            case "account":
                return self.accounts
            case "warehouse":
                return self.warehouses


def looked_up(system: str) -> Side:
    """Whose names orders bring along where `system` is concerned: its own where they come from it."""
    return "internal" if system in _TOLD else "external"


def _name(row: str | MappedProduct) -> str:
    return row if isinstance(row, str) else row.product


def _product(row: str | MappedProduct) -> MappedProduct:
    return MappedProduct(product=row) if isinstance(row, str) else row
