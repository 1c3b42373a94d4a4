"""A system that is down is left in peace, and what waited for it comes back one after another."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Event

import pytest

from shared.domain.errors import RejectedByProvider, TransientProviderError
from shared.providers.circuit import Circuit, CircuitLimits, CircuitOpen, Unavailable
from tests.providers.told import Told

LIMITS = CircuitLimits(failures=3, seconds=10, cap_seconds=35, drain_per_second=2)
DOWN = Unavailable("Flexe answered 503")


class Watch:
    now = 1000.0

    def __call__(self) -> float:
        return self.now

    def passes(self, seconds: float) -> None:
        self.now += seconds


class Asking:
    """A probe that answers as the system is."""

    def __init__(self, fault: Exception | None = None) -> None:
        self.fault = fault
        self.times = 0

    def __call__(self) -> None:
        self.times += 1
        if self.fault:
            raise self.fault


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
def told() -> Told:
    return Told()


@pytest.fixture
def circuit(watch: Watch, told: Told) -> Circuit:
    circuit = Circuit("Flexe", LIMITS, told, watch)
    circuit.probe = Asking()
    return circuit


def call(circuit: Circuit, answer: Exception | None = None) -> None:
    with circuit.watching():
        if answer:
            raise answer


def fails(circuit: Circuit, times: int = LIMITS.failures, fault: Exception = DOWN) -> None:
    for _ in range(times):
        with pytest.raises(type(fault)):
            call(circuit, fault)


def turned_away(circuit: Circuit) -> float:
    """After how many seconds the caller is to come back."""
    with pytest.raises(CircuitOpen) as refused:
        call(circuit, AssertionError("it was asked"))
    assert refused.value.retry_after is not None
    return refused.value.retry_after


def test_after_so_many_failures_in_a_row_the_system_is_asked_nothing(circuit: Circuit):
    fails(circuit)

    with pytest.raises(CircuitOpen, match="Flexe does not answer and is left in peace for now: Flexe answered 503"):
        call(circuit, AssertionError("it was asked"))


def test_what_a_system_said_about_one_order_is_told_to_nobody_else(circuit: Circuit, told: Told):
    fails(circuit, fault=Unavailable("Flexe answered 500: Zoe Miller moved", in_short="Flexe answered 500"))

    with pytest.raises(CircuitOpen) as refused:
        call(circuit)
    assert told.heard == ["Flexe began: Flexe answered 500"]
    assert str(refused.value).endswith("left in peace for now: Flexe answered 500")


def test_failures_with_an_answer_between_them_are_no_outage(circuit: Circuit, told: Told):
    for _ in range(5):
        fails(circuit, LIMITS.failures - 1)
        call(circuit)

    assert told.heard == []


@pytest.mark.parametrize("answer", [RejectedByProvider("no such order"), TransientProviderError("locked: read again")])
def test_an_answer_about_one_order_is_no_outage_whatever_it_says(circuit: Circuit, told: Told, answer: Exception):
    fails(circuit, 20, answer)

    assert told.heard == []


def test_those_turned_away_come_back_one_after_another_in_their_order(circuit: Circuit):
    fails(circuit)

    assert [turned_away(circuit) for _ in range(4)] == [10, 10.5, 11, 11.5]


def test_a_wait_the_system_asked_for_is_granted(circuit: Circuit):
    fails(circuit, fault=Unavailable("429", retry_after=120))

    assert turned_away(circuit) == 120


def test_a_wait_without_end_is_granted_for_an_hour(circuit: Circuit):
    fails(circuit, fault=Unavailable("503", retry_after=1e15))

    assert turned_away(circuit) == 3600


def test_no_order_is_what_an_outage_is_tried_on(circuit: Circuit, watch: Watch):
    probe = circuit.probe = Asking(DOWN)
    fails(circuit)
    watch.passes(10)

    assert turned_away(circuit) == 20

    assert probe.times == 1


def test_each_try_in_vain_doubles_the_peace_up_to_the_cap(circuit: Circuit, watch: Watch):
    circuit.probe = Asking(DOWN)
    fails(circuit)
    waits = []
    for _ in range(4):
        watch.passes(1_000)
        waits.append(turned_away(circuit))

    assert waits == [20, 35, 35, 35]


@pytest.mark.parametrize("answer", [None, RejectedByProvider("the token is refused")])
def test_a_system_that_answers_again_gets_its_work(
    circuit: Circuit, watch: Watch, told: Told, answer: Exception | None
):
    circuit.probe = Asking(answer)
    fails(circuit)
    watch.passes(10)

    call(circuit)

    assert told.heard == ["Flexe began: Flexe answered 503", "Flexe ended"]
    assert not circuit.is_open


def test_an_outage_after_an_outage_begins_anew(circuit: Circuit, watch: Watch):
    fails(circuit)
    watch.passes(10)
    call(circuit)

    fails(circuit)

    assert turned_away(circuit) == 10


def test_calls_that_were_under_way_neither_prolong_an_outage_nor_end_it(circuit: Circuit, told: Told):
    with ThreadPoolExecutor(3) as pool, under_way(circuit, DOWN, pool), under_way(circuit, None, pool):
        fails(circuit)

    assert [turned_away(circuit), len(told.heard)] == [10, 1]


def test_one_asks_while_the_others_wait(circuit: Circuit, watch: Watch):
    asked, answers = Event(), Event()

    def probe() -> None:
        asked.set()
        answers.wait(10)

    fails(circuit)
    circuit.probe = probe
    watch.passes(10)
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(call, circuit)
        asked.wait(10)
        second = turned_away(circuit)
        answers.set()
        first.result(10)

    assert second == 1
    call(circuit)


def test_a_probe_that_breaks_leaves_the_next_caller_to_ask(circuit: Circuit, watch: Watch):
    fails(circuit)
    circuit.probe = Asking(KeyError("a mistake of ours"))
    watch.passes(10)
    with pytest.raises(KeyError):
        call(circuit)
    circuit.probe = Asking()

    call(circuit)

    assert not circuit.is_open


@contextmanager
def under_way(circuit: Circuit, answer: Exception | None, pool: ThreadPoolExecutor) -> Iterator[None]:
    """A call of another thread that begins before the block and ends after it."""
    begun, over = Event(), Event()

    def slow() -> None:
        with circuit.watching():
            begun.set()
            over.wait(10)
            if answer:
                raise answer

    running = pool.submit(slow)
    begun.wait(10)
    yield
    over.set()
    if answer:
        with pytest.raises(type(answer)):
            running.result(10)
    else:
        running.result(10)
