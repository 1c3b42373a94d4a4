"""A raw server, and sessions with it."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from shared.providers.session import Exchange, ProviderSession
from tests.providers.raw_server import Server


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server()
    yield server
    server.close()


@pytest.fixture
def exchanges() -> list[Exchange]:
    return []


@pytest.fixture
def connect(server: Server, exchanges: list[Exchange]) -> Iterator[Callable[..., ProviderSession]]:
    """Makes sessions with the server, and closes them."""
    sessions: list[ProviderSession] = []

    def connect(**options: Any) -> ProviderSession:
        given = {"name": "BigCommerce", "timeout_seconds": 5, "on_exchange": exchanges.append, **options}
        sessions.append(ProviderSession(server.url, **given))
        return sessions[-1]

    yield connect
    for session in sessions:
        session.close()
