"""How to reach one SAP S/4HANA system, and what is customizing there."""

from decimal import Decimal
from typing import Annotated, ClassVar, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    NonNegativeFloat,
    NonNegativeInt,
    PositiveFloat,
    PositiveInt,
    SecretStr,
    StringConstraints,
    model_validator,
)

from shared.providers.addresses import ServiceUrl

Text = Annotated[str, StringConstraints(min_length=1)]
Secret = Annotated[SecretStr, Field(min_length=1)]
_BASIC = ("user", "password")
_OAUTH = ("token_url", "client_id", "client_secret")


class _Settings(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class SalesArea(_Settings):
    """Who sells, how, and which kind of goods: SAP keeps customers and prices by it."""

    organization: Text
    channel: Text
    division: Text


class SapConnection(_Settings):
    """One system, signed in to as a communication user (Basic) or as an OAuth client (client credentials)."""

    PARAMETERS: ClassVar = (
        *("order_type", "sales_areas", "price_condition", "total_tolerance", "require_posted", "lookup_lag_seconds"),
        *("sweep_overlap_seconds", "first_sweep_days", "page_size", "timeout_seconds"),
    )

    base_url: ServiceUrl  # https://my000001-api.s4hana.ondemand.com
    sap_client: str = ""  # on-premise: the client to work in, such as 100
    user: str = ""
    password: Secret | None = None
    token_url: ServiceUrl | None = None
    client_id: str = ""
    client_secret: Secret | None = None
    order_type: Text = "OR"
    # By F&O company; "*" is for all others.
    sales_areas: dict[str, SalesArea] = {"*": SalesArea(organization="1010", channel="10", division="00")}
    price_condition: str = "PMP0"  # the condition type that takes the shop's price; empty: SAP's own prices
    timeout_seconds: PositiveFloat = 60
    page_size: PositiveInt = 500
    # How long an order that was just made may be missing when it is looked for by its reference (assumed).
    lookup_lag_seconds: NonNegativeFloat = 30
    total_tolerance: Annotated[Decimal, Field(ge=0)] = Decimal("0.01")  # in the order's currency
    require_posted: bool = False  # whether an invoice counts only once accounting has it
    webhook_secret: Secret
    webhook_secret_header: Text = "X-Webhook-Secret"  # noqa: S105 - where it comes, not what it is
    webhook_allowed_origins: tuple[str, ...] = ("*",)
    sweep_overlap_seconds: NonNegativeInt = 600  # a change may show in a list later than its own time
    first_sweep_days: PositiveInt = 30

    @property
    def host(self) -> str:
        """The base address without a slash at its end; `/sap/...` follows."""
        return str(self.base_url).rstrip("/")

    def sales_area(self, company: str | None) -> SalesArea | None:
        return self.sales_areas.get(company or "*", self.sales_areas.get("*"))

    @model_validator(mode="after")
    def _signs_in_in_one_way(self) -> Self:
        """Names the fields, never their values."""
        basic, oauth = self._given(_BASIC), self._given(_OAUTH)
        if any(basic.values()) and any(oauth.values()):
            given = [name for name, is_given in (basic | oauth).items() if is_given]
            raise ValueError(f"{_listed(_BASIC)} or {_listed(_OAUTH)} are to be set, not some of both: {given} are")
        if not any((basic | oauth).values()):
            raise ValueError(f"{_listed(_BASIC)}, or {_listed(_OAUTH)} are needed to sign in")
        if missing := [name for name, is_given in (basic if any(basic.values()) else oauth).items() if not is_given]:
            raise ValueError(f"{_listed(missing)} must be set too, to sign in")
        return self

    def _given(self, names: tuple[str, ...]) -> dict[str, bool]:
        return {name: bool(getattr(self, name)) for name in names}


def _listed(names: tuple[str, ...] | list[str]) -> str:
    return ", ".join(names)
