"""The secrets the app and the stand-ins share in one run, and the settings of both sides made from them."""

import secrets
import uuid
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from sandbox.systems.finops.seed_data import PRODUCTS


def _token() -> str:
    return secrets.token_urlsafe(24)


def _id() -> str:
    return str(uuid.uuid4())


class Addresses(NamedTuple):
    """The base URL of each stand-in, by the name it is served under."""

    bigcommerce: str
    finops: str
    flexe: str
    sap: str
    inventory: str
    service_bus: str = ""
    """Only where Service Bus carries the messages."""


@dataclass(frozen=True)
class Credentials:
    """Made anew for each run, so nothing secret is ever written into the project."""

    store_hash: str = "q7xk2demo"
    access_token: str = field(default_factory=_token)
    client_secret: str = field(default_factory=lambda: secrets.token_hex(32))
    webhook_header_name: str = "X-Orders-Callback"
    webhook_header_secret: str = field(default_factory=_token)
    tenant: str = field(default_factory=_id)
    client_id: str = field(default_factory=_id)
    dataverse_secret: str = field(default_factory=_token)
    dataverse_webhook_key: str = field(default_factory=_token)
    flexe_owner: str = "own_7741"
    flexe_token: str = field(default_factory=_token)
    flexe_webhook_name: str = "orders-sandbox"
    flexe_webhook_secret: str = field(default_factory=_token)
    sap_client: str = "100"
    sap_user: str = "ORDERS_COMM_USER"
    sap_password: str = field(default_factory=_token)
    sap_webhook_secret: str = field(default_factory=_token)
    inventory_environment: str = field(default_factory=_id)
    inventory_client_id: str = field(default_factory=_id)
    inventory_secret: str = field(default_factory=_token)
    service_bus_key: str = field(default_factory=_token)

    @property
    def webhook_headers(self) -> dict[str, str]:
        """Extra headers BigCommerce is asked to send with each callback."""
        return {self.webhook_header_name: self.webhook_header_secret}

    def store_url(self, bigcommerce: str) -> str:
        return f"{bigcommerce}/stores/{self.store_hash}"

    def token_url(self, system: str) -> str:
        """Entra ID's token endpoint, which Dataverse and Inventory Visibility each imitate."""
        return f"{system}/{self.tenant}/oauth2/v2.0/token"

    def stand_ins(self) -> dict[str, dict[str, Any]]:
        """The configuration of `python -m sandbox.systems`."""
        return {
            "bigcommerce": {
                "store_hash": self.store_hash,
                "access_token": self.access_token,
                "client_secret": self.client_secret,
            },
            "finops": {
                "tenant": self.tenant,
                "client_id": self.client_id,
                "client_secret": self.dataverse_secret,
            },
            # The owner has set up at Flexe what it sells, and nothing else.
            "flexe": {"owner_id": self.flexe_owner, "api_token": self.flexe_token, "skus": list(PRODUCTS)},
            "sap": {"sap_client": self.sap_client, "user": self.sap_user, "password": self.sap_password},
            "inventory": {
                "tenant": self.tenant,
                "client_id": self.inventory_client_id,
                "client_secret": self.inventory_secret,
                "environment_id": self.inventory_environment,
            },
        }

    def app_settings(self, *, storage: str, at: Addresses) -> dict[str, str]:
        """The app's settings: a storage connection string, and where the stand-ins are."""
        return {
            "FUNCTIONS_WORKER_RUNTIME": "python",
            "PYTHON_THREADPOOL_THREAD_COUNT": "32",
            "AzureWebJobsStorage": storage,
            # What callbacks fail to tell is found within seconds here; in Azure, minutes are cheaper.
            "BIGCOMMERCE_PULL_SCHEDULE": "*/10 * * * * *",
            "DATAVERSE_SWEEP_SCHEDULE": "*/10 * * * * *",
            "FLEXE_SWEEP_SCHEDULE": "*/10 * * * * *",
            "SAP_SWEEP_SCHEDULE": "*/10 * * * * *",
            "OPTIMIZATION_BATCH_SCHEDULE": "*/2 * * * * *",
            "BACKORDER_SCHEDULE": "*/5 * * * * *",
            "WEBHOOK_UPKEEP_SCHEDULE": "0 * * * * *",
            "ORDERS__BIGCOMMERCE__PULL_OVERLAP_SECONDS": "60",
            "ORDERS__REDELIVERY_BASE_SECONDS": "1",
            "ORDERS__ACTION_LEASE_SECONDS": "20",
            **self._bigcommerce_settings(at.bigcommerce),
            **self._dataverse_settings(at.finops),
            **self._flexe_settings(at.flexe),
            **self._sap_settings(at.sap),
            **self._inventory_settings(at.inventory),
        }

    def connections(self, at: Addresses) -> dict[str, dict[str, Any]]:
        """How a test from outside reaches each stand-in as the app does, and passes for it at the app's webhooks."""
        given = self.stand_ins()
        return {
            "bigcommerce": {
                "url": at.bigcommerce,
                "api": self.store_url(at.bigcommerce),
                **given["bigcommerce"],
                "webhook_header": self.webhook_headers,
            },
            "finops": {"url": at.finops, **given["finops"], "webhook_key": self.dataverse_webhook_key},
            "flexe": {
                "url": at.flexe,
                **given["flexe"],
                "webhook_name": self.flexe_webhook_name,
                "webhook_secret": self.flexe_webhook_secret,
            },
            "sap": {"url": at.sap, **given["sap"], "webhook_secret": self.sap_webhook_secret},
            "inventory": {"url": at.inventory, **given["inventory"]},
        }

    def _bigcommerce_settings(self, url: str) -> dict[str, str]:
        return {
            "ORDERS__BIGCOMMERCE__BASE_URL": self.store_url(url),
            "ORDERS__BIGCOMMERCE__STORE_HASH": self.store_hash,
            "ORDERS__BIGCOMMERCE__ACCESS_TOKEN": self.access_token,
            "ORDERS__BIGCOMMERCE__WEBHOOK_CLIENT_SECRET": self.client_secret,
            "ORDERS__BIGCOMMERCE__WEBHOOK_HEADER_NAME": self.webhook_header_name,
            "ORDERS__BIGCOMMERCE__WEBHOOK_HEADER_SECRET": self.webhook_header_secret,
        }

    def _dataverse_settings(self, url: str) -> dict[str, str]:
        return {
            "ORDERS__DATAVERSE__BASE_URL": url,
            "ORDERS__DATAVERSE__TOKEN_URL": self.token_url(url),
            "ORDERS__DATAVERSE__CLIENT_ID": self.client_id,
            "ORDERS__DATAVERSE__CLIENT_SECRET": self.dataverse_secret,
            "ORDERS__DATAVERSE__WEBHOOK_KEY": self.dataverse_webhook_key,
        }

    def _flexe_settings(self, url: str) -> dict[str, str]:
        return {
            "ORDERS__FLEXE__BASE_URL": url,
            "ORDERS__FLEXE__API_TOKEN": self.flexe_token,
            "ORDERS__FLEXE__OWNER_ID": self.flexe_owner,
            "ORDERS__FLEXE__WEBHOOK_NAME": self.flexe_webhook_name,
            "ORDERS__FLEXE__WEBHOOK_SECRET": self.flexe_webhook_secret,
        }

    def _sap_settings(self, url: str) -> dict[str, str]:
        return {
            "ORDERS__SAP__BASE_URL": url,
            "ORDERS__SAP__SAP_CLIENT": self.sap_client,
            "ORDERS__SAP__USER": self.sap_user,
            "ORDERS__SAP__PASSWORD": self.sap_password,
            "ORDERS__SAP__WEBHOOK_SECRET": self.sap_webhook_secret,
        }

    def _inventory_settings(self, url: str) -> dict[str, str]:
        return {
            "ORDERS__INVENTORY__BASE_URL": url,
            "ORDERS__INVENTORY__TOKEN_URL": self.token_url(url),
            "ORDERS__INVENTORY__SERVICE_TOKEN_URL": f"{url}/token",
            "ORDERS__INVENTORY__CLIENT_ID": self.inventory_client_id,
            "ORDERS__INVENTORY__CLIENT_SECRET": self.inventory_secret,
            "ORDERS__INVENTORY__ENVIRONMENT_ID": self.inventory_environment,
        }
