"""One running set per test process, until its tests of this folder are done: they share it, each with orders of its
own, and leave it mended."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.shelves import Shelves
from tests.e2e.town import Town, running_town


@pytest.fixture(scope="package")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    with running_town(tmp_path_factory.mktemp("app")) as town:
        yield town


@pytest.fixture
def town(running: Town) -> Iterator[Town]:
    yield running
    running.is_mended()


@pytest.fixture(scope="module")
def own_app(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the app in `own_town`, for a module that releases others in its place."""
    return tmp_path_factory.mktemp("app")


@pytest.fixture(scope="module")
def own_town(own_app: Path) -> Iterator[Town]:
    with running_town(own_app) as town:
        yield town


@pytest.fixture
def shelves(town: Town) -> Iterator[Shelves]:
    """Empty ones, before and after: an order of another test may not find what this one leaves."""
    shelves = Shelves(town.sandbox.inventory_url)
    shelves.are_empty()
    yield shelves
    shelves.are_empty()
    shelves.close()
