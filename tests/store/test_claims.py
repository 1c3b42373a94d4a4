"""Claims: of many who would do the same thing at once, one does it; a dead one does not block it for ever."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from shared.store.claims import TableClaims
from shared.store.tables import Tables

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
LEASE = timedelta(minutes=10)


def at(tables: Tables, now: datetime) -> TableClaims:
    """A machine of its own, by whose clock it is `now`."""
    return TableClaims(tables, lambda: now, LEASE)


def test_of_many_at_once_one_gets_the_claim(tables: Tables):
    order_id = str(uuid4())
    machines = [at(tables, NOON) for _ in range(8)]

    with ThreadPoolExecutor(8) as together:
        waits = list(together.map(lambda claims: claims.take(order_id, "send.1"), machines))

    assert waits.count(0.0) == 1


def test_who_comes_late_is_told_how_long_to_wait(tables: Tables):
    order_id = str(uuid4())
    at(tables, NOON).take(order_id, "send.1")

    assert at(tables, NOON + timedelta(minutes=4)).take(order_id, "send.1") == 360.0


def test_the_claim_of_one_who_died_ends_by_itself(tables: Tables):
    order_id = str(uuid4())
    at(tables, NOON).take(order_id, "send.1")
    later = [at(tables, NOON + LEASE) for _ in range(4)]

    with ThreadPoolExecutor(4) as together:
        waits = list(together.map(lambda claims: claims.take(order_id, "send.1"), later))

    assert waits.count(0.0) == 1


def test_what_was_not_done_is_free_for_the_next_at_once(tables: Tables):
    order_id, first = str(uuid4()), at(tables, NOON)
    first.take(order_id, "send.1")

    first.give_back(order_id, "send.1")

    assert at(tables, NOON).take(order_id, "send.1") == 0.0


def test_nobody_gives_back_what_another_holds(tables: Tables):
    order_id, late = str(uuid4()), at(tables, NOON)
    late.take(order_id, "send.1")
    at(tables, NOON + LEASE).take(order_id, "send.1")

    late.give_back(order_id, "send.1")

    assert at(tables, NOON + LEASE).take(order_id, "send.1") > 0


def test_claims_of_other_orders_and_other_steps_are_others(tables: Tables):
    order_id, claims = str(uuid4()), at(tables, NOON)
    claims.take(order_id, "send.1")

    assert claims.take(order_id, "send.2") == claims.take(str(uuid4()), "send.1") == 0.0
