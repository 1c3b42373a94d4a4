"""How to reach Inventory Visibility, and its limits (reference: fulfilment-optimisation.md section 5)."""

from typing import Annotated, ClassVar

from pydantic import BaseModel, ConfigDict, Field, HttpUrl, PositiveFloat, PositiveInt, SecretStr, StringConstraints

from shared.providers.addresses import ServiceUrl

Text = Annotated[str, StringConstraints(min_length=1)]
_MEASURE = StringConstraints(pattern=r"^[^.]+\.[^.]+$", to_lower=True)
_DOMAIN = StringConstraints(pattern=r"^[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+$", to_lower=True)


class InventoryConnection(BaseModel):
    """One environment, signed in to in two steps: Entra ID's token is exchanged for one of the security service."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)
    PARAMETERS: ClassVar = (
        *("measure", "reserve_source", "reserve_modifier", "places_per_query", "products_per_query"),
        *("rows_per_query", "rows_per_bulk", "timeout_seconds"),
    )

    base_url: ServiceUrl  # https://inventoryservice.us-il101.gateway.prod.island.powerapps.com
    token_url: ServiceUrl  # https://login.microsoftonline.com/<tenant id>/oauth2/v2.0/token
    service_token_url: ServiceUrl = HttpUrl("https://securityservice.operations365.dynamics.com/token")
    # Where the security service may send us with our Entra token, besides its own host: below this domain.
    regional_domain: Annotated[str, _DOMAIN] = "gateway.prod.island.powerapps.com"
    client_id: Text
    client_secret: Annotated[SecretStr, Field(min_length=1)]
    environment_id: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9-]+$")]
    entra_scope: Text = "0cdb527f-a8d1-4bf8-9436-b352c68682b2/.default"
    service_scope: Text = "https://inventoryservice.operations365.dynamics.com/.default"
    measure: Annotated[str, _MEASURE] = "iv.availabletoreserve"  # data source and measure of what may be promised
    reserve_source: Text = "iv"
    reserve_modifier: Text = "softReservOrdered"
    places_per_query: PositiveInt = 100
    products_per_query: PositiveInt = 5000
    rows_per_query: PositiveInt = 20_000  # places times products: a row may take 1 KB, an answer 32 MB
    rows_per_bulk: PositiveInt = 512
    timeout_seconds: PositiveFloat = 30

    @property
    def api(self) -> str:
        return f"{str(self.base_url).rstrip('/')}/api/environment/{self.environment_id}"

    def products_at(self, places: int) -> int:
        """How many products one query may ask for at so many places."""
        return max(1, min(self.products_per_query, self.rows_per_query // places))
