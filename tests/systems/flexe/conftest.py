"""A stand-in warehouse per test module, emptied for each test."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest
import requests

from sandbox.systems.flexe import Config, create_app
from sandbox.systems.kit import serve
from tests.systems.conftest import wait_until

if TYPE_CHECKING:
    from tests.systems.conftest import Receiver

ORDERS = "/v1/outbound_orders"
SECONDS_TO_ANSWER = 10
WEBHOOK_SECRET = "whs-demo-0001"


class Flexe:
    """The stand-in as its API's client and as the people behind `/_control/` see it."""

    def __init__(self, url: str, config: Config) -> None:
        self.url = url
        self.http = requests.Session()
        self.http.headers["Authorization"] = f"Bearer {config.api_token}"

    def call(self, method: str, path: str = "", body: Any = None, **rest: Any) -> requests.Response:
        """One API call, `path` below that of the orders."""
        address = f"{self.url}{ORDERS}{path}"
        return self.http.request(method, address, json=body, timeout=SECONDS_TO_ANSWER, **rest)

    def control(self, method: str, path: str, body: Any = None) -> requests.Response:
        return self.http.request(method, f"{self.url}/_control{path}", json=body, timeout=SECONDS_TO_ANSWER)

    def body(self, external_order_id: str = "BC-q7xk2demo-10427", **fields: Any) -> dict[str, Any]:
        """A create that Flexe takes: two bags and a kettle."""
        return {
            "owner_id": "own_7741",
            "external_order_id": external_order_id,
            "order_type": "ecommerce",
            "ordered_at": "2026-01-01T12:00:00Z",
            "ship_by": None,
            "service_level": "ground",
            "ship_to": {
                "name": "Mara Quill",
                "company": "",
                "address_1": "12 Harbor Lane",
                "address_2": "Apt 4",
                "city": "Portland",
                "region": "Oregon",
                "postal_code": "97205",
                "country_code": "US",
                "phone": "5035550142",
                "email": "mara.quill@example.com",
            },
            "lines": [
                {"external_line_id": "30911", "sku": "BAG-CNV-OLV", "quantity": 2, "description": "Canvas Field Bag"},
                {"external_line_id": "30912", "sku": "KTL-EN-1L", "quantity": 1, "description": "Enamel Kettle"},
            ],
            "metadata": {"source": "bigcommerce", "store_hash": "q7xk2demo", "source_order_id": "10427"},
        } | fields

    def place(self, external_order_id: str = "BC-q7xk2demo-10427") -> str:
        """An accepted order; its id."""
        answer = self.call("POST", body=self.body(external_order_id))
        assert answer.status_code == 201, answer.text
        return answer.json()["id"]

    def read(self, order_id: str) -> dict[str, Any]:
        answer = self.call("GET", f"/{order_id}")
        assert answer.status_code == 200, answer.text
        return answer.json()

    def find(self, **filters: Any) -> dict[str, Any]:
        """A list of the owner's orders."""
        answer = self.call("GET", params={"owner_id": "own_7741", **filters})
        assert answer.status_code == 200, answer.text
        return answer.json()

    def do(self, order_id: str, deed: str, **words: Any) -> dict[str, Any]:
        """Somebody in the warehouse does something to the order."""
        answer = self.control("POST", f"/orders/{order_id}/{deed}", words)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def switch(self, **switches: Any) -> None:
        answer = self.control("POST", "/switches", switches)
        assert answer.status_code == 200, answer.text

    def arm(self, **fault: Any) -> None:
        answer = self.control("POST", "/faults", fault)
        assert answer.status_code == 201, answer.text

    def listen(self, receiver: "Receiver", **wishes: Any) -> str:
        """Register a webhook that calls the receiver; its id."""
        body = {"name": "orders-prod", "url": receiver.url, "secret": WEBHOOK_SECRET} | wishes
        answer = self.control("POST", "/webhooks", body)
        assert answer.status_code == 201, answer.text
        return answer.json()["id"]

    def effects(self) -> list[str]:
        return [effect["kind"] for effect in self.control("GET", "/effects").json()["effects"]]

    def wait_until_idle(self) -> None:
        """Wait until no event is on its way any more."""
        wait_until(lambda: self.control("GET", "/callbacks").json()["pending"] == 0)


@pytest.fixture(scope="module")
def building() -> Iterator[Flexe]:
    """One stand-in for the module; its webhook retries wait milliseconds instead of a day, and `reorder` for all."""
    config = Config(retry_time_scale=1e-6, reorder_wait_seconds=60)
    with serve(create_app(config)) as url:
        flexe = Flexe(url, config)
        yield flexe
        flexe.http.close()


@pytest.fixture
def flexe(building: Flexe) -> Flexe:
    answer = building.control("POST", "/reset", {"registrations": True})
    assert answer.status_code == 204, answer.text
    return building
