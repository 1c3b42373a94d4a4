"""Ports that only this worker of pytest draws, for tests that name one to a server before that binds it."""

import os
import random
from itertools import islice

from sandbox.ports import is_free

# Below those of `sandbox/ports.py`, which any sandbox of any worker may draw meanwhile.
_FIRST, _EACH = 10100, 100


def own_ports(count: int) -> list[int]:
    """So many different ones that are free."""
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    drawn = random.sample(range(_FIRST + worker * _EACH, _FIRST + (worker + 1) * _EACH), _EACH)
    return list(islice(filter(is_free, drawn), count))
