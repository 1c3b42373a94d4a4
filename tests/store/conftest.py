"""The stores with every call on a wire that counts and fails, and with transitions of their own."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from shared.configuration.__main__ import main
from shared.domain.states import StateFramework
from shared.store.order_book import TableOrderBook
from shared.store.tables import Tables, open_tables
from tests.store.samples import TRANSITIONS
from tests.store.wire import Wire

Run = Callable[..., tuple[int, str]]


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


@pytest.fixture
def empty_store(tables: Tables, connection: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of configurations, for the commands that speak to it; orders of other tests may be there."""
    monkeypatch.setenv("AzureWebJobsStorage", connection)
    for row in [*tables.configuration.rows("PartitionKey eq @here", {"here": "configuration"})]:
        tables.configuration.remove(row["PartitionKey"], row["RowKey"])


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """A command of `python -m shared.configuration`: its exit code and what is said."""

    def run(*arguments: str | Path) -> tuple[int, str]:
        code = main([str(argument) for argument in arguments])
        return code, capsys.readouterr().out

    return run
