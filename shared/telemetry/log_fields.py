"""Fields of log records: what the work is about, whoever logs, so that the log can be searched by order."""

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from types import MappingProxyType
from typing import Any

FIELDS = ("order_id", "source", "external_id", "provider", "step", "queue", "function", "job")
"""Those there may be; ids and names all, nothing of a person."""

_NONE: Mapping[str, str] = MappingProxyType({})
_CURRENT: ContextVar[Mapping[str, str]] = ContextVar("log_fields", default=_NONE)


@contextmanager
def log_fields(**fields: str | None) -> Iterator[None]:
    """Every record logged within, in threads started by `asyncio.to_thread` too, has these fields."""
    given = {name: str(value) for name, value in fields.items() if value}
    token = _CURRENT.set({**_CURRENT.get(), **given})
    try:
        yield
    finally:
        _CURRENT.reset(token)


def install() -> None:
    """Have records made with the fields, as attributes; a second time changes nothing."""
    before = logging.getLogRecordFactory()
    if isinstance(before, _Factory):
        return
    logging.setLogRecordFactory(_Factory(before))


class _Factory:
    """A factory rather than a filter: filters of a logger do not see the records of the loggers below it."""

    def __init__(self, make: Any) -> None:
        self._make = make

    def __call__(self, *args: Any, **kwargs: Any) -> logging.LogRecord:
        record = self._make(*args, **kwargs)
        vars(record).update(_CURRENT.get())
        return record
