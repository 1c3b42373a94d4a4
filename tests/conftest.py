"""What tests of several folders share: one Azurite for each worker of pytest, and the real stores on it.

Tests keep apart by the ids of their orders.
"""

import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, settings

from sandbox.azurite import Azurite
from shared.application.dead_letters import DeadLetters
from shared.configuration import Configuration, load_configuration
from shared.store.claims import TableClaims
from shared.store.configuration import TableVersions
from shared.store.dead_letters import TableDeadLetters
from shared.store.errors import TableErrorPages
from shared.store.order_book import TableOrderBook
from shared.store.tables import Table, Tables, open_tables
from tests.seen import Seen, watching

# The same examples in every run, however busy the machine; `make fuzz` draws others.
settings.register_profile(
    "tests",
    deadline=None,
    derandomize="FUZZ_EXAMPLES" not in os.environ,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("tests")


@pytest.fixture(scope="session")
def azurite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Azurite]:
    with Azurite.start(tmp_path_factory.mktemp("azurite"), in_memory=True) as running:
        yield running


@pytest.fixture(scope="session")
def connection(azurite: Azurite) -> str:
    return azurite.connection_string


@pytest.fixture(scope="session")
def tables(connection: str) -> Iterator[Tables]:
    opened = open_tables(connection)
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def configuration() -> Configuration:
    """The one that is shipped."""
    return load_configuration(Path(__file__).parent.parent / "config")


@pytest.fixture
def book(tables: Tables, configuration: Configuration) -> TableOrderBook:
    return TableOrderBook(tables, configuration.state_framework(), lambda: datetime.now(UTC))


@pytest.fixture
def empty(tables: Tables) -> Iterator[Tables]:
    """As `tables`, but without any version of the configuration."""
    name = f"Configuration{uuid4().hex}"
    tables.service.create_table(name)
    yield replace(tables, configuration=Table(tables.service.get_table_client(name)))
    tables.service.delete_table(name)


@pytest.fixture
def versions(empty: Tables) -> TableVersions:
    return TableVersions(empty)


@pytest.fixture
def claims(tables: Tables) -> TableClaims:
    return TableClaims(tables, lambda: datetime.now(UTC), timedelta(minutes=10))


@pytest.fixture
def dead_letters(tables: Tables, errors: TableErrorPages) -> DeadLetters:
    return DeadLetters(errors, TableDeadLetters(tables), lambda: datetime.now(UTC))


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch) -> Iterator[Seen]:
    """What the app shows of itself from here on, to this test alone."""
    with watching(monkeypatch) as seen:
        yield seen


@pytest.fixture
def errors(tables: Tables) -> TableErrorPages:
    return TableErrorPages(tables, lambda: datetime.now(UTC))
