"""Request bodies: JSON that is checked field by field."""

from typing import TypeVar

import azure.functions as func
from pydantic import BaseModel, ValidationError

from shared.application.mistakes import InvalidRequest, problems_in

Body = TypeVar("Body", bound=BaseModel)


def read_body(req: func.HttpRequest, kind: type[Body]) -> Body:
    """Raises InvalidRequest, with the path of every field that is wrong."""
    try:
        return kind.model_validate_json(req.get_body())
    except ValidationError as invalid:
        raise InvalidRequest(*problems_in(invalid)) from invalid
