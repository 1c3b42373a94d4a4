"""The bodies the API takes, in Flexe's words; what does not fit is refused by the name of the field."""

import json
from datetime import datetime
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, ValidationError
from starlette.requests import Request

from sandbox.systems.flexe.api_errors import ApiError, Flaw

TIMESTAMP = r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?Z$"
CODES = {"missing": "required", "extra_forbidden": "unknown_field"}


def _is_a_moment(text: str) -> str:
    datetime.fromisoformat(text)
    return text


Text = Annotated[str, StringConstraints(min_length=1, pattern=r"\S")]
Timestamp = Annotated[str, StringConstraints(pattern=TIMESTAMP), AfterValidator(_is_a_moment)]
Body = TypeVar("Body", bound=BaseModel)


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class ShipTo(_Strict):
    name: Text
    company: str = ""
    address_1: Text
    address_2: str = ""
    city: Text
    region: str = ""
    postal_code: str = ""
    country_code: Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]
    phone: str = ""
    email: str = ""


class NewLine(_Strict):
    external_line_id: Text
    sku: Text
    quantity: Annotated[int, Field(ge=1)]
    description: str = ""


class NewOrder(_Strict):
    """The body of a create; there is no place for a price."""

    owner_id: Text
    external_order_id: Text
    order_type: Text
    ordered_at: Timestamp
    ship_by: Timestamp | None = None
    service_level: Text
    ship_to: ShipTo
    lines: Annotated[list[NewLine], Field(min_length=1)]
    metadata: dict[str, str] = {}

    def repeated_lines(self) -> list[Flaw]:
        """A shipment names its lines by external id, so no two lines may share one."""
        ids = [line.external_line_id for line in self.lines]
        return [
            Flaw("duplicate_line", "external_line_id is used twice", f"lines[{place}].external_line_id")
            for place, line_id in enumerate(ids)
            if line_id in ids[:place]
        ]

    def unknown_skus(self, skus: tuple[str, ...] | None) -> list[Flaw]:
        """The lines whose product is not among the owner's `skus` (null: all are)."""
        return [
            Flaw("unknown_sku", "sku is not set up for this owner", f"lines[{place}].sku")
            for place, line in enumerate(self.lines)
            if skus is not None and line.sku not in skus
        ]


class CancelWish(_Strict):
    reason: Text


async def read_body(request: Request, shape: type[Body]) -> Body:
    """The call's body; 400 when it is no JSON object, 422 with every field that is wrong."""
    try:
        body = json.loads(await request.body())
    except ValueError as error:
        raise ApiError(400, Flaw("malformed_json", "the body is not valid JSON")) from error
    if not isinstance(body, dict):
        raise ApiError(400, Flaw("malformed_json", "the body must be a JSON object"))
    try:
        return shape.model_validate(body)
    except ValidationError as error:
        raise ApiError(422, *(_flaw(fault["type"], fault["msg"], fault["loc"]) for fault in error.errors())) from error


def _flaw(kind: str, message: str, place: tuple[Any, ...]) -> Flaw:
    field = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in place).removeprefix(".")
    return Flaw(CODES.get(kind, "invalid"), message, field)
