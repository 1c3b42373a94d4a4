"""Where the backorder job finds orders with held lines."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

from shared.domain.sourcing import HeldOrder
from shared.store.held_lines import TableHeldLines
from shared.store.tables import Tables

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def at(tables: Tables, now: datetime) -> TableHeldLines:
    return TableHeldLines(tables, lambda: now)


def found(held: TableHeldLines, order_id: str) -> list[HeldOrder]:
    return [each for each in held.orders() if each.order_id == order_id]


def test_an_order_is_found_once_however_often_it_was_added(tables: Tables):
    order_id = str(uuid4())
    at(tables, NOON).add(order_id)
    at(tables, NOON + timedelta(hours=1)).add(order_id)

    (held,) = found(at(tables, NOON), order_id)

    assert held.added_at == NOON + timedelta(hours=1)


def test_an_order_that_is_removed_is_found_no_more(tables: Tables):
    order_id, held = str(uuid4()), at(tables, NOON)
    held.add(order_id)
    (row,) = found(held, order_id)

    held.remove(row)
    held.remove(row)

    assert found(held, order_id) == []


def test_an_order_that_was_added_again_meanwhile_stays(tables: Tables):
    order_id, held = str(uuid4()), at(tables, NOON)
    held.add(order_id)
    (row,) = found(held, order_id)
    held.add(order_id)

    held.remove(row)

    assert len(found(held, order_id)) == 1
