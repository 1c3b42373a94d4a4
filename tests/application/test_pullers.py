"""Pulling what callbacks failed to tell: nothing is passed over, whatever a pass meets."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from shared.application.finops_changes import ChangeMessage
from shared.application.inboxes import BigCommerceInbox, DataverseInbox
from shared.application.pullers import BigCommercePuller, DataverseSweep
from shared.domain.errors import RejectedByProvider, TransientProviderError
from shared.domain.sources import IntakeMessage
from shared.messaging.names import CHANGES_QUEUE, INTAKE_QUEUE
from shared.providers.bigcommerce.client import BigCommerceClient
from shared.providers.bigcommerce.webhooks import BigCommerceCallbacks
from shared.providers.finops.client import ChangePage, DataverseClient
from shared.providers.finops.connection import DataverseConnection
from tests.application.samples import RecordingQueues
from tests.providers.bigcommerce.examples import a_connection

NOW = datetime(2026, 11, 2, 9, 30, tzinfo=UTC)
DATAVERSE = DataverseConnection.model_validate(
    {
        "base_url": "https://contoso.example.com",
        "token_url": "https://login.example.com/token",
        "client_id": "app",
        "client_secret": "secret",
        "webhook_key": "key",
    }
)
ROW_IDS = [f"0a8fb2b0-7d5c-5f0e-9a55-3d0f2c1f8a1{n}" for n in range(3)]


class Checkpoints(dict[str, str]):
    """How far the pullers have come."""

    def read(self, name: str) -> str | None:
        return self.get(name)

    def write(self, name: str, value: str) -> None:
        self[name] = value


class Store(BigCommerceClient):
    """A shop that lists the given orders, and may break off."""

    def __init__(self, *orders: dict[str, Any], breaks_off: bool = False) -> None:
        self._orders, self._breaks_off = orders, breaks_off
        self.asked_since: list[datetime] = []

    def orders_modified_since(self, since: datetime) -> Iterator[dict[str, Any]]:
        self.asked_since.append(since)
        yield from self._orders
        if self._breaks_off:
            raise TransientProviderError("the shop hung up")


class Full(RecordingQueues):
    """Queues out of reach."""

    def send(self, queue: str, *_: object, **__: object) -> None:
        raise TransientProviderError(f"{queue} is out of reach")


class Dataverse(DataverseClient):
    """A change feed of pages by link; None is where it begins."""

    def __init__(self, pages: Mapping[Any, ChangePage | Exception]) -> None:
        self._pages = pages

    def changes(self, entity_set: str, columns: Iterable[str]) -> ChangePage:  # noqa: ARG002 - there is one feed
        return self._page(None)

    def more_changes(self, link: str) -> ChangePage:
        return self._page(link)

    def _page(self, link: str | None) -> ChangePage:
        page = self._pages[link]
        if isinstance(page, Exception):
            raise page
        return page


@pytest.fixture
def queues() -> RecordingQueues:
    return RecordingQueues()


@pytest.fixture
def checkpoints() -> Checkpoints:
    return Checkpoints()


def an_order_row(number: int, minute: int, status: int = 11) -> dict[str, Any]:
    return {"id": number, "status_id": status, "date_modified": f"Mon, 02 Nov 2026 09:{minute:02}:00 +0000"}


def pull(store: Store, queues: RecordingQueues, checkpoints: Checkpoints) -> None:
    connection = a_connection()
    inbox = BigCommerceInbox(connection, BigCommerceCallbacks(connection, lambda: NOW), queues)
    BigCommercePuller(store, connection, inbox, checkpoints, lambda: NOW).run()


def sweep(dataverse: Dataverse, queues: RecordingQueues, checkpoints: Checkpoints) -> None:
    DataverseSweep(dataverse, DATAVERSE, DataverseInbox(DATAVERSE, queues), checkpoints, lambda: NOW).run()


def rows(*row_ids: str) -> tuple[dict[str, Any], ...]:
    return tuple({"salesorderid": row_id, "modifiedon": "2026-11-02T09:00:00Z"} for row_id in row_ids)


def swept(queues: RecordingQueues) -> list[str]:
    return [ChangeMessage.model_validate_json(message).row_id for message in queues.messages(CHANGES_QUEUE)]


def test_orders_modified_since_the_last_pass_are_queued_once_each(queues: RecordingQueues, checkpoints: Checkpoints):
    store = Store(an_order_row(1, 10), an_order_row(2, 11), an_order_row(1, 12, status=5))

    pull(store, queues, checkpoints)

    messages = [IntakeMessage.model_validate_json(message) for message in queues.messages(INTAKE_QUEUE)]
    assert [(message.external_id, message.canceled) for message in messages] == [("1", True), ("2", False)]


def test_the_next_pass_begins_where_the_last_one_ended_with_some_overlap(
    queues: RecordingQueues, checkpoints: Checkpoints
):
    store = Store(an_order_row(1, 12))

    pull(store, queues, checkpoints)
    pull(store, queues, checkpoints)

    assert store.asked_since[1] == datetime(2026, 11, 2, 9, 12, tzinfo=UTC) - timedelta(minutes=10)


def test_a_pass_that_breaks_off_is_made_again_from_its_start(queues: RecordingQueues, checkpoints: Checkpoints):
    with pytest.raises(TransientProviderError):
        pull(Store(an_order_row(1, 12), breaks_off=True), queues, checkpoints)

    assert checkpoints == {}


def test_a_pass_whose_orders_could_not_be_queued_is_made_again(checkpoints: Checkpoints):
    with pytest.raises(TransientProviderError):
        pull(Store(an_order_row(1, 12)), Full(), checkpoints)
    with pytest.raises(TransientProviderError):
        sweep(Dataverse({None: ChangePage(rows(ROW_IDS[0]), None, "next pass")}), Full(), checkpoints)

    assert checkpoints == {}


def test_every_page_of_the_change_feed_is_queued(queues: RecordingQueues, checkpoints: Checkpoints):
    feed = {None: ChangePage(rows(*ROW_IDS[:2]), "2", None), "2": ChangePage(rows(ROW_IDS[2]), None, "next pass")}

    sweep(Dataverse(feed), queues, checkpoints)

    assert swept(queues) == ROW_IDS
    assert list(checkpoints.values()) == ["next pass"]


def test_the_next_sweep_reads_only_what_changed_since(queues: RecordingQueues, checkpoints: Checkpoints):
    feed = {
        None: ChangePage(rows(*ROW_IDS), None, "second pass"),
        "second pass": ChangePage(rows(ROW_IDS[1]), None, "third pass"),
    }

    for _ in range(2):
        sweep(Dataverse(feed), queues, checkpoints)

    assert swept(queues) == [*ROW_IDS, ROW_IDS[1]]
    assert list(checkpoints.values()) == ["third pass"]


def test_a_sweep_that_breaks_off_is_made_again_from_its_start(queues: RecordingQueues, checkpoints: Checkpoints):
    feed = {None: ChangePage(rows(ROW_IDS[0]), "2", None), "2": TransientProviderError("Dataverse is down")}

    with pytest.raises(TransientProviderError):
        sweep(Dataverse(feed), queues, checkpoints)

    assert checkpoints == {}


def test_a_link_that_dataverse_has_forgotten_starts_the_feed_anew(queues: RecordingQueues, checkpoints: Checkpoints):
    first_pass = {None: ChangePage(rows(*ROW_IDS), None, "old")}
    sweep(Dataverse(first_pass), queues, checkpoints)
    expired = {"old": RejectedByProvider("the link has expired"), None: ChangePage(rows(*ROW_IDS), None, "new")}

    sweep(Dataverse(expired), queues, checkpoints)

    assert swept(queues) == ROW_IDS * 2
    assert list(checkpoints.values()) == ["new"]


def test_a_removed_row_is_passed_over(queues: RecordingQueues, checkpoints: Checkpoints):
    removed = {"id": ROW_IDS[0], "reason": "deleted"}

    sweep(Dataverse({None: ChangePage((removed,), None, "next")}), queues, checkpoints)

    assert swept(queues) == []
    assert list(checkpoints.values()) == ["next"]
