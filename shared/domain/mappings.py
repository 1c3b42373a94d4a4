"""Id mappings: what another system's names are here (reference: iom.md section 11)."""

from shared.domain.orders import Value


class MappedProduct(Value):
    product: str  # F&O product number
    unit: str  # F&O unit symbol


class IdMappings(Value):
    """Of one source system. A name that is not here is a problem of the order, named with its value."""

    products: dict[str, MappedProduct] = {}  # by SKU
    accounts: dict[str, str] = {}  # customer id -> F&O customer account
    countries: frozenset[str] = frozenset()  # ISO 3166-1 alpha-2 codes that orders may ship to
    currencies: frozenset[str] = frozenset()  # ISO 4217 codes that orders may be paid in
