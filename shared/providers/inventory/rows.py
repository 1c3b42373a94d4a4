"""What Inventory Visibility answers. The case of keys varies between calls, so all are read in lower case."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from shared.domain.errors import TransientProviderError
from shared.domain.json_text import lenient_json
from shared.providers.answers import Answer, ProviderFault, is_transient
from shared.providers.session import MAX_REASON_CHARACTERS

Row = TypeVar("Row", bound="_Row")
# 15 digits before the point: adding up whatever is finite may overflow. After it there is room for a double's remnants.
Units = Annotated[Decimal, Field(max_digits=65, decimal_places=50)]


class _Row(BaseModel):
    model_config = ConfigDict(
        frozen=True, extra="ignore", hide_input_in_errors=True, alias_generator=lambda name: name.replace("_", "")
    )


class Dimensions(_Row):
    site_id: str
    location_id: str


class OnHand(_Row):
    """Quantities by data source and measure, both in lower case, of a product at a place."""

    product_id: str
    dimensions: Dimensions
    quantities: Mapping[str, Mapping[str, Units | None]]

    def quantity(self, measure: str) -> Decimal | None:
        """Of a `source.measure` in lower case; None when the row does not have it."""
        source, _, name = measure.partition(".")
        return self.quantities.get(source, {}).get(name)


class EventAnswer(_Row):
    """What became of one event of a bulk call.

    `total_invalid_offset_qty_by_reserv_id`: units that were to be given back and were not there any more.
    """

    id: str | None = None
    processing_status: str = ""
    status_code: int | None = None
    message: str | None = None
    reservation_id: str | None = None
    total_invalid_offset_qty_by_reserv_id: Units | None = None

    @property
    def whole(self) -> bool:
        return self.processing_status.casefold() == "success"

    @property
    def partial(self) -> bool:
        return self.processing_status.casefold() == "partialsuccess"

    @property
    def may_go_better_later(self) -> bool:
        done = self.whole or self.partial
        return not done and self.status_code is not None and is_transient(self.status_code)

    @property
    def reason(self) -> str:
        """Why it was refused; never empty."""
        words = " ".join((self.message or "").split())[:MAX_REASON_CHARACTERS]
        return words or f"refused with status {self.status_code} and without a reason"


ON_HAND = TypeAdapter(list[OnHand])
EVENT_ANSWERS = TypeAdapter(list[EventAnswer])


def read(answer: Answer, rows: TypeAdapter[list[Row]]) -> list[Row]:
    """Raises TransientProviderError for JSON of another shape."""
    try:
        return rows.validate_python(_lower_keys(answer.json()))
    except ValidationError as error:
        raise TransientProviderError(f"{answer} with JSON of another shape than documented") from error


def read_fault(answer: Answer) -> ProviderFault:
    """Reads `{"processingStatus": "failed", "message": "...", "statusCode": 400}`; another body is its own message."""
    try:
        return ProviderFault(str(_lower_keys(lenient_json(answer.body))["message"]))
    except (ValueError, KeyError, TypeError):
        return ProviderFault(answer.text)


def _lower_keys(value: Any) -> Any:
    if isinstance(value, dict):
        return {name.lower(): _lower_keys(inner) for name, inner in value.items()}
    return [_lower_keys(inner) for inner in value] if isinstance(value, list) else value
