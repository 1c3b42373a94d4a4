"""A stand-in organization per test module, emptied for each test."""

from collections.abc import Iterator, Mapping
from typing import Any
from uuid import uuid4

import pytest
import requests

from sandbox.systems.finops import Config, create_app
from sandbox.systems.kit import serve

API = "/api/data/v9.2/"
SECONDS_TO_ANSWER = 10


class Organization:
    """The stand-in as its API's client and as the people behind `/_control/` see it."""

    def __init__(self, url: str, config: Config) -> None:
        self.url = url
        self.config = config
        self.http = requests.Session()
        self._references: dict[tuple[str, str, str], str] = {}

    def token(self, **wishes: str) -> requests.Response:
        """A token request; `wishes` replace what a correct one sends."""
        form = {
            "grant_type": "client_credentials",
            "client_id": self.config.client_id,
            "client_secret": self.config.client_secret,
            "scope": "https://contoso.crm.dynamics.com/.default",
        } | wishes
        address = f"{self.url}/{form.pop('tenant', self.config.tenant)}/oauth2/v2.0/token"
        return self.http.post(address, data=form, timeout=SECONDS_TO_ANSWER)

    def sign_in(self) -> None:
        self.http.headers["Authorization"] = f"Bearer {self.token().json()['access_token']}"

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> requests.Response:
        """One API call; header names with `_` for `-`."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        address = path if path.startswith("http") else f"{self.url}{API}{path}"
        return self.http.request(method, address, json=body, headers=named, timeout=SECONDS_TO_ANSWER)

    def read(self, path: str, **headers: str) -> dict[str, Any]:
        answer = self.call("GET", path, **headers)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def refusal(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, str, str]:
        """Status, code and message of a refused call."""
        answer = self.call(method, path, body, **headers)
        error = answer.json()["error"]
        return answer.status_code, error["code"], error["message"]

    def control(self, method: str, path: str, body: Any = None) -> requests.Response:
        return self.http.request(method, f"{self.url}/_control{path}", json=body, timeout=SECONDS_TO_ANSWER)

    def effects(self, kind: str) -> list[dict[str, Any]]:
        return self.control("GET", f"/effects?kind={kind}").json()["effects"]

    def order_body(self, number: str, *, ready: bool = True, **columns: Any) -> dict[str, Any]:
        """A header that dual-write takes when ready."""
        return {
            "name": f"Order {number}",
            "msdyn_salesordernumber": number,
            "msdyn_externalorderid": number,
            "customerid_account@odata.bind": self.reference("accounts", "accountnumber", "US-007"),
            "msdyn_invoicecustomerid_account@odata.bind": self.reference("accounts", "accountnumber", "US-001"),
            "msdyn_Company@odata.bind": "/cdm_companies(cdm_companycode='USMF')",
            "pricelevelid@odata.bind": self.reference("pricelevels", "name", "Standard"),
            "transactioncurrencyid@odata.bind": "/transactioncurrencies(isocurrencycode='USD')",
            "msdyn_ordertype": 192350000,
            "msdyn_isreadytosync": ready,
        } | columns

    def line_body(
        self, sequence: int = 1, *, quantity: float = 2, ready: bool = True, **columns: Any
    ) -> dict[str, Any]:
        """A line that dual-write takes when ready, once its order is there."""
        return {
            "productid@odata.bind": "/products(msdyn_productnumber='BAG-CNV-OLV')",
            "uomid@odata.bind": "/uoms(msdyn_symbol='ea')",
            "quantity": quantity,
            "priceperunit": 20.0,
            "ispriceoverridden": True,
            "sequencenumber": sequence,
            "msdyn_company@odata.bind": "/cdm_companies(cdm_companycode='USMF')",
            "msdyn_shippingsite@odata.bind": self.reference("msdyn_operationalsites", "msdyn_siteid", "2"),
            "msdyn_shippingwarehouse@odata.bind": self.reference("msdyn_warehouses", "msdyn_warehouseidentifier", "24"),
            "msdyn_isreadytosync": ready,
        } | columns

    def reference(self, entity_set: str, column: str, value: str) -> str:
        """The bind reference of a reference row; such rows have the same id after every reset."""
        key = (entity_set, column, value)
        if key not in self._references:
            self._references[key] = self._found_reference(*key)
        return self._references[key]

    def _found_reference(self, entity_set: str, column: str, value: str) -> str:
        rows = self.control("GET", f"/rows/{entity_set}").json()["rows"]
        row = next(row for row in rows if row[column] == value)
        return f"/{entity_set}({next(iter(row.values()))})"

    def place(self, number: str = "BC-1", quantities: tuple[float, ...] = (2,), **columns: Any) -> str:
        """An order in Dataverse and F&O, lines numbered from 1; its id."""
        lines = [self.line_body(sequence, quantity=quantity) for sequence, quantity in enumerate(quantities, start=1)]
        order_id = str(uuid4())
        body = {"salesorderid": order_id, **self.order_body(number, **columns), "order_details": lines}
        answer = self.call("POST", "salesorders", body)
        assert answer.status_code == 204, answer.text
        return order_id

    def post(self, number: str, action: str, lines: Mapping[str, float] | None = None, **facts: Any) -> dict[str, Any]:
        """Something is posted in F&O."""
        answer = self.control("POST", f"/orders/{number}/{action}", ({"lines": lines} if lines else {}) | facts)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def status(self, order_id: str) -> tuple[int, int, int]:
        row = self.read(f"salesorders({order_id})?$select=msdyn_processingstatus,statecode,statuscode")
        return row["msdyn_processingstatus"], row["statecode"], row["statuscode"]

    def lines(self, order_id: str, columns: str) -> list[list[Any]]:
        """These columns of each line, in sequence."""
        answer = self.read(f"salesorders({order_id})/order_details?$select={columns}&$orderby=sequencenumber")
        return [[line[name] for name in columns.split(",")] for line in answer["value"]]


@pytest.fixture(scope="module")
def organization() -> Iterator[Organization]:
    config = Config(webhook_retry_seconds=0.01)
    with serve(create_app(config)) as url:
        organization = Organization(url, config)
        organization.sign_in()
        yield organization
        organization.http.close()


@pytest.fixture
def finops(organization: Organization) -> Organization:
    """The module's organization, emptied down to its reference rows."""
    answer = organization.control("POST", "/reset", {"registrations": True})
    assert answer.status_code == 204, answer.text
    return organization
