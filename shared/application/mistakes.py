"""What a person asked for and cannot have, field by field."""

from typing import Final

from pydantic import ValidationError

from shared.configuration import ConfigurationError
from shared.domain.errors import OrderProblem
from shared.domain.orders import Problem

_SHOWN_CHARACTERS = 200


ANY_REVISION: Final = -1
"""For who does not care which revision of a thing they change."""


class StaleVersion(OrderProblem):
    """It has changed since the caller read it."""


class InvalidRequest(OrderProblem):
    """What the caller asked for cannot be read; `problems` has one entry for each wrong parameter or field."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__("; ".join(map(str, problems)))
        self.problems = problems


class NoSettings(OrderProblem):
    """The app has no settings for the system that would do this."""


class NotActive(OrderProblem):
    """The provider that would do this is not installed, or not active."""


def problems_in(invalid: ValidationError) -> tuple[Problem, ...]:
    """One for each mistake: its path, such as `order_ids.2`, and the value there; "body" for the whole."""
    mistakes = invalid.errors(include_url=False, include_context=False)
    return tuple(
        Problem(
            field=".".join(map(str, mistake["loc"])) or "body",
            value=None if mistake["type"] == "missing" else _shown(mistake["input"]),
            problem=mistake["msg"],
        )
        for mistake in mistakes
    )


def problems_of_configuration(error: ConfigurationError) -> tuple[Problem, ...]:
    """One for each mistake, `field` being file and path: `flows.yaml: bigcommerce_flexe_finops.filter`."""
    return tuple(_of_configuration(mistake) for mistake in error.mistakes)


def _of_configuration(mistake: str) -> Problem:
    """Mistakes are written "file: path: what is wrong (value: what is there)", the last part where there is a value."""
    file, path, text = mistake.split(": ", 2)
    problem, _, value = text.partition(" (value: ")
    return Problem(field=f"{file}: {path}", value=value.removesuffix(")") if value else None, problem=problem)


def _shown(value: object) -> str:
    text = value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
    return text if len(text) <= _SHOWN_CHARACTERS else f"{text[:_SHOWN_CHARACTERS]}..."
