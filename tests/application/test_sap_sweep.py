"""Sweeping SAP for what events failed to tell: nothing is passed over, whatever a pass meets."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from shared.application.provider_events import ProviderEvent
from shared.application.sap_sweep import SapSweep
from shared.domain.errors import TransientProviderError
from shared.providers.sap.client import SapClient
from shared.providers.sap.documents import BillingDocument
from tests.application.samples import RecordingQueues
from tests.providers.sap.samples import Sap, connection, sap_with

NOW = datetime(2026, 11, 2, 9, 30, tzinfo=UTC)


class Checkpoints(dict[str, str]):
    """How far the sweeps have come."""

    def read(self, name: str) -> str | None:
        return self.get(name)

    def write(self, name: str, value: str) -> None:
        self[name] = value


class Changes(SapClient):
    """Shows the given documents, and may break off."""

    def __init__(self, *changed_at: datetime, breaks_off: bool = False) -> None:
        self._changed_at, self._breaks_off = changed_at, breaks_off
        self.asked_since: list[datetime] = []

    def billing_documents_changed_since(self, since: datetime) -> Iterator[BillingDocument]:
        self.asked_since.append(since)
        for number, changed_at in enumerate(self._changed_at):
            ticks = f"/Date({int(changed_at.timestamp() * 1000)}+0000)/"
            row = {"BillingDocument": str(number), "SDDocumentCategory": "M", "LastChangeDateTime": ticks}
            yield BillingDocument.model_validate(row)
        if self._breaks_off:
            raise TransientProviderError("SAP hung up")


class Full(RecordingQueues):
    """Queues out of reach."""

    def send(self, queue: str, *_: object, **__: object) -> None:
        raise TransientProviderError(f"{queue} is out of reach")


@pytest.fixture(scope="module")
def served() -> Iterator[Sap]:
    with sap_with() as sap:
        yield sap


@pytest.fixture
def sap(served: Sap) -> Sap:
    served.reset()
    return served


@pytest.fixture
def queues() -> RecordingQueues:
    return RecordingQueues()


@pytest.fixture
def checkpoints() -> Checkpoints:
    return Checkpoints()


def sweep(client: SapClient, queues: RecordingQueues, checkpoints: Checkpoints, now: datetime = NOW) -> None:
    SapSweep(client, connection(), queues, checkpoints, lambda: now).run()


def swept(queues: RecordingQueues) -> list[str]:
    messages = map(ProviderEvent.model_validate_json, queues.messages("provider-events-sap"))
    return [message.document for message in messages]


def test_an_invoice_that_no_event_told_of_is_found(sap, queues, checkpoints):
    invoices = sap.bill(sap.enter_order(), documents=[{"10": 1}, {"10": 1, "20": 1}])

    sweep(sap.client(), queues, checkpoints, datetime.now(UTC))

    assert swept(queues) == invoices


def test_every_document_is_queued_once_a_pass_however_long_its_list(sap, queues, checkpoints):
    invoices = sap.bill(sap.enter_order(), documents=[{"10": 1}, {"10": 1}, {"20": 1}])

    sweep(sap.client(page_size=1), queues, checkpoints, datetime.now(UTC))

    assert sorted(swept(queues)) == invoices


def test_cancellations_are_queued_and_pro_forma_is_passed_over(sap, queues, checkpoints):
    number = sap.enter_order()
    sap.bill(number, category="U")
    (invoice,) = sap.bill(number)
    cancellation = sap.cancel(number)

    sweep(sap.client(), queues, checkpoints, datetime.now(UTC))

    assert sorted(swept(queues)) == [invoice, cancellation]


def test_the_first_pass_looks_back_some_days(queues, checkpoints):
    changes = Changes()

    sweep(changes, queues, checkpoints)

    assert changes.asked_since == [NOW - timedelta(days=30, seconds=600)]


def test_a_pass_that_finds_nothing_lets_the_next_begin_later(queues, checkpoints):
    sweep(Changes(), queues, checkpoints)

    assert list(checkpoints.values()) == [(NOW - timedelta(hours=1)).isoformat()]


def test_the_next_pass_begins_where_the_last_one_ended_with_some_overlap(queues, checkpoints):
    latest = NOW - timedelta(minutes=5)
    changes = Changes(latest, latest - timedelta(minutes=1))

    sweep(changes, queues, checkpoints)
    sweep(changes, queues, checkpoints)

    assert changes.asked_since[1] == latest - timedelta(seconds=600)


def test_a_clock_of_sap_s_that_is_fast_makes_no_gap(queues, checkpoints):
    sweep(Changes(NOW + timedelta(days=1)), queues, checkpoints)

    assert list(checkpoints.values()) == [NOW.isoformat()]


def test_a_pass_that_breaks_off_is_made_again_from_its_start(queues, checkpoints):
    with pytest.raises(TransientProviderError):
        sweep(Changes(NOW, breaks_off=True), queues, checkpoints)

    assert swept(queues) == ["0"]
    assert checkpoints == {}


def test_a_pass_whose_documents_could_not_be_queued_is_made_again(checkpoints):
    with pytest.raises(TransientProviderError):
        sweep(Changes(NOW), Full(), checkpoints)

    assert checkpoints == {}
