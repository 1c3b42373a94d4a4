"""Log records: their fields say what the work is about, whoever logs, so that the log can be searched by order.

And the message of each of ours is one line: it may hold ids and words of others, who shall not write lines of our log.
"""

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from types import MappingProxyType
from typing import Any

from shared.domain.wording import one_line

OURS = ("functions", "shared")
"""Our loggers, with all below them."""

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
    """Have records made with the fields, as attributes, and ours in one line; a second time changes nothing."""
    before = logging.getLogRecordFactory()
    if isinstance(before, _Factory):
        return
    logging.setLogRecordFactory(_Factory(before))


class _OneLine(logging.LogRecord):
    """A trace is no part of the message, and keeps its lines."""

    def getMessage(self) -> str:  # noqa: N802 - the name it is called by
        message = super().getMessage()
        return message if message.isprintable() else one_line(message, most=len(message))


class _Factory:
    """A factory rather than a filter: filters of a logger do not see the records of the loggers below it."""

    def __init__(self, make: Any) -> None:
        self._make = make

    def __call__(self, *args: Any, **kwargs: Any) -> logging.LogRecord:
        record = self._make(*args, **kwargs)
        vars(record).update(_CURRENT.get())
        if type(record) is logging.LogRecord and record.name.partition(".")[0] in OURS:
            record.__class__ = _OneLine  # making it is left to the factory that was there before
        return record
