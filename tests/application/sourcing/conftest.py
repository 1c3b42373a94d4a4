"""A company with three warehouses, as shipped, and nothing on their shelves."""

import pytest

from shared.configuration import Configuration
from shared.store.errors import TableErrorPages
from shared.store.order_book import TableOrderBook
from shared.store.tables import Tables
from tests.application.sourcing.warehouses import Company, Shelves


@pytest.fixture
def company(tables: Tables, book: TableOrderBook, errors: TableErrorPages, configuration: Configuration) -> Company:
    return Company(tables, book, errors, configuration.fulfillment, Shelves())
