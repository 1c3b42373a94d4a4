"""A transport that counts the calls to the storage account and can fail any of them, before or after it works."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock
from typing import Any, Literal

from azure.core.exceptions import ServiceRequestError, ServiceResponseError
from azure.core.pipeline.transport import HttpTransport

from shared.store.tables import pooled_transport

ALL = 0
When = Literal["before", "after"]


class Crash(Exception):
    """The process has died here."""


class Wire(HttpTransport):
    """Passes everything on to a real transport. Faults are for one thread at a time."""

    def __init__(self) -> None:
        self._real = pooled_transport()
        self.calls = 0
        self._counting = Lock()
        self._status: int | None = None
        self._fault: tuple[int, When, Exception] | None = None

    @contextmanager
    def dying(self, call: int, when: When) -> Iterator[None]:
        """The given call (1, 2, 3...) from here on never returns: the process ends before or after it takes effect."""
        with self._failing(call, when, Crash()):
            yield

    @contextmanager
    def losing(self, call: int, when: When) -> Iterator[None]:
        """The connection of the given call breaks."""
        with self._failing(call, when, ServiceResponseError("connection reset by peer")):
            yield

    @contextmanager
    def out_of_reach(self) -> Iterator[None]:
        """No call gets through."""
        with self._failing(ALL, "before", ServiceRequestError("connection refused")):
            yield

    @contextmanager
    def answering(self, status: int) -> Iterator[None]:
        """Every call is answered with this status, whatever it did."""
        self._status = status
        try:
            yield
        finally:
            self._status = None

    @contextmanager
    def counted(self) -> Iterator["Wire"]:
        self.calls = 0
        yield self

    @contextmanager
    def _failing(self, call: int, when: When, error: Exception) -> Iterator[None]:
        self.calls = 0
        self._fault = (call, when, error)
        try:
            yield
        finally:
            self._fault = None

    def send(self, request: Any, **kwargs: Any) -> Any:
        with self._counting:
            self.calls += 1
        fault = self._fault if self._fault and self._fault[0] in {ALL, self.calls} else None
        if fault and fault[1] == "before":
            raise fault[2]
        response = self._real.send(request, **kwargs)
        if self._status:
            response._internal_response.status_code = response._status_code = self._status
        if fault:
            response.close()
            raise fault[2]
        return response

    def open(self) -> None:
        self._real.open()

    def close(self) -> None:
        self._real.close()

    def __enter__(self) -> "Wire":
        self.open()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
