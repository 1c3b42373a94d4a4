"""What a run leaves to the next one, so that the rest of it goes on and is told."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from shared.domain.errors import OrderProblem

log = logging.getLogger(__name__)


@contextmanager
def others_go_on(what: str, put_off: list[str]) -> Iterator[None]:
    """A problem met inside is added to `put_off`, as one of `what`. A mistake of the app goes through."""
    try:
        yield
    except OrderProblem as problem:
        log.warning("put off: %s: %s", what, problem)
        put_off.append(f"{what}: {problem}")
