"""Asking Flexe for what its callbacks failed to tell: nothing is passed over, whatever a pass meets."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from shared.application.flexe_sweep import FlexeSweep
from shared.application.provider_events import ProviderEvent
from shared.domain.errors import TransientProviderError
from shared.domain.ports import Queues
from shared.providers.flexe.client import FlexeClient
from shared.providers.flexe.readings import FlexeOrder
from tests.application.samples import RecordingQueues
from tests.application.test_pullers import Checkpoints, Full
from tests.providers.flexe.samples import a_connection, seen

NOW = datetime(2026, 11, 2, 9, 30, tzinfo=UTC)


class Warehouse(FlexeClient):
    """Lists the given orders, and may break off."""

    def __init__(self, *orders: FlexeOrder, breaks_off: bool = False) -> None:
        self._orders, self._breaks_off = orders, breaks_off
        self.asked_since: list[datetime] = []

    def updated_since(self, since: datetime) -> Iterator[FlexeOrder]:
        self.asked_since.append(since)
        yield from self._orders
        if self._breaks_off:
            raise TransientProviderError("Flexe hung up")


@pytest.fixture
def queues() -> RecordingQueues:
    return RecordingQueues()


@pytest.fixture
def checkpoints() -> Checkpoints:
    return Checkpoints()


def changed(number: int, minute: int) -> FlexeOrder:
    return seen(id=f"obo_{number}", external_order_id=f"BC-{number}", updated_at=f"2026-11-02T09:{minute:02}:00Z")


def sweep(warehouse: Warehouse, queues: Queues, checkpoints: Checkpoints) -> None:
    FlexeSweep(warehouse, a_connection(), queues, checkpoints, lambda: NOW).run()


def swept(queues: RecordingQueues) -> list[tuple[str, str]]:
    messages = map(ProviderEvent.model_validate_json, queues.messages("provider-events-flexe"))
    return [(message.document, message.reference) for message in messages]


def test_every_changed_order_is_queued_once(queues: RecordingQueues, checkpoints: Checkpoints):
    sweep(Warehouse(changed(1, 10), changed(2, 11), changed(1, 12)), queues, checkpoints)

    assert swept(queues) == [("obo_1", "BC-1"), ("obo_2", "BC-2")]


def test_the_first_sweep_looks_back_some_days(queues: RecordingQueues, checkpoints: Checkpoints):
    warehouse = Warehouse()

    sweep(warehouse, queues, checkpoints)

    assert warehouse.asked_since == [NOW - timedelta(days=3, seconds=300)]


def test_the_next_sweep_begins_where_the_last_one_ended_with_some_overlap(
    queues: RecordingQueues, checkpoints: Checkpoints
):
    warehouse = Warehouse(changed(1, 12))

    sweep(warehouse, queues, checkpoints)
    sweep(warehouse, queues, checkpoints)

    assert warehouse.asked_since[1] == datetime(2026, 11, 2, 9, 7, tzinfo=UTC)


def test_a_clock_of_flexe_that_is_ahead_does_not_make_us_miss_anything(
    queues: RecordingQueues, checkpoints: Checkpoints
):
    sweep(Warehouse(changed(1, 59)), queues, checkpoints)

    assert [*checkpoints.values()] == ["2026-11-02T09:30:00+00:00"]


def test_a_sweep_that_finds_nothing_lets_the_next_begin_later(queues: RecordingQueues, checkpoints: Checkpoints):
    sweep(Warehouse(), queues, checkpoints)

    assert [*checkpoints.values()] == [(NOW - timedelta(hours=1)).isoformat()]


def test_an_order_without_a_moment_is_queued_all_the_same(queues: RecordingQueues, checkpoints: Checkpoints):
    sweep(Warehouse(changed(1, 12), seen(id="obo_2", updated_at=None)), queues, checkpoints)

    assert [document for document, _ in swept(queues)] == ["obo_1", "obo_2"]
    assert [*checkpoints.values()] == ["2026-11-02T09:12:00+00:00"]


def test_a_sweep_that_breaks_off_is_made_again_from_its_start(queues: RecordingQueues, checkpoints: Checkpoints):
    with pytest.raises(TransientProviderError):
        sweep(Warehouse(changed(1, 12), breaks_off=True), queues, checkpoints)

    assert checkpoints == {}


def test_a_sweep_whose_orders_could_not_be_queued_is_made_again(checkpoints: Checkpoints):
    with pytest.raises(TransientProviderError):
        sweep(Warehouse(changed(1, 12)), Full(), checkpoints)

    assert checkpoints == {}
