"""The connection, mappings and orders that the BigCommerce tests work with."""

from collections.abc import Iterable
from typing import Any

from sandbox.systems.bigcommerce import samples
from shared.domain.mappings import IdMappings, MappedProduct
from shared.providers.bigcommerce.connection import BigCommerceConnection
from shared.providers.bigcommerce.orders import Transformed, from_bigcommerce_order

CLIENT_SECRET = "acct-client-secret-EXAMPLE-0001"
MAPPINGS = IdMappings(
    system="bigcommerce",
    keys="external",
    products={sku: MappedProduct(product=f"P-{sku}", unit="ea") for sku in ("BAG-CNV-OLV", "KTL-EN-1L")},
    accounts={"58": "US-058"},
    countries=frozenset({"US", "DE"}),
    currencies=frozenset({"USD", "EUR"}),
)


def a_connection(base_url: str = "https://api.example.com", **settings: Any) -> BigCommerceConnection:
    given = {
        "base_url": f"{base_url}/stores/q7xk2demo",
        "store_hash": "q7xk2demo",
        "access_token": "sandbox-access-token",
        "webhook_client_secret": CLIENT_SECRET,
    }
    return BigCommerceConnection.model_validate(given | settings)


def the_order(**header: Any) -> dict[str, Any]:
    return samples.order(10427)["order"] | header


def the_products(*changes: dict[str, Any]) -> list[dict[str, Any]]:
    """The sample's two lines, two bags at 24.50 and a kettle at 60, each with its change."""
    lines = samples.order(10427)["products"]
    return [line | change for line, change in zip(lines, [*changes, {}, {}], strict=False)]


def the_addresses() -> list[dict[str, Any]]:
    return samples.order(10427)["shipping_addresses"]


def transformed(
    order: dict[str, Any] | None = None,
    products: Iterable[Any] | None = None,
    addresses: Iterable[Any] | None = None,
    mappings: IdMappings = MAPPINGS,
) -> Transformed:
    """The sample order as ours, with the parts given instead of its own."""
    return from_bigcommerce_order(
        the_order() if order is None else order,
        the_products() if products is None else list(products),
        the_addresses() if addresses is None else list(addresses),
        mappings,
        a_connection(),
    )


def complaints(result: Transformed) -> list[tuple[str, str | None]]:
    """Where something is wrong, with the value found there."""
    return [(problem.field, problem.value) for problem in result.problems]
