"""Ending on request: Ctrl+C, SIGTERM and a closed terminal all unwind the context managers of the main thread."""

import signal
import sys
from types import FrameType


class Stopped(BaseException):
    """Someone asked this process to end. Not an Exception, so that nothing on the way takes it for a failure."""


def stop_on_signals() -> None:
    for number in _signals():
        signal.signal(number, _stop)


def _signals() -> tuple[signal.Signals, ...]:
    return (signal.SIGINT, signal.SIGTERM) + (() if sys.platform == "win32" else (signal.SIGHUP,))


def _stop(number: int, _: FrameType | None) -> None:
    # A second signal would cut the orderly stop short; the deadlines of the children bound it already.
    for each in _signals():
        signal.signal(each, signal.SIG_IGN)
    raise Stopped(signal.Signals(number).name)
