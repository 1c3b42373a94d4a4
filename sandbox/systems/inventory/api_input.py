"""The bodies of API calls. Their keys are read without regard to case, as the service itself varies it."""

import json
from decimal import Decimal
from typing import Annotated, Any, ClassVar, NoReturn, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.requests import Request

from sandbox.systems.inventory.api_errors import ApiError

Text = Annotated[str, Field(min_length=1)]
Names = Annotated[list[Text], Field(min_length=1)]


class _Body(BaseModel):
    """Field names are the service's, in lower case: `organization_id` reads `organizationid`."""

    model_config = ConfigDict(
        extra="forbid", strict=True, frozen=True, alias_generator=lambda name: name.replace("_", "")
    )
    not_imitated: ClassVar[frozenset[str]] = frozenset({"dimensiondatasource"})

    @classmethod
    def read(cls, raw: Any) -> Self:
        """From parsed JSON with lower-case keys; `ApiError` 400 names what is wrong, 501 what is not imitated."""
        if not isinstance(raw, dict):
            raise ApiError(400, "A JSON object is needed.")
        for name in sorted(cls.not_imitated & raw.keys()):
            if raw[name]:
                raise ApiError(501, f"This stand-in does not imitate '{name}'.")
        try:
            return cls.model_validate({name: value for name, value in raw.items() if name not in cls.not_imitated})
        except ValidationError as error:
            faults = (f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in error.errors())
            raise ApiError(400, "; ".join(faults)) from error


class Change(_Body):
    """By how much the measures of one product change at one place."""

    id: Text
    organization_id: Text
    product_id: Text
    dimensions: dict[str, Text]
    quantities: Annotated[dict[str, Annotated[dict[str, Decimal], Field(min_length=1)]], Field(min_length=1)]


class Reserve(_Body):
    not_imitated = _Body.not_imitated | {"quantities"}

    id: Text
    organization_id: Text
    product_id: Text
    dimensions: dict[str, Text]
    quantity_data_source: Text = "iv"
    modifier: Text
    quantity: Decimal
    if_check_avail_for_reserv: bool = True


class Unreserve(_Body):
    id: Text
    organization_id: Text
    reservation_id: Text
    dimensions: dict[str, Text]
    offset_qty: Annotated[Decimal, Field(gt=0)]


class _Query(_Body):
    not_imitated = _Body.not_imitated | {"queryatp", "atpfromdate", "atptodate"}

    group_by_values: list[Text] = []
    return_negative: bool = False


class IndexQuery(_Query):
    """`filters`: organizationid, productid, siteid, locationid and other dimensions, each with a list of values."""

    filters: dict[str, list[Text]]


class ExactFilters(_Body):
    organization_id: list[Text]
    product_id: list[Text]
    dimensions: Names
    values: Annotated[list[list[Text]], Field(min_length=1)]


class ExactQuery(_Query):
    filters: ExactFilters


async def read_json(request: Request) -> Any:
    """The body with all its keys in lower case and its numbers as `Decimal`; `ApiError` 400 when it is no JSON."""
    try:
        return _lower_keys(
            json.loads(await request.body(), parse_int=Decimal, parse_float=Decimal, parse_constant=_refuse_constant)
        )
    except ValueError as error:
        raise ApiError(400, "The request body is not valid JSON.") from error


def _refuse_constant(text: str) -> NoReturn:
    raise ValueError(f"{text} is no JSON number")


def _lower_keys(value: Any) -> Any:
    if isinstance(value, dict):
        return {name.lower(): _lower_keys(inner) for name, inner in value.items()}
    return [_lower_keys(inner) for inner in value] if isinstance(value, list) else value
