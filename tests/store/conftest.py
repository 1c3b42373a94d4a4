"""The stores with every call on a wire that counts and fails, and with transitions of their own."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from shared.domain.states import StateFramework
from shared.store.order_book import TableOrderBook
from shared.store.tables import Tables, open_tables
from tests.store.samples import TRANSITIONS
from tests.store.wire import Wire


@pytest.fixture(scope="session")
def wire() -> Wire:
    """What all calls of the tables go through."""
    return Wire()


@pytest.fixture(scope="session")
def tables(connection: str, wire: Wire) -> Iterator[Tables]:
    opened = open_tables(connection, wire)
    yield opened
    opened.close()


@pytest.fixture
def book(tables: Tables) -> TableOrderBook:
    return TableOrderBook(tables, StateFramework(TRANSITIONS), lambda: datetime.now(UTC))
