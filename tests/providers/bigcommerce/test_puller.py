"""Finding the orders whose callbacks got lost."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from sandbox.systems.bigcommerce import samples
from shared.domain.errors import TransientProviderError
from shared.providers.bigcommerce.client import BigCommerceClient
from shared.providers.bigcommerce.puller import ModifiedOrder, pull_modified_orders
from tests.providers.bigcommerce.conftest import Store

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def place(store: Store, number: int, modified: datetime, status_id: int = 11) -> None:
    parts = samples.order(number, status_id=status_id)
    parts["order"]["date_modified"] = format_datetime(modified)
    store.place(parts)


def test_every_order_modified_since_the_watermark_is_found_once(store: Store, client: BigCommerceClient):
    place(store, 1, NOON - HOUR)
    place(store, 2, NOON + timedelta(minutes=2))
    place(store, 3, NOON + timedelta(minutes=1), status_id=0)

    pull = pull_modified_orders(client, store.connection, NOON.isoformat(), NOON + HOUR)

    assert pull.orders == (ModifiedOrder("3", 0), ModifiedOrder("2", 11))
    assert pull.watermark == "2026-01-01T12:02:00+00:00"


def test_an_order_the_list_showed_late_is_still_found(store: Store, client: BigCommerceClient):
    place(store, 1, NOON - timedelta(minutes=9))

    pull = pull_modified_orders(client, store.connection, NOON.isoformat(), NOON + HOUR)

    assert [order.external_id for order in pull.orders] == ["1"]
    assert pull.watermark == NOON.isoformat()


def test_in_a_quiet_time_the_last_order_is_not_found_for_ever(store: Store, client: BigCommerceClient):
    place(store, 1, NOON)
    pulls = [pull_modified_orders(client, store.connection, None, NOON)]

    for minutes in range(10, 130, 10):
        now = NOON + timedelta(minutes=minutes)
        pulls.append(pull_modified_orders(client, store.connection, pulls[-1].watermark, now))

    assert pulls[0].orders
    assert pulls[-1].orders == ()


def test_the_first_pull_looks_back_one_day(store: Store, client: BigCommerceClient):
    place(store, 1, NOON - 25 * HOUR)
    place(store, 2, NOON - 23 * HOUR)

    pull = pull_modified_orders(client, store.connection, None, NOON)

    assert [order.external_id for order in pull.orders] == ["2"]


def test_a_store_clock_that_runs_ahead_does_not_hide_later_orders(store: Store, client: BigCommerceClient):
    place(store, 1, NOON + HOUR)

    pull = pull_modified_orders(client, store.connection, (NOON - HOUR).isoformat(), NOON)

    assert pull.watermark == NOON.isoformat()


def test_one_pull_continues_where_the_last_one_ended(store: Store, client: BigCommerceClient):
    place(store, 1, NOON)
    first = pull_modified_orders(client, store.connection, None, NOON + HOUR)
    place(store, 2, NOON + HOUR)

    second = pull_modified_orders(client, store.connection, first.watermark, NOON + 2 * HOUR)

    assert [order.external_id for order in second.orders] == ["1", "2"]  # 1 once more: it lies within the overlap
    assert second.watermark == (NOON + HOUR).isoformat()


def test_a_pull_that_breaks_off_yields_no_watermark(store: Store, client: BigCommerceClient):
    store.arm("GET /v2/orders", status=503)

    with pytest.raises(TransientProviderError):
        pull_modified_orders(client, store.connection, None, NOON)
