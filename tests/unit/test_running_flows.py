"""Whether a version of a flow may be taken out is asked of the task hub, which tells page by page."""

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from shared.running_flows import main, running_on

V1, V2 = "bigcommerce_finops_finops", "bigcommerce_finops_finops_v2"
KEY = "sesame"


class TaskHub(ThreadingHTTPServer):
    """Answers as the Durable extension does: each page's token names the next, the page itself may be empty."""

    pages: tuple[tuple[str, ...], ...] = ()
    asked: list[dict[str, list[str]]]

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Page)
        self.asked = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _Page(BaseHTTPRequestHandler):
    server: TaskHub  # pyright: ignore[reportIncompatibleVariableOverride] # the only one it is used with

    def do_GET(self) -> None:
        address = urlsplit(self.path)
        query = parse_qs(address.query)
        self.server.asked.append(query)
        if address.path != "/runtime/webhooks/durabletask/instances" or query.get("code") != [KEY]:
            self.send_error(401)
            return
        number = int(self.headers.get("x-ms-continuation-token", "0"))
        body = json.dumps([{"name": name} for name in self.server.pages[number]]).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        if number + 1 < len(self.server.pages):
            self.send_header("x-ms-continuation-token", str(number + 1))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing on stderr."""


@pytest.fixture
def hub() -> Iterator[TaskHub]:
    with TaskHub() as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def test_orders_are_counted_over_all_pages_empty_ones_included(hub: TaskHub):
    hub.pages = ((V1, V2), (), (V1,))

    assert running_on(hub.url, KEY) == {V1: 2, V2: 1}


def test_only_what_has_not_ended_is_asked_for(hub: TaskHub):
    hub.pages = ((),)

    running_on(hub.url, KEY)

    [asked] = hub.asked
    assert asked["runtimeStatus"] == ["Pending,Running,Suspended,ContinuedAsNew"]


def test_the_command_tells_the_orders_of_each_version(
    hub: TaskHub, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setenv("DURABLE_KEY", KEY)
    hub.pages = ((V2, V1, V2),)

    assert main([f"{hub.url}/"]) == 0
    assert capsys.readouterr().out == f"{V1}: 1\n{V2}: 2\n"


def test_a_refusal_is_told_without_the_key(
    hub: TaskHub, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setenv("DURABLE_KEY", "guessed")

    assert main([hub.url]) == 3
    told = capsys.readouterr().err
    assert "HTTP 401" in told
    assert "guessed" not in told
