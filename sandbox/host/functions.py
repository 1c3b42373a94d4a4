"""What the host knows about a loaded function."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

RETURN = "$return"


@dataclass(frozen=True)
class Binding:
    """One binding of a function; `options` is its JSON as the decorators give it, `%NAME%` resolved."""

    type: str
    direction: Literal["IN", "OUT"]
    name: str
    options: dict[str, Any]


@dataclass(frozen=True)
class Function:
    """A function that passed every check: its trigger first among `inputs`, its out parameters in `outputs`."""

    name: str
    call: Callable[..., Any]
    is_async: bool
    trigger: Binding
    inputs: tuple[Binding, ...]
    outputs: tuple[Binding, ...]
    result: Binding | None
    """The `$return` binding, if any."""
    wants_context: bool
    wants_text: bool
    """Whether the trigger parameter is annotated `str` or `bytes`: a queue message then arrives as plain text."""
