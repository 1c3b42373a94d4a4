"""A stand-in store per test module, a receiver for callbacks per test."""

import json
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
import requests

from sandbox.systems.bigcommerce import Config, create_app, samples
from sandbox.systems.kit import serve

PATIENCE_SECONDS = 10.0
STORE = "/stores/q7xk2demo"


@dataclass(frozen=True)
class Received:
    headers: dict[str, str]
    raw: bytes

    @property
    def body(self) -> dict[str, Any]:
        return json.loads(self.raw)


class Receiver:
    """A server that keeps what is POSTed to it; it answers with the statuses of `answers` in turn, then with 200."""

    def __init__(self) -> None:
        self.answers: deque[int] = deque()
        self._received: list[Received] = []
        self._changed = threading.Condition()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.url = f"http://127.0.0.1:{self._server.server_port}/callbacks"

    def __enter__(self) -> "Receiver":
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def wait_for(self, count: int) -> list[Received]:
        """All that has come, once it is at least `count`."""
        with self._changed:
            enough = self._changed.wait_for(lambda: len(self._received) >= count, PATIENCE_SECONDS)
            assert enough, f"only {len(self._received)} of {count} callbacks came"
            return list(self._received)

    @property
    def scopes(self) -> list[str]:
        return [received.body["scope"] for received in self._received]

    def _take(self, received: Received) -> int:
        with self._changed:
            self._received.append(received)
            self._changed.notify_all()
            return self.answers.popleft() if self.answers else 200

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                raw = self.rfile.read(int(self.headers["Content-Length"]))
                headers = {name.lower(): value for name, value in self.headers.items()}
                self.send_response(receiver._take(Received(headers, raw)))
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:
                """Keep the test output quiet."""

        return Handler


class Shop:
    """The stand-in store as its API's client and as the people behind `/_control/` see it."""

    def __init__(self, url: str, config: Config) -> None:
        self.url = url
        self.config = config
        self.http = requests.Session()
        self.http.headers.update({"X-Auth-Token": config.access_token, "Accept": "application/json"})

    def call(self, method: str, path: str, **rest: Any) -> requests.Response:
        """One API call, `path` starting with `/v2` or `/v3`."""
        return self.http.request(method, f"{self.url}{STORE}{path}", timeout=PATIENCE_SECONDS, **rest)

    def control(self, method: str, path: str, body: Any = None) -> requests.Response:
        return requests.request(method, f"{self.url}/_control{path}", json=body, timeout=PATIENCE_SECONDS)

    def place(self, number: int = 10427, **wishes: Any) -> dict[str, Any]:
        """Place a sample order."""
        answer = self.control("POST", "/orders", samples.order(number, **wishes))
        assert answer.status_code == 201, answer.text
        return answer.json()

    def arm(self, **fault: Any) -> None:
        answer = self.control("POST", "/faults", fault)
        assert answer.status_code == 201, answer.text

    def hook(self, scope: str, destination: str, **rest: Any) -> dict[str, Any]:
        answer = self.call("POST", "/v3/hooks", json={"scope": scope, "destination": destination, **rest})
        assert answer.status_code == 200, answer.text
        return answer.json()["data"]

    def effects(self, kind: str | None = None) -> list[dict[str, Any]]:
        return self.control("GET", "/effects" + (f"?kind={kind}" if kind else "")).json()["effects"]

    def wait_until_idle(self) -> None:
        """Wait until no callback is on its way any more."""
        wait_until(lambda: self.control("GET", "/callbacks").json()["pending"] == 0)


def wait_until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not holds():
        assert time.monotonic() < deadline, "the condition did not come true in time"
        time.sleep(0.01)


@pytest.fixture(scope="module")
def store() -> Iterator[Shop]:
    """One store for the module; its callback retries wait milliseconds instead of days."""
    config = Config(client_secret="acct-client-secret-EXAMPLE-0001", retry_time_scale=1e-6)
    with serve(create_app(config)) as url:
        shop = Shop(url, config)
        yield shop
        shop.http.close()


@pytest.fixture
def shop(store: Shop) -> Shop:
    """The module's store, emptied."""
    answer = store.control("POST", "/reset", {"registrations": True})
    assert answer.status_code == 204, answer.text
    return store


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as receiver:
        yield receiver
