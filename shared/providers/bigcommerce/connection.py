"""How to reach one BigCommerce store, and what is a matter of taste about it."""

from typing import Annotated, ClassVar, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    NonNegativeInt,
    PositiveFloat,
    SecretStr,
    StringConstraints,
    model_validator,
)

from shared.domain.sources import Readiness
from shared.providers.addresses import ServiceUrl
from shared.providers.bigcommerce.statuses import ids_with, is_called_off
from shared.providers.inbound import HeaderSecret

Text = Annotated[str, StringConstraints(min_length=1)]


class BigCommerceConnection(BaseModel):
    """One store. Callbacks must pass every check a secret is given for; at least one is needed.

    `webhook_client_secret` is the API account's client secret, with which BigCommerce signs (Standard Webhooks);
    `webhook_header_secret` is what we had the hooks send back in `webhook_header_name`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)
    PARAMETERS: ClassVar = (
        *("order_number_prefix", "waiting_statuses", "starting_statuses", "pull_overlap_seconds"),
        *("first_pull_seconds", "timeout_seconds"),
    )

    base_url: ServiceUrl  # https://api.bigcommerce.com/stores/q7xk2demo
    store_hash: Text
    access_token: HeaderSecret
    webhook_client_secret: Annotated[SecretStr, Field(min_length=1)] | None = None
    webhook_header_name: Text = "X-Webhook-Key"
    webhook_header_secret: HeaderSecret | None = None
    webhook_tolerance_seconds: PositiveFloat = 300  # how far a signature's time may be from ours, either way
    timeout_seconds: PositiveFloat = 30
    order_number_prefix: Annotated[str, StringConstraints(max_length=8)] = "BC-"  # keeps stores apart in F&O
    waiting_statuses: frozenset[int] = ids_with(Readiness.WAITING)
    starting_statuses: frozenset[int] = ids_with(Readiness.READY)
    pull_overlap_seconds: NonNegativeInt = 600  # a change may show in the order list later than its own time
    first_pull_seconds: NonNegativeInt = 86_400  # how far back the first pull looks

    @property
    def api(self) -> str:
        """The base address without a slash at its end; `/v2/...` follows."""
        return str(self.base_url).rstrip("/")

    def readiness(self, status_id: int | None) -> Readiness:
        """What an order of this status is to us; decided by id, for merchants rename the labels."""
        if status_id in self.starting_statuses:
            return Readiness.READY
        if status_id in self.waiting_statuses:
            return Readiness.WAITING
        return Readiness.CANCELED if is_called_off(status_id) else Readiness.ELSEWHERE

    @model_validator(mode="after")
    def _callbacks_can_be_told_from_forgeries(self) -> Self:
        if self.webhook_client_secret is None and self.webhook_header_secret is None:
            raise ValueError("webhook_client_secret or webhook_header_secret is needed to authenticate callbacks")
        return self

    @model_validator(mode="after")
    def _each_status_means_one_thing(self) -> Self:
        if both := sorted(self.waiting_statuses & self.starting_statuses):
            raise ValueError(f"{both} cannot be both waiting_statuses and starting_statuses")
        return self
