"""The error pages: what needs a person now, and what is history."""

from datetime import UTC, datetime
from uuid import uuid4

import pytest

from shared.domain.ports import ErrorEntry
from shared.store.errors import TableErrorPages
from shared.store.tables import Tables
from tests.store.wire import Crash, Wire


@pytest.fixture
def pages(tables: Tables) -> TableErrorPages:
    return TableErrorPages(tables, lambda: datetime(2026, 11, 2, 9, 30, tzinfo=UTC))


def an_error(order_id: str | None, *, kind: str | None = None, key: str | None = None, **changes) -> ErrorEntry:
    return ErrorEntry(
        kind=kind or f"kind {uuid4()}", key=key or str(uuid4()), order_id=order_id, message="no", **changes
    )


def test_a_reported_error_is_on_its_page_with_its_time(pages: TableErrorPages):
    error = an_error(str(uuid4()), details={"rule": "country", "values": [1, None, "é"]}, step="validate")

    pages.report(error)

    assert pages.entries(error.kind) == [error.with_(at="2026-11-02T09:30:00.000000+00:00")]
    assert error.with_(at="2026-11-02T09:30:00.000000+00:00") in pages.entries()


def test_an_error_reported_twice_is_one_line(pages: TableErrorPages):
    error = an_error(str(uuid4()), at="2026-11-02")

    pages.report(error)
    pages.report(error.with_(message="still no"))

    assert [entry.message for entry in pages.entries(error.kind)] == ["still no"]


def test_the_errors_of_an_order_that_moved_on_are_history(pages: TableErrorPages):
    mine, kind = str(uuid4()), f"kind {uuid4()}"
    first, second = (an_error(mine, kind=kind, at=f"2026-11-0{day}") for day in (1, 2))
    other, nobodys = an_error(str(uuid4()), kind=kind, at="2026-11-03"), an_error(None, kind=kind, at="2026-11-04")
    for error in (first, second, other, nobodys):
        pages.report(error)

    pages.resolve(mine)

    assert pages.entries(kind) == [nobodys, other]
    assert [entry.key for entry in pages.entries(kind, "resolved")] == [second.key, first.key]
    assert len(pages.entries(kind, None)) == 4


def test_an_error_that_comes_back_is_active_again(pages: TableErrorPages):
    error = an_error(str(uuid4()), at="2026-11-02")
    pages.report(error)
    pages.resolve(str(error.order_id))

    pages.report(error)

    assert pages.entries(error.kind) == [error]


def test_an_order_without_errors_costs_one_call_to_resolve(pages: TableErrorPages, wire: Wire):
    with wire.counted():
        pages.resolve(str(uuid4()))

    assert wire.calls == 1


def test_an_error_whose_report_was_cut_off_does_not_stand_in_the_way(pages: TableErrorPages, wire: Wire):
    error = an_error(str(uuid4()), at="2026-11-02")
    with wire.dying(1, "after"), pytest.raises(Crash):
        pages.report(error)

    pages.resolve(str(error.order_id))

    assert pages.entries(error.kind, None) == []
