"""Intake with a shop that a test fills."""

import pytest

from shared.application.cancellation import Cancellation
from shared.application.intake import OrderIntake
from shared.configuration import Configuration
from shared.configuration.in_force import only
from shared.store.errors import TableErrorPages
from shared.store.order_book import TableOrderBook
from tests.application.samples import Shop


@pytest.fixture
def shop() -> Shop:
    return Shop()


@pytest.fixture
def intake(book: TableOrderBook, errors: TableErrorPages, shop: Shop, configuration: Configuration) -> OrderIntake:
    return OrderIntake(book, errors, {"bigcommerce": shop}, only(configuration), Cancellation(book, errors))
