"""What F&O does to an order, seen through Dataverse: status, delta sweep."""

from datetime import UTC, datetime, timedelta

import pytest

from shared.domain.errors import RejectedByProvider, TransientProviderError
from shared.domain.events import (
    LINES_INVOICED,
    LINES_SHIPPED,
    ORDER_CANCELED,
    ORDER_CONFIRMED,
    ORDER_INVOICED,
    ORDER_PICKED,
    ORDER_SHIPPED,
)
from shared.domain.progress import advance
from shared.providers.finops.client import ChangePage
from shared.providers.finops.messages import RowChange
from shared.providers.finops.status import observe
from shared.providers.finops.sweep import sweep
from tests.providers.finops.samples import ORDER_ID, a_record, an_order


class Watcher:
    """Looks at the order and remembers, as the status event handler does."""

    def __init__(self, client, order) -> None:
        self._client = client
        self.record = a_record(order)

    def look(self) -> list[str]:
        rows = self._client.order_status(ORDER_ID)
        observed = observe(rows.header, rows.lines, self.record)
        order, reported = advance(self.record.order, observed.report) if observed.report else (self.record.order, ())
        self.record = self.record.with_(order=order, marks={**self.record.marks, **observed.marks})
        return [event.name for event in (*observed.events, *reported)]


@pytest.fixture
def watcher(client, send) -> Watcher:
    """Two lines of two pieces, just sent."""
    order = an_order(2)
    send(order)
    return Watcher(client, order)


def test_an_order_goes_its_way(finops, watcher):
    told = [watcher.look()]
    for action in ("confirm", "pick", "pack", "invoice"):
        finops.post(action)
        told += [watcher.look(), watcher.look()]

    assert told == [[], [ORDER_CONFIRMED], [], [ORDER_PICKED], [], [ORDER_SHIPPED], [], [ORDER_INVOICED], []]


def test_the_parcels_carry_the_tracking_numbers_of_finops(finops, watcher):
    finops.post("pack", lines={"1": 1}, tracking_number="1ZA", carrier="ups")
    partly = watcher.look()
    finops.post("pack", tracking_number="1ZB", carrier="dhl")
    rest = watcher.look()

    parcels = [
        (parcel.tracking_number, parcel.carrier, [int(item.quantity) for item in parcel.items])
        for parcel in watcher.record.order.shipments
    ]
    assert (partly, rest) == ([LINES_SHIPPED], [ORDER_PICKED, ORDER_SHIPPED])
    assert parcels == [("1ZA", "ups", [1]), ("1ZB", "dhl", [1, 2])]


def test_a_partial_invoice_of_a_delivered_order_is_still_shipped_once(finops, watcher):
    finops.post("pack")
    finops.post("invoice", lines={"1": 2})
    first = watcher.look()
    finops.post("invoice")

    assert first == [ORDER_PICKED, ORDER_SHIPPED, LINES_INVOICED]
    assert watcher.look() == [ORDER_INVOICED]


def test_an_order_canceled_in_finops_is_canceled(finops, watcher):
    finops.post("cancel")

    assert watcher.look() == [ORDER_CANCELED]


LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


def swept(client, link=None, oldest: datetime = LONG_AGO) -> tuple[list[RowChange], str]:
    pages = [*sweep(client, link, oldest)]
    assert [page.link for page in pages[:-1]] == [None] * (len(pages) - 1)
    assert pages[-1].link
    return [change for page in pages for change in page.changes], pages[-1].link


def many_orders(finops, count: int) -> None:
    line = {"product": "1000", "quantity": 1, "price": 19.5, "unit": "ea", "site": "2", "warehouse": "24"}
    for number in range(count):
        order = {"number": f"SO-{number}", "company": "USMF", "customer": "US-001", "currency": "USD", "lines": [line]}
        finops.control("POST", "/orders", order)


def test_the_first_sweep_sees_every_order(finops, connect):
    many_orders(finops, 5)

    changes, _ = swept(connect(page_size=2))

    assert len({change.row_id for change in changes}) == 5
    assert all(change.order_row_id == change.row_id for change in changes)


def test_orders_from_before_our_time_are_left_alone_by_the_first_sweep(finops, client, watcher):
    tomorrow = datetime.now(UTC) + timedelta(days=1)

    changes, link = swept(client, oldest=tomorrow)
    finops.post("pick")
    later, _ = swept(client, link, oldest=tomorrow)

    assert changes == []
    assert [change.row_id for change in later] == [ORDER_ID]


@pytest.mark.parametrize("said", ["yesterday", "/Date(99999999999999999)/", 5])
def test_an_order_whose_date_cannot_be_read_is_looked_at_and_keeps_no_other_waiting(caplog, said):
    class Feed:
        def changes(self, *_):
            modified = {"salesorderid": ORDER_ID, "modifiedon": said}
            return ChangePage((modified, {**modified, "modifiedon": "2026-03-01T10:00:00Z"}), None, "the next link")

    changes, _ = swept(Feed())

    assert [change.at for change in changes] == [None, datetime(2026, 3, 1, 10, tzinfo=UTC)]
    assert f"order {ORDER_ID} of the change feed: modifiedon {said!r} is no date" in caplog.messages


def test_the_next_sweep_sees_what_changed_since(finops, client, watcher):
    _, link = swept(client)
    nothing, link = swept(client, link)
    finops.post("pick")

    changes, _ = swept(client, link)

    assert nothing == []
    assert [(change.message, change.row_id, change.order_row_id) for change in changes] == [
        ("Update", ORDER_ID, ORDER_ID)
    ]


def test_a_deleted_order_is_told_of(finops, client, watcher):
    _, link = swept(client)
    finops.control("DELETE", f"/rows/salesorders({ORDER_ID})")

    changes, _ = swept(client, link)

    assert changes == [RowChange("salesorder", ORDER_ID, "Delete", ORDER_ID)]


def test_a_link_that_has_expired_leads_to_a_full_reading(finops, client, watcher):
    _, link = swept(client)
    finops.control("POST", "/expire-delta-tokens")

    changes, fresh = swept(client, link)
    again, _ = swept(client, fresh)

    assert [change.row_id for change in changes] == [ORDER_ID]
    assert again == []


def test_a_link_of_another_environment_leads_to_a_full_reading(client, watcher):
    changes, link = swept(client, "https://elsewhere.example/api/data/v9.2/salesorders?$deltatoken=1")

    assert [change.row_id for change in changes] == [ORDER_ID]
    assert "elsewhere" not in link


def test_a_sweep_that_breaks_off_leaves_no_link(finops, connect):
    many_orders(finops, 3)
    pages = sweep(connect(page_size=2), None, LONG_AGO)
    first = next(pages)
    finops.break_call("GET /api/data/v9.2/salesorders", status=503)

    with pytest.raises(TransientProviderError):
        next(pages)

    assert first.link is None


def test_a_sweep_without_permission_is_a_matter_for_a_person(finops, client):
    finops.break_call("GET /api/data/v9.2/salesorders", times=2, status=403)

    with pytest.raises(RejectedByProvider, match="403"):
        swept(client, f"{finops.url}/api/data/v9.2/salesorders?$deltatoken=1")
