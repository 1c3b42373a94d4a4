"""Which lines of some code run, for a test that wants all of them to."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

Line = tuple[str, int]


def lines_of_functions(folder: Path) -> set[Line]:
    """(file name, line) of all that functions and methods do; imports and definitions are run by whoever imports."""
    codes = (compile(path.read_text(encoding="utf-8"), path, "exec") for path in sorted(folder.rglob("*.py")))
    return {
        (Path(code.co_filename).name, line) for whole in codes for code in _functions(whole) for line in _lines(code)
    }


@contextmanager
def lines_run_in(folder: Path) -> Iterator[set[Line]]:
    """Fills the set with the lines of `folder` that this thread runs meanwhile."""
    ran: set[Line] = set()
    prefix = str(folder)

    def trace(frame: FrameType, event: str, _: Any) -> Any:
        if not frame.f_code.co_filename.startswith(prefix):
            return None
        if event == "line":
            ran.add((Path(frame.f_code.co_filename).name, frame.f_lineno))
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        yield ran
    finally:
        sys.settrace(before)


def _functions(code: CodeType) -> Iterator[CodeType]:
    for inner in code.co_consts:
        if isinstance(inner, CodeType):
            is_class_body = "__qualname__" in inner.co_names and not inner.co_flags & _OPTIMIZED
            if not is_class_body:
                yield inner
            yield from _functions(inner)


_OPTIMIZED = 0x1  # inspect.CO_OPTIMIZED: functions are, class bodies are not


def _lines(code: CodeType) -> set[int]:
    return {line for _, _, line in code.co_lines() if line and line != code.co_firstlineno}
