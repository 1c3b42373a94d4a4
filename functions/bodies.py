"""Request bodies: text, or JSON that is checked field by field."""

from typing import TypeVar

import azure.functions as func
from pydantic import BaseModel, ValidationError

from shared.application.mistakes import InvalidRequest, problems_in
from shared.domain.orders import Problem

Body = TypeVar("Body", bound=BaseModel)


def read_body(req: func.HttpRequest, kind: type[Body]) -> Body:
    """Raises InvalidRequest, with the path of every field that is wrong."""
    try:
        return kind.model_validate_json(req.get_body())
    except ValidationError as invalid:
        raise InvalidRequest(*problems_in(invalid)) from invalid


def text_of(req: func.HttpRequest) -> str:
    """Raises InvalidRequest for what is no text."""
    try:
        return req.get_body().decode("utf-8")
    except UnicodeDecodeError as error:
        raise InvalidRequest(Problem(field="body", value=None, problem=f"is not UTF-8: {error}")) from error
