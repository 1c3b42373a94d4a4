"""How to reach Dataverse, and the names in it that its documentation leaves open."""

from typing import ClassVar
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, PositiveFloat, PositiveInt, SecretStr

from shared.providers.addresses import ApiPath, ServiceUrl


class _Settings(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class OrderNavigation(_Settings):
    """Bind names of `salesorders`; case-sensitive (reference: dataverse.md section 2: schema names, use assumed)."""

    company: str = "msdyn_Company"
    invoice_customer: str = "msdyn_invoicecustomerid_account"
    customer: str = "customerid_account"
    shipping_site: str = "msdyn_DefaultShippingSite"
    shipping_warehouse: str = "msdyn_DefaultShippingWarehouse"
    price_list: str = "pricelevelid"
    currency: str = "transactioncurrencyid"
    origin: str = "msdyn_salesorderorigin"


class LineNavigation(_Settings):
    """Bind names of `salesorderdetails`."""

    order: str = "salesorderid"
    product: str = "productid"
    unit: str = "uomid"
    company: str = "msdyn_company"
    shipping_site: str = "msdyn_shippingsite"
    shipping_warehouse: str = "msdyn_shippingwarehouse"


class AssumedColumns(_Settings):
    """Columns whose logical names are not published: the first on `salesorders`, the others on `salesorderdetails`."""

    external_order_id: str = "msdyn_externalorderid"
    tracking_number: str = "msdyn_trackingnumber"
    carrier: str = "msdyn_carrier"


class DataverseConnection(_Settings):
    """One Dataverse environment, signed in to as an application user."""

    PARAMETERS: ClassVar = (
        *("status_handlers", "partial_lines_succeed", "price_lists", "batch_size", "page_size", "reference_seconds"),
        *("resync_days", "timeout_seconds"),
    )

    base_url: ServiceUrl  # https://contoso.crm4.dynamics.com
    token_url: ServiceUrl  # https://login.microsoftonline.com/<tenant id>/oauth2/v2.0/token
    client_id: str
    client_secret: SecretStr
    webhook_key: SecretStr
    webhook_header_name: str = "x-webhook-key"  # for webhooks registered with HttpHeader instead of WebhookKey
    api_path: ApiPath = "/api/data/v9.2"
    timeout_seconds: PositiveFloat = 125  # the server itself gives up after 120
    batch_size: PositiveInt = 100  # rows per $batch; dual-write takes each to F&O before the batch answers
    page_size: PositiveInt = 500
    reference_seconds: PositiveFloat = 600  # how long the row id of a company, site, product... is believed
    resync_days: PositiveInt = 30  # how far back a change feed that starts anew hands orders on
    # Whether what F&O says of an order's status is listened to (reference: iom.md, Disable Status Update Handlers).
    status_handlers: bool = True
    partial_lines_succeed: bool = False  # whether sending succeeds when F&O took only some of the lines
    price_lists: dict[str, str] = {"*": "Standard"}  # by currency; Dataverse wants one of the order's currency
    order_navigation: OrderNavigation = OrderNavigation()
    line_navigation: LineNavigation = LineNavigation()
    assumed_columns: AssumedColumns = AssumedColumns()

    @property
    def environment(self) -> str:
        """The base address without a slash at its end, as the token's scope wants it too."""
        return str(self.base_url).rstrip("/")

    @property
    def api_prefix(self) -> str:
        """The path of the Web API on its host; the parts of a `$batch` are addressed by it."""
        return urlsplit(self.environment).path + self.api_path

    def price_list(self, currency: str) -> str | None:
        return self.price_lists.get(currency, self.price_lists.get("*"))
