"""A stand-in S/4HANA system per test module, emptied for each test."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest
import requests

from sandbox.systems.kit import serve
from sandbox.systems.sap import Config, create_app
from tests.systems.conftest import Receiver, wait_until

ROOT = "/sap/opu/odata/sap"
SALES = "API_SALES_ORDER_SRV"
BILLING = "API_BILLING_DOCUMENT_SRV"
SECONDS_TO_ANSWER = 10


class Sap:
    """The stand-in as a client of its services and as the people behind `/_control/` see it."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.http = requests.Session()
        self.http.auth = (Config().user, Config().password)
        self.http.headers["Accept"] = "application/json"

    def raw(self, method: str, path: str, body: Any = None, **headers: str) -> requests.Response:
        """One call without any CSRF token but that in `headers`; header names with `_` for `-`."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        address = path if path.startswith("http") else f"{self.url}{ROOT}/{path}"
        return self.http.request(method, address, json=body, headers=named, timeout=SECONDS_TO_ANSWER)

    def fetch_token(self) -> str:
        answer = self.raw("GET", f"{SALES}/", x_csrf_token="Fetch")
        return answer.headers["x-csrf-token"]

    def write(self, method: str, path: str, body: Any = None, **headers: str) -> requests.Response:
        return self.raw(method, path, body, x_csrf_token=self.fetch_token(), **headers)

    def read(self, path: str) -> Any:
        """What is below `d`."""
        answer = self.raw("GET", path)
        assert answer.status_code == 200, answer.text
        return answer.json()["d"]

    def order(self, reference: str = "BC-q7xk2demo-10427", **wishes: Any) -> str:
        """Create a sales order; its number."""
        answer = self.write("POST", f"{SALES}/A_SalesOrder", order_body(reference, **wishes))
        assert answer.status_code == 201, answer.text
        return answer.json()["d"]["SalesOrder"]

    def control(self, method: str, path: str, body: Any = None) -> requests.Response:
        return requests.request(method, f"{self.url}/_control{path}", json=body, timeout=SECONDS_TO_ANSWER)

    def done(self, path: str, body: Any = None) -> list[dict[str, Any]]:
        """The documents a control route has made."""
        answer = self.control("POST", path, body)
        assert answer.status_code == 201, answer.text
        return answer.json()["documents"]

    def effects(self, kind: str) -> list[dict[str, Any]]:
        return self.control("GET", f"/effects?kind={kind}").json()["effects"]

    def subscribe(self, receiver: Receiver, **wishes: Any) -> str:
        answer = self.control("POST", "/webhooks", {"url": receiver.url, **wishes})
        assert answer.status_code == 201, answer.text
        return answer.json()["id"]

    def settle(self) -> None:
        wait_until(lambda: self.control("GET", "/callbacks").json()["pending"] == 0)


def order_body(reference: str = "BC-q7xk2demo-10427", **wishes: Any) -> dict[str, Any]:
    """Two bags at a price of our own and a kettle at SAP's list price: 109.00."""
    price = {"ConditionType": "PMP0", "ConditionRateValue": "24.50", "ConditionCurrency": "USD"}
    bags = {"SalesOrderItem": "10", "Material": "BAG-CNV-OLV", "RequestedQuantity": "2", "RequestedQuantityUnit": "PC"}
    kettle = {"SalesOrderItem": "20", "Material": "KTL-EN-1L", "RequestedQuantity": "1", "RequestedQuantityUnit": "PC"}
    return {
        "SalesOrderType": "OR",
        "SalesOrganization": "1010",
        "DistributionChannel": "10",
        "OrganizationDivision": "00",
        "SoldToParty": "10100555",
        "PurchaseOrderByCustomer": reference,
        "CustomerPurchaseOrderDate": "/Date(1767225600000)/",
        "TransactionCurrency": "USD",
        "to_Item": [{**bags, "to_PricingElement": [price]}, kettle],
    } | wishes


class Endpoint(Receiver):
    """A receiver that agrees to be sent events, as far as `allowed_origin` says."""

    def __init__(self) -> None:
        self.allowed_origin = "*"
        self.handshakes: list[Mapping[str, str]] = []
        super().__init__()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        endpoint = self

        class Handler(super()._handler()):
            def do_OPTIONS(self) -> None:  # noqa: N802 - the name http.server calls
                endpoint.handshakes.append({name.lower(): value for name, value in self.headers.items()})
                self.send_response(200)
                self.send_header("WebHook-Allowed-Origin", endpoint.allowed_origin)
                self.send_header("Content-Length", "0")
                self.end_headers()

        return Handler


@contextmanager
def sap_with(**settings: Any) -> Iterator[Sap]:
    """A system of its own."""
    with serve(create_app(Config(**settings))) as url:
        sap = Sap(url)
        yield sap
        sap.http.close()


@pytest.fixture(scope="module")
def system() -> Iterator[Sap]:
    """Retries come at once, and what is reordered waits for all of it."""
    with sap_with(redelivery_seconds=(0.01, 0.01), reorder_wait_seconds=60) as sap:
        yield sap


@pytest.fixture
def sap(system: Sap) -> Sap:
    """The module's system, emptied."""
    answer = system.control("POST", "/reset", {"registrations": True})
    assert answer.status_code == 204, answer.text
    return system


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    endpoint = Endpoint()
    with endpoint:
        yield endpoint
