"""The session over real sockets: broken, slow and strange connections."""

import gzip
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from shared.domain.errors import RejectedByProvider, TransientProviderError
from shared.providers.answers import RefusedCall
from shared.providers.circuit import Circuit, CircuitLimits
from shared.providers.session import ConnectionCut, Exchange, ProviderSession
from tests.providers.raw_server import CUT, Connect, Server, reply
from tests.providers.told import Told
from tests.sandbox.waiting import wait_until


def test_a_redirect_is_not_followed_so_the_token_stays_here(server: Server, connect: Connect):
    server.respond = lambda _: reply(302, Location=f"{server.url}/elsewhere")

    with pytest.raises(RefusedCall):
        connect().get("/orders")

    assert len(server.requests) == 1


def test_a_redirect_to_nowhere_is_an_answer_like_any_other(server: Server, connect: Connect):
    server.respond = lambda _: reply(302, Location="http://[nowhere/")

    with pytest.raises(RefusedCall, match="302"):
        connect().get("/orders")


def test_a_next_page_link_is_followed_only_below_the_base_address(server: Server, connect: Connect):
    session = connect()

    answer = session.get(f"{server.url}/rows?page=2")

    assert answer.call == "GET /rows"
    assert server.requests[0].startswith(b"GET /api/rows?page=2 ")
    for elsewhere in ("https://evil.example/rows", f"{server.url}.evil.example/rows", "rows"):
        with pytest.raises(RejectedByProvider):
            session.get(elsewhere)


def test_the_headers_are_asked_anew_for_every_call(server: Server, connect: Connect):
    tokens = iter(["first", "second"])
    session = connect(headers=lambda: {"Authorization": next(tokens)})

    session.get("/a")
    session.get("/b")

    assert b"Authorization: first" in server.requests[0]
    assert b"Authorization: second" in server.requests[1]


def test_cookies_are_not_kept(server: Server, connect: Connect):
    server.respond = lambda _: reply(200, Set_Cookie="session=1")
    session = connect()

    session.get("/a")
    session.get("/b")

    assert b"Cookie" not in server.requests[1]


def test_a_read_cut_off_is_read_again_at_once(server: Server, connect: Connect, exchanges: list[Exchange]):
    answers = iter([CUT, reply(200, b'{"id": 1}')])
    server.respond = lambda _: next(answers)

    answer = connect().get("/orders/1")

    assert answer.json() == {"id": 1}
    assert [exchange.status for exchange in exchanges] == [None, 200]


def test_a_read_cut_off_twice_waits_for_redelivery(server: Server, connect: Connect):
    server.respond = lambda _: CUT

    with pytest.raises(TransientProviderError):
        connect().get("/orders/1")

    assert len(server.requests) == 2


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_a_write_cut_off_is_not_repeated_blindly(server: Server, connect: Connect, method: str):
    server.respond = lambda _: CUT

    with pytest.raises(ConnectionCut):
        getattr(connect(), method)("/orders/1", json={"status_id": 2})

    assert len(server.requests) == 1


def test_half_an_answer_is_no_answer(server: Server, connect: Connect):
    def half(_: bytes) -> bytes:
        threading.Timer(0.05, server.connections[-1].shutdown, args=(socket.SHUT_RDWR,)).start()
        return reply(200, b'{"id": 1}').replace(b"Content-Length: 9", b"Content-Length: 900")

    server.respond = half

    with pytest.raises(TransientProviderError):
        connect().post("/orders", json={})


@pytest.fixture
def nobody() -> Iterator[ProviderSession]:
    """A session with a port that is taken and that nobody listens on."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        with ProviderSession(f"http://127.0.0.1:{taken.getsockname()[1]}", name="Nobody", timeout_seconds=5) as session:
            yield session


def test_a_system_that_is_not_there_is_a_passing_fault(nobody: ProviderSession):
    with pytest.raises(TransientProviderError, match="cannot be reached"):
        nobody.get("/orders")


def test_a_fault_met_while_another_is_handled_is_told_by_its_own_cause(nobody: ProviderSession):
    try:
        raise ConnectionResetError
    except ConnectionResetError:
        with pytest.raises(TransientProviderError, match="ConnectionRefusedError"):
            nobody.get("/orders")


def test_a_silent_system_is_given_up_in_time(server: Server, connect: Connect, exchanges: list[Exchange]):
    quiet = threading.Event()
    server.respond = lambda _: reply(200) if quiet.wait(60) else CUT

    with pytest.raises(TransientProviderError, match="in time"):
        connect(timeout_seconds=0.2).get("/orders")

    quiet.set()
    assert [exchange.status for exchange in exchanges] == [None]
    wait_until(lambda: bool(server.requests), "the server's reading of what it was asked")
    assert len(server.requests) == 1


def test_an_answer_that_only_drips_is_given_up_in_time(server: Server, connect: Connect):
    def drip(_: bytes) -> bytes:
        connection = server.connections[-1]
        connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        while True:  # until the client hangs up
            connection.sendall(b"1\r\nx\r\n")
            time.sleep(0.02)

    server.respond = drip

    with pytest.raises(TransientProviderError, match="in time"):
        connect(timeout_seconds=0.3).get("/orders")


def test_an_endless_answer_is_not_read_into_memory(server: Server, connect: Connect):
    server.respond = lambda _: reply(200, gzip.compress(b"0" * 1_000_000), Content_Encoding="gzip")

    with pytest.raises(RejectedByProvider, match="more than 100000 bytes"):
        connect(max_answer_bytes=100_000).get("/orders")


def test_connections_are_reused(server: Server, connect: Connect):
    session = connect()

    for _ in range(5):
        session.get("/orders")

    assert len(server.connections) == 1


def test_one_session_serves_many_threads(server: Server, connect: Connect):
    server.respond = lambda request: reply(200, request.split()[1])
    session = connect()

    with ThreadPoolExecutor(8) as pool:
        texts = list(pool.map(lambda n: session.get(f"/orders/{n}").text, range(100)))

    assert texts == [f"/api/orders/{n}" for n in range(100)]


def test_exchanges_are_told_without_their_query(server: Server, connect: Connect, exchanges: list[Exchange]):
    server.respond = lambda _: reply(503)

    with pytest.raises(TransientProviderError):
        connect().get("/orders", params={"email": "mara@example.com"})

    assert [(exchange.call, exchange.status) for exchange in exchanges] == [("GET /orders", 503)]


@pytest.mark.parametrize(("status", "opens"), [(503, True), (500, True), (429, True), (404, False), (423, False)])
def test_answers_that_everybody_would_get_open_the_circuit(server: Server, connect: Connect, status: int, opens: bool):
    server.respond = lambda _: reply(status, b"Zoe Miller moved")
    limits = CircuitLimits(failures=2, seconds=60, cap_seconds=60, drain_per_second=10)
    told = Told()
    session = connect(circuit=Circuit("BigCommerce", limits, told))

    for _ in range(4):
        with pytest.raises((RejectedByProvider, TransientProviderError)):
            session.post("/orders", json={})

    assert len(server.requests) == (2 if opens else 4)
    assert told.heard == ([f"BigCommerce began: BigCommerce answered {status} to POST /orders"] if opens else [])
