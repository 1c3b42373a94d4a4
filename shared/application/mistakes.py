"""What a person asked for and cannot have, field by field."""

from pydantic import ValidationError

from shared.domain.errors import OrderProblem
from shared.domain.orders import Problem

_SHOWN_CHARACTERS = 200


class InvalidRequest(OrderProblem):
    """What the caller asked for cannot be read; `problems` has one entry for each wrong parameter or field."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__("; ".join(map(str, problems)))
        self.problems = problems


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


def _shown(value: object) -> str:
    text = value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
    return text if len(text) <= _SHOWN_CHARACTERS else f"{text[:_SHOWN_CHARACTERS]}..."
