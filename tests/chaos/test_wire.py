"""What the wire does to a call is what its fault says."""

import threading
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from sandbox.stack import Sandbox
from sandbox.systems.kit import serve
from tests.chaos.boundaries import Boundary, Call, kind_of
from tests.chaos.disasters import Disasters
from tests.chaos.faults import Planned
from tests.chaos.subjects import Subject, Subjects
from tests.chaos.wire import Wire
from tests.sandbox.waiting import wait_until

PATH = "/v1/outbound_orders/7000001"
KIND = "GET /v1/outbound_orders/{n}"


class Killable:
    """Notes what is done to it."""

    def __init__(self) -> None:
        self.deeds: list[str] = []

    def __getattr__(self, name: str) -> Any:
        return lambda: self.deeds.append(name)


class System:
    """Counts the calls it has got, and answers."""

    def __init__(self) -> None:
        self.calls = 0
        self.app = Starlette(routes=[Route("/{path:path}", self._answer, methods=["GET", "POST"])])

    async def _answer(self, _: Request) -> JSONResponse:
        self.calls += 1
        return JSONResponse({"id": "obo_900001"})


@pytest.fixture
def system() -> System:
    return System()


@pytest.fixture
def sandbox() -> Killable:
    return Killable()


@pytest.fixture
def subject() -> Subject:
    return Subject("7000001")


@pytest.fixture
def wire(subject: Subject, sandbox: Sandbox) -> Iterator[Wire]:
    subjects, disasters = Subjects(), Disasters(lambda: sandbox)
    subjects.know(subject, "7000001")
    with Wire(subjects, disasters) as wire:
        yield wire
    disasters.close()


def _get(wire: Wire, system: System, name: str = "flexe", path: str = PATH) -> httpx.Response:
    with serve(system.app) as url, httpx.Client(base_url=wire.between(name, url), timeout=5, trust_env=False) as http:
        return http.get(path)


def _plan(subject: Subject, fault: str, system: str = "flexe", kind: str = KIND) -> None:
    subject.plan = (Planned(Boundary(system, kind, 1), fault),)


def test_a_call_without_a_fault_passes_and_is_noted(wire: Wire, system: System, subject: Subject):
    answer = _get(wire, system)

    assert (answer.status_code, answer.json()) == (200, {"id": "obo_900001"})
    assert subject.crossed == [Boundary("flexe", KIND, 1)]


@pytest.mark.parametrize(("fault", "calls"), [("drop-before", 0), ("drop-after", 1)])
def test_a_cut_connection_leaves_the_effect_that_its_name_says(
    wire: Wire, system: System, subject: Subject, fault: str, calls: int
):
    _plan(subject, fault)

    with pytest.raises(httpx.TransportError):
        _get(wire, system)

    assert (system.calls, wire.injected[fault]) == (calls, 1)


@pytest.mark.parametrize(("fault", "calls"), [("timeout-before", 0), ("timeout-after", 1)])
def test_a_time_out_is_the_caller_s_own(wire: Wire, system: System, subject: Subject, fault: str, calls: int):
    _plan(subject, fault)

    patience = httpx.Timeout(5, read=0.3)
    with (
        serve(system.app) as url,
        httpx.Client(base_url=wire.between("flexe", url), timeout=patience, trust_env=False) as http,
    ):
        with pytest.raises(httpx.ReadTimeout):
            http.get(PATH)
        # The caller may have given up before its call was passed on, and the system is there only in here.
        wait_until(lambda: system.calls >= calls, "the call's arrival")

    assert system.calls == calls


@pytest.mark.parametrize(
    ("fault", "expected"),
    [("429-seconds", (429, 0)), ("503", (503, 0)), ("html", (200, 0)), ("empty", (200, 0)), ("html-after", (200, 1))],
)
def test_an_answer_is_given_in_place_of_the_real_one(
    wire: Wire, system: System, subject: Subject, fault: str, expected: tuple[int, int]
):
    _plan(subject, fault)

    answer = _get(wire, system)

    assert (answer.status_code, system.calls) == expected
    assert answer.content != b'{"id":"obo_900001"}'


@pytest.mark.parametrize(("fault", "calls"), [("lose", 0), ("duplicate", 2)])
def test_callbacks_are_lost_and_doubled(wire: Wire, system: System, subject: Subject, fault: str, calls: int):
    _plan(subject, fault, "app", f"GET {PATH}")

    answer = _get(wire, system, "app")

    assert (answer.is_success, system.calls) == (True, calls)


def test_the_app_is_killed_once_for_all_calls_that_come_within_moments(
    wire: Wire, system: System, sandbox: Killable, subject: Subject
):
    subject.plan = tuple(
        Planned(Boundary("flexe", KIND, n), fault) for n, fault in enumerate(("kill-before", "kill-after"), start=1)
    )
    failures: list[Exception] = []

    def call(base_url: str) -> None:
        try:
            httpx.get(f"{base_url}{PATH}", timeout=20, trust_env=False)
        except httpx.TransportError as failure:
            failures.append(failure)

    with serve(system.app) as url:
        callers = [threading.Thread(target=call, args=(wire.between("flexe", url),)) for _ in range(2)]
        for each in callers:
            each.start()
        for each in callers:
            each.join()

    assert sandbox.deeds == ["kill_app", "start_app"]
    assert (len(failures), system.calls) == (2, 1)


def test_kills_beyond_a_wave_s_share_are_put_off(wire: Wire, system: System, sandbox: Killable, subject: Subject):
    _plan(subject, "kill-before")
    wire.disasters.kills_left = 0

    answer = _get(wire, system)
    subject.meets_no_more()

    assert answer.is_success
    assert sandbox.deeds == []
    assert [each.fault for each in subject.unmet] == ["kill-before"]


def test_a_fault_for_a_call_of_nobody_meets_the_next_one(wire: Wire, system: System):
    wire.arm(Planned(Boundary("finops", "GET /api/data/v9.2/uoms", 1), "503"))

    statuses = [_get(wire, system, "finops", "/api/data/v9.2/uoms").status_code for _ in range(2)]

    assert statuses == [503, 200]
    assert wire.disarm() == []


def test_a_slow_answer_is_the_real_one(wire: Wire, system: System, subject: Subject):
    _plan(subject, "slow")
    began = time.monotonic()

    assert _get(wire, system).json() == {"id": "obo_900001"}
    assert time.monotonic() - began >= 1


@pytest.mark.parametrize(
    ("call", "kind"),
    [
        (Call("bigcommerce", "GET", "/stores/q7/v2/orders/7000001/products?page=1", {}, b""),
         "GET /stores/q7/v2/orders/{n}/products"),
        (Call("finops", "PATCH", "/api/data/v9.2/salesorders(24bc6efc-6edb-5aea-9594-6333e7259d8c)", {}, b"{}"),
         "PATCH /api/data/v9.2/salesorders({id})"),
        (Call("table", "POST", "/devstoreaccount1/$batch", {},
              b"MERGE http://127.0.0.1:1/devstoreaccount1/Orders(PartitionKey='1',RowKey='O') HTTP/1.1\r\n"),
         "transaction Orders"),
        (Call("queue", "DELETE", "/devstoreaccount1/order-intake/messages/1?popreceipt=x", {}, b""),
         "DELETE order-intake"),
    ],
)  # fmt: skip
def test_a_kind_of_call_says_nothing_about_the_order(call: Call, kind: str):
    assert kind_of(call) == kind
