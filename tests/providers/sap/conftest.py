"""A stand-in S/4HANA system for all tests, emptied for each."""

from collections.abc import Iterator

import pytest

from tests.providers.sap.samples import Sap, sap_with


@pytest.fixture(scope="session")
def served() -> Iterator[Sap]:
    with sap_with() as sap:
        yield sap


@pytest.fixture
def sap(served: Sap) -> Sap:
    served.reset()
    return served
