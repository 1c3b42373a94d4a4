"""The secrets the app and the stand-ins share in one run, and the settings of both sides made from them."""

import secrets
import uuid
from dataclasses import dataclass, field
from typing import Any


def _token() -> str:
    return secrets.token_urlsafe(24)


@dataclass(frozen=True)
class Credentials:
    """Made anew for each run, so nothing secret is ever written into the project."""

    store_hash: str = "q7xk2demo"
    access_token: str = field(default_factory=_token)
    client_secret: str = field(default_factory=lambda: secrets.token_hex(32))
    webhook_header_name: str = "X-Orders-Callback"
    webhook_header_secret: str = field(default_factory=_token)
    tenant: str = field(default_factory=lambda: str(uuid.uuid4()))
    client_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    dataverse_secret: str = field(default_factory=_token)
    dataverse_webhook_key: str = field(default_factory=_token)

    @property
    def webhook_headers(self) -> dict[str, str]:
        """Extra headers BigCommerce is asked to send with each callback."""
        return {self.webhook_header_name: self.webhook_header_secret}

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
        }

    def app_settings(self, *, storage: str, bigcommerce: str, finops: str) -> dict[str, str]:
        """The app's settings: a storage connection string and the base URLs of the stand-ins."""
        return {
            "FUNCTIONS_WORKER_RUNTIME": "python",
            "PYTHON_THREADPOOL_THREAD_COUNT": "32",
            "AzureWebJobsStorage": storage,
            # What callbacks fail to tell is found within seconds here; in Azure, minutes are cheaper.
            "BIGCOMMERCE_PULL_SCHEDULE": "*/10 * * * * *",
            "DATAVERSE_SWEEP_SCHEDULE": "*/10 * * * * *",
            "ORDERS__BIGCOMMERCE__PULL_OVERLAP_SECONDS": "60",
            "ORDERS__REDELIVERY_BASE_SECONDS": "1",
            "ORDERS__ACTION_LEASE_SECONDS": "20",
            "ORDERS__BIGCOMMERCE__BASE_URL": self.store_url(bigcommerce),
            "ORDERS__BIGCOMMERCE__STORE_HASH": self.store_hash,
            "ORDERS__BIGCOMMERCE__ACCESS_TOKEN": self.access_token,
            "ORDERS__BIGCOMMERCE__WEBHOOK_CLIENT_SECRET": self.client_secret,
            "ORDERS__BIGCOMMERCE__WEBHOOK_HEADER_NAME": self.webhook_header_name,
            "ORDERS__BIGCOMMERCE__WEBHOOK_HEADER_SECRET": self.webhook_header_secret,
            "ORDERS__DATAVERSE__BASE_URL": finops,
            "ORDERS__DATAVERSE__TOKEN_URL": f"{finops}/{self.tenant}/oauth2/v2.0/token",
            "ORDERS__DATAVERSE__CLIENT_ID": self.client_id,
            "ORDERS__DATAVERSE__CLIENT_SECRET": self.dataverse_secret,
            "ORDERS__DATAVERSE__WEBHOOK_KEY": self.dataverse_webhook_key,
        }

    def store_url(self, bigcommerce: str) -> str:
        return f"{bigcommerce}/stores/{self.store_hash}"
