"""A stand-in service per test module, emptied for each test."""

from collections.abc import Iterator
from typing import Any

import pytest
import requests

from sandbox.systems.inventory import Config, create_app
from sandbox.systems.kit import serve

SECONDS_TO_ANSWER = 10
BAG = "BAG-CNV-OLV"


class Service:
    """The stand-in as its API's client and as the people behind `/_control/` see it."""

    def __init__(self, url: str, config: Config) -> None:
        self.url = url
        self.config = config
        self.http = requests.Session()
        self.http.headers["Api-Version"] = "1.0"

    def entra_token(self, **wishes: str) -> requests.Response:
        """A token request at Entra ID; `wishes` replace what a correct one sends."""
        form = {
            "grant_type": "client_credentials",
            "client_id": self.config.client_id,
            "client_secret": self.config.client_secret,
            "scope": "0cdb527f-a8d1-4bf8-9436-b352c68682b2/.default",
        } | wishes
        address = f"{self.url}/{self.config.tenant}/oauth2/v2.0/token"
        return self.http.post(address, data=form, timeout=SECONDS_TO_ANSWER)

    def access_token(self, assertion: str, *, api_version: str | None = "1.0", **wishes: str) -> requests.Response:
        """The security service's answer, its redirect followed; `wishes` replace what a correct request sends."""
        body = {
            "grant_type": "client_credentials",
            "client_assertion_type": "aad_app",
            "client_assertion": assertion,
            "scope": "https://inventoryservice.operations365.dynamics.com/.default",
            "context": self.config.environment_id,
            "context_type": "finops-env",
        } | wishes
        headers = {"Api-Version": api_version}
        return self.http.post(f"{self.url}/token", json=body, headers=headers, timeout=SECONDS_TO_ANSWER)

    def sign_in(self) -> None:
        token = self.access_token(self.entra_token().json()["access_token"]).json()["access_token"]
        self.http.headers["Authorization"] = f"Bearer {token}"

    def post(self, path: str, body: Any, **headers: str | None) -> requests.Response:
        """One API call, `path` such as `/onhand/reserve`; header names with `_` for `-`, None leaves one out."""
        address = f"{self.url}/api/environment/{self.config.environment_id}{path}"
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.http.post(address, json=body, headers=named, timeout=SECONDS_TO_ANSWER)

    def control(self, method: str, path: str, body: Any = None) -> requests.Response:
        return self.http.request(method, f"{self.url}/_control{path}", json=body, timeout=SECONDS_TO_ANSWER)

    def shelve(self, quantity: float, site: str = "1", warehouse: str = "11", **rest: Any) -> None:
        """So much lies in a warehouse of USMF."""
        row = {"company": "USMF", "site": site, "warehouse": warehouse, "product": BAG, "quantity": quantity} | rest
        answer = self.control("POST", "/stock", {"stock": [row]})
        assert answer.status_code == 200, answer.text

    def query(self, sites: list[str], warehouses: list[str], products: list[str] | None = None, **rest: Any) -> Any:
        """The rows of an index query for USMF; `rest` goes into its body."""
        answer = self.post("/onhand/indexquery", index_query(sites, warehouses, products, **rest))
        assert answer.status_code == 200, answer.text
        return answer.json()

    def available(self, warehouse: str = "11") -> float:
        """Units of the bag that may still be reserved at site 1."""
        [row] = self.query(["1"], [warehouse], [BAG], returnNegative=True)
        return row["quantities"]["iv"]["availabletoreserve"]

    def reserve(self, event_id: str, quantity: float, **wishes: Any) -> requests.Response:
        return self.post("/onhand/reserve", reservation(event_id, quantity, **wishes))

    def unreserve(self, event_id: str, reservation_id: str, quantity: float, **wishes: Any) -> requests.Response:
        return self.post("/onhand/unreserve", reversal(event_id, reservation_id, quantity, **wishes))

    def effects(self, kind: str | None = None) -> list[dict[str, Any]]:
        return self.control("GET", "/effects" + (f"?kind={kind}" if kind else "")).json()["effects"]


def place(warehouse: str = "11", site: str = "1") -> dict[str, str]:
    return {"siteId": site, "locationId": warehouse}


def index_query(
    sites: list[str], warehouses: list[str], products: list[str] | None = None, **rest: Any
) -> dict[str, Any]:
    filters = {"organizationId": ["usmf"], "productId": products or [], "siteId": sites, "locationId": warehouses}
    return {"filters": filters | rest.pop("filters", {}), **rest}


def exact_query(values: list[list[str]], **rest: Any) -> dict[str, Any]:
    filters = {
        "organizationId": ["usmf"],
        "productId": [BAG],
        "dimensions": ["siteId", "locationId"],
        "values": values,
    }
    return {"filters": filters | rest.pop("filters", {}), **rest}


def reservation(event_id: str, quantity: float, **wishes: Any) -> dict[str, Any]:
    return {
        "id": event_id,
        "organizationId": "usmf",
        "productId": BAG,
        "dimensions": place(),
        "quantityDataSource": "iv",
        "modifier": "softReservOrdered",
        "quantity": quantity,
        "ifCheckAvailForReserv": True,
    } | wishes


def reversal(event_id: str, reservation_id: str, quantity: float, **wishes: Any) -> dict[str, Any]:
    return {
        "id": event_id,
        "organizationId": "usmf",
        "reservationId": reservation_id,
        "dimensions": place(),
        "OffsetQty": quantity,
    } | wishes


def change(event_id: str, quantities: dict[str, dict[str, float]], **wishes: Any) -> dict[str, Any]:
    return {
        "id": event_id,
        "organizationId": "usmf",
        "productId": BAG,
        "dimensions": place(),
        "quantities": quantities,
    } | wishes


@pytest.fixture(scope="module")
def service() -> Iterator[Service]:
    config = Config()
    with serve(create_app(config)) as url:
        service = Service(url, config)
        service.sign_in()
        yield service
        service.http.close()


@pytest.fixture
def inventory(service: Service) -> Service:
    """The module's service, emptied."""
    answer = service.control("POST", "/reset")
    assert answer.status_code == 204, answer.text
    return service
