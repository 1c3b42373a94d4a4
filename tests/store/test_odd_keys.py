"""Names come from outside and may hold any character: keys, filters and documents take them all."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.domain.errors import UnknownOrder
from shared.domain.ports import ErrorEntry
from shared.domain.records import Change
from shared.domain.results import StepResult
from shared.store.checkpoints import TableCheckpoints
from shared.store.errors import TableErrorPages
from shared.store.order_book import TableOrderBook
from shared.store.rows import document, key_of, text_of
from shared.store.tables import Tables
from tests.store.samples import an_event, an_order

ODD = [
    "a/b\\c#d?e",
    "tab\tnewline\nnull\x00delete\x7f",
    "' or PartitionKey ne '",
    "'' ) or ( RowKey ge 'A",
    "%2F%00",
    "100 %",
    "@order",
    " leading and trailing ",
    "..",
    "",
    "Zoë 注文 😀",
    "x" * 1_000,
    "😀" * 1_000,
]
FAST = settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.mark.parametrize("name", ODD)
def test_any_external_id_source_event_and_step_name_works(book: TableOrderBook, name: str):
    order = an_order(1, external_id=name, source=f"shop{name}")
    event = an_event(name, cause=name)
    result = StepResult.succeeded(name, name)

    book.take_in(order, Change(events=(event,)))
    copy = book.take_in(order, Change(events=(event,)))
    book.change(order.order_id, lambda _: Change(step=result, marks={name: name}))

    assert [mark.name for mark in copy.events] == [name]
    assert book.find(order.source, name) == order.order_id
    answer = book.open(order.order_id, step=(name, 1)).answer
    assert answer
    assert answer.message == name
    assert book.get(order.order_id).marks == {name: name}


@pytest.mark.parametrize("name", ODD)
def test_any_text_may_be_asked_for_as_an_order(book: TableOrderBook, name: str):
    with pytest.raises(UnknownOrder):
        book.header(name)
    with pytest.raises(UnknownOrder):
        book.timeline(name)
    assert book.find(name, "an id that no order has") is None


@FAST
@given(name=st.text(max_size=600))
def test_what_is_written_under_a_name_is_read_under_it(tables: Tables, name: str):
    checkpoints = TableCheckpoints(tables)

    checkpoints.write(name, name)

    assert checkpoints.read(name) == name


@FAST
@given(kind=st.text(max_size=40), key=st.text(max_size=300), order_id=st.text(max_size=40))
def test_an_error_of_any_name_is_listed_and_resolved(tables: Tables, kind: str, key: str, order_id: str):
    pages = TableErrorPages(tables, lambda: pytest.fail("it has a time"))
    entry = ErrorEntry(kind=kind, key=key, order_id=order_id, message=key, at="2026-11-02T09:30:00+00:00")

    pages.report(entry)
    listed = pages.entries(kind)
    pages.resolve(order_id)

    assert entry in listed
    assert entry.with_(status="resolved") in pages.entries(kind, status="resolved")


@given(one=st.text(max_size=300), other=st.text(max_size=300))
def test_keys_are_short_legal_and_different(one: str, other: str):
    key = key_of(one)

    assert (key == key_of(other)) == (one == other)
    assert 0 < len(key) <= 200
    assert key.isascii()
    assert key.isprintable()
    assert not set(key) & set("/\\#?%'")


@given(text=st.text(max_size=100), times=st.integers(1, 2_500))  # a row takes 500,000 units, a character up to two
def test_a_document_comes_back_from_pieces_that_fit(text: str, times: int):
    long = text * times

    pieces = document(long)

    assert text_of(pieces) == long
    assert all(len(piece.encode("utf-16-le")) <= 65_536 for piece in pieces.values())
