"""What can be configured in the Dataverse, dual-write and F&O stand-in."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from sandbox.systems.finops.seed_data import Rows, reference_rows
from sandbox.systems.finops.statuses import StatusMap
from sandbox.systems.finops.webhooks import WEBHOOK_SIZE_LIMIT, Webhook
from sandbox.systems.kit import config_from_json

HEADER_FILTER = (
    "msdyn_ordertype eq 192350000 and _msdyn_company_value ne null "
    "and msdyn_isreadytosync eq true and statuscode ne 100003"
)
LINE_FILTER = (
    "_msdyn_company_value ne null and _msdyn_shippingsite_value ne null and _msdyn_shippingwarehouse_value ne null "
    "and msdyn_isreadytosync eq true and msdyn_statuscode ne 192350001"
)


@dataclass(frozen=True)
class Config:
    """Credentials, the organization's name, the maps' filters, webhooks registered from the start, reference rows.

    `status_map` "cds" shows Delivered + Invoice as 192350006, "dynamics365" as 192350008. `locked_states` are the state
    codes in which the API may not edit an order. `delta_token_days` is the life of a delta link, `webhook_size_limit`
    the bytes of a webhook body beyond which it is stripped, `webhook_retry_seconds` the wait before its only retry.
    `request_limit`: requests in 300 seconds before a 429; 6000 in a real organization.
    """

    tenant: str = "6f1c3f0e-52a4-4f0b-9d3e-2f8a8d1f7c10"
    client_id: str = "0b8d7b6a-3c1e-4f5d-8a29-5d4c3b2a1f00"
    client_secret: str = "demo-dataverse-secret"
    token_lifetime_seconds: int = 3599
    organization: str = "contoso.crm.dynamics.com"
    header_filter: str = HEADER_FILTER
    line_filter: str = LINE_FILTER
    status_map: StatusMap = "cds"
    locked_states: tuple[int, ...] = (2,)
    webhooks: tuple[Webhook, ...] = ()
    webhook_size_limit: int = WEBHOOK_SIZE_LIMIT
    webhook_retry_seconds: float = 1.0
    webhook_timeout_seconds: float = 60.0
    delta_token_days: float = 7.0
    request_limit: int = 1_000_000
    reference_rows: Rows = field(default_factory=reference_rows)

    @classmethod
    def from_json(cls, raw: Mapping[str, Any]) -> Self:
        """Raises `ValueError` naming each wrong or unknown key."""
        return config_from_json(cls, raw)
