"""Request bodies: no larger than they have reason to be; text, or JSON that is checked field by field."""

from typing import Final, TypeVar

import azure.functions as func
from pydantic import BaseModel, ValidationError

from shared.application.mistakes import InvalidRequest, problems_in
from shared.domain.errors import OrderProblem
from shared.domain.orders import Problem

Body = TypeVar("Body", bound=BaseModel)

# The largest call documented is Dataverse's, which leaves the details out above 256 KB (reference: dataverse.md).
CALLBACK_BYTES: Final = 1024 * 1024
JSON_BYTES: Final = 256 * 1024
# A file of the configuration, or a message: whoever keeps it knows its limit better.
TEXT_BYTES: Final = 4 * 1024 * 1024


class TooLarge(OrderProblem):
    """The body is larger than anything that makes sense here."""


def body_of(req: func.HttpRequest, most: int) -> bytes:
    """Raises TooLarge, before anybody reads it."""
    body = req.get_body()
    if len(body) > most:
        raise TooLarge(f"the body has {len(body)} bytes: {most} is the most")
    return body


def read_body(req: func.HttpRequest, kind: type[Body]) -> Body:
    """Raises TooLarge; InvalidRequest, with the path of every field that is wrong."""
    try:
        return kind.model_validate_json(body_of(req, JSON_BYTES))
    except ValidationError as invalid:
        raise InvalidRequest(*problems_in(invalid)) from invalid


def text_of(req: func.HttpRequest) -> str:
    """Raises TooLarge; InvalidRequest for what is no text."""
    try:
        return body_of(req, TEXT_BYTES).decode("utf-8")
    except UnicodeDecodeError as error:
        raise InvalidRequest(Problem(field="body", value=None, problem=f"is not UTF-8: {error}")) from error
