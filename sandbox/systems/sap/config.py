"""What can be set about the S/4HANA stand-in."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Literal, Self

from sandbox.systems.kit import config_from_json

CsrfFetch = Literal["any", "slash", "no_slash", "off"]
ConditionKind = Literal["price", "amount"]
SignIn = Literal["basic", "oauth2"]


@dataclass(frozen=True)
class Material:
    """`price`: the list price of one `unit` in the order's currency, before tax."""

    price: Decimal
    unit: str = "PC"
    description: str = ""


def _materials() -> dict[str, Material]:
    return {
        "BAG-CNV-OLV": Material(Decimal("24.50"), description="Canvas bag, olive"),
        "KTL-EN-1L": Material(Decimal("60.00"), description="Enamel kettle, 1 l"),
        "1000": Material(Decimal("10.00"), description="Sample item"),
    }


def _condition_types() -> dict[str, ConditionKind]:
    return {"PPR0": "price", "PMP0": "price", "YBHD": "amount", "DRV1": "amount"}


@dataclass(frozen=True)
class Config:
    """Accounts, master data and habits of one S/4HANA system.

    `sign_in`: the schemes the services accept. `csrf_fetch`: the form of the service root that hands out tokens, "off"
    for a system that needs none. `session_seconds`: the life of a CSRF token and its cookie session.
    `request_limit` calls are answered in each window of `request_window_seconds`. `page_size`: rows before `__next`.
    `external_numbers`: clients may choose the sales order's number. `unique_references`: a repeated
    `PurchaseOrderByCustomer` is an error instead of a warning. `create_answer_expands`: a create shows what was sent
    along instead of `__deferred`. `lookup_lag_seconds`: how long a new order can be read by its key alone.
    `padded_numbers`: events and references to other documents carry numbers padded to ten digits.
    `condition_types`: a "price" is per unit and replaces the list price, an "amount" is added once.
    `redelivery_seconds`: waits after failed deliveries of an event; after the last one it is a dead letter.
    `reorder_wait_seconds`: events held by the fault `reorder` go out after this time at the latest.
    """

    user: str = "SANDBOX_COMM_USER"
    password: str = "sandbox-comm-password"
    client_id: str = "sandbox-oauth-client"
    client_secret: str = "sandbox-oauth-secret"
    token_lifetime_seconds: int = 3600
    sign_in: tuple[SignIn, ...] = ("basic", "oauth2")
    sap_client: str = "100"
    system_id: str = "900100200"
    csrf_fetch: CsrfFetch = "any"
    session_seconds: float = 1800.0
    request_limit: int = 1_000_000
    request_window_seconds: float = 60.0
    page_size: int = 5000
    external_numbers: bool = False
    unique_references: bool = False
    create_answer_expands: bool = True
    lookup_lag_seconds: float = 0.0
    padded_numbers: bool = False
    order_types: tuple[str, ...] = ("OR", "OR1")
    sales_areas: tuple[tuple[str, str, str], ...] = (("1010", "10", "00"),)
    customers: tuple[str, ...] = ("10100555", "10100556")
    materials: Mapping[str, Material] = field(default_factory=_materials)
    condition_types: Mapping[str, ConditionKind] = field(default_factory=_condition_types)
    currency: str = "USD"
    company_code: str = "1010"
    tax_rate: Decimal = Decimal("0.08")
    webhook_origin: str = "sandbox.event-mesh.example"
    webhook_timeout_seconds: float = 30.0
    redelivery_seconds: tuple[float, ...] = (1, 2, 4, 8, 16, 32, 60, 60, 60, 60)
    reorder_wait_seconds: float = 1.0

    @classmethod
    def from_json(cls, raw: Mapping[str, Any]) -> Self:
        """From a JSON object of these fields; a `ValueError` names each unknown key or wrong value."""
        return config_from_json(cls, raw)
