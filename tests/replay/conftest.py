"""Replays as fast as in the host."""

import sys
from collections.abc import Iterator

import pytest

from sandbox.host.durable.timestamps import HISTORY_EVENT_MODULE, speed_up_timestamps


@pytest.fixture(scope="session", autouse=True)
def fast_timestamps() -> Iterator[None]:
    """The SDK parses every time of a history at every replay of it."""
    module = vars(sys.modules[HISTORY_EVENT_MODULE])
    original = module["dt_parse"]
    speed_up_timestamps()
    yield
    module["dt_parse"] = original
