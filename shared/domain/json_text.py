"""JSON that others wrote: read to a limit of depth, so that no text can exhaust the stack of whoever reads it."""

import json
from collections.abc import Iterable
from typing import Any

from pydantic_core import from_json

MOST_LEVELS = 201
"""Those that `from_json` takes; no system we know nests deeper than ten."""


class NotJson(ValueError):
    """It cannot be read, or goes deeper than it may."""


def strict_json(raw: bytes | str) -> Any:
    """UTF-8, and nothing that only some readers take: no NaN, no half of a surrogate pair. Of a key given twice the
    last counts.

    Raises NotJson.
    """
    try:
        return from_json(raw, allow_inf_nan=False)
    except ValueError as error:
        raise NotJson(str(error)) from None


def lenient_json(raw: bytes | str) -> Any:
    """As systems are known to answer: also with a byte order mark, or half of a surrogate pair. Raises NotJson."""
    try:
        return from_json(raw)
    except ValueError:
        return _within_limits(_loaded(raw))


def _loaded(raw: bytes | str) -> Any:
    try:
        return json.loads(raw)
    except RecursionError:
        raise NotJson("nested too deep") from None
    except ValueError as error:
        raise NotJson(str(error)) from None


def _within_limits(document: Any) -> Any:
    level: list[Any] = [document]
    for _ in range(MOST_LEVELS):
        level = [child for each in level for child in _children(each)]
        if not level:
            return document
    raise NotJson("nested too deep")


def _children(value: Any) -> Iterable[Any]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()
