"""Dual-write maps as data: which Dataverse table goes to which F&O entity, and the filter a row must pass."""

from typing import Literal, Self

from pydantic import Field as Also
from pydantic import ValidationError, field_validator, model_validator
from pydantic_core import InitErrorDetails, PydanticCustomError

from shared.domain.orders import Value
from shared.dual_write.filters import Clause, Condition, Junction, Negation, clauses, parse_filter

Direction = Literal["=", "><", ">", ">>", "<", "<<"]


class ColumnMapping(Value):
    """One line of a map's sheet.

    `dataverse` is a column, or lookup.column of the record it refers to. Directions as Microsoft's sheets write them:
    `=` both ways, `>` F&O to Dataverse, `<` the opposite; doubled or `><`: with a value map. `default` without an F&O
    column is what every row from F&O gets.
    """

    finops: str | None = None
    dataverse: str
    direction: Direction
    default: bool | int | str | None = None

    @model_validator(mode="after")
    def _has_an_origin(self) -> Self:
        if self.finops is None and self.default is None:
            raise ValueError("give the F&O column, or the default that stands in for it")
        return self

    @property
    def readable(self) -> str:
        """The column as a row read through the Web API names it."""
        lookup, dot, _ = self.dataverse.partition(".")
        return f"_{lookup}_value" if dot else lookup


class SetBy(Value):
    """What should have given a column the value its clause wants: a policy, or whatever `note` says."""

    policy: str | None = None
    note: str | None = None

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.policy is None) == (self.note is None):
            raise ValueError("give either a policy or a note")
        return self

    def __str__(self) -> str:
        return self.note or f"policy {self.policy!r} should have set it"


class DualWriteMap(Value):
    """A map between a Dataverse table and an F&O entity. `number_column` tells a person which row is meant."""

    name: str
    table: str
    entity_set: str
    finops_entity: str
    direction: Literal["both", "to_finops", "to_dataverse"]
    noun: str
    number_column: str
    filter_text: str = Also(alias="filter")
    set_by: dict[str, SetBy] = {}
    columns: tuple[ColumnMapping, ...]
    other_columns: frozenset[str] = frozenset()  # of the table, not in the map, but fit for a filter

    @field_validator("filter_text")
    @classmethod
    def _is_a_filter(cls, text: str) -> str:
        parse_filter(text)
        return text

    @model_validator(mode="after")
    def _explains_columns_that_exist(self) -> Self:
        unknown = [column for column in self.set_by if column not in self.known_columns]
        if unknown:
            raise ValidationError.from_exception_data(type(self).__name__, [_unknown(column) for column in unknown])
        return self

    @property
    def known_columns(self) -> frozenset[str]:
        return self.other_columns | {column.readable for column in self.columns}

    @property
    def filter_columns(self) -> tuple[str, ...]:
        """Those of the table that the filter reads, in the order it names them."""
        named = dict.fromkeys(clause.column for clause in clauses(self.condition))
        return tuple(column for column in named if column in self.known_columns)

    @property
    def condition(self) -> Condition:
        """The filter, with the names of lookups mended where they lack the underscores (see `lint`)."""
        return _mended(parse_filter(self.filter_text), self.known_columns)


def lookup_meant(column: str, known: frozenset[str]) -> str | None:
    """The lookup that a name without its underscores means: documentation has printed `msdyn_company_value`."""
    candidates = f"_{column}", f"_{column}_value"
    return next((candidate for candidate in candidates if candidate in known), None)


def _mended(condition: Condition, known: frozenset[str]) -> Condition:
    match condition:
        case Clause(text, column, operator, wanted):
            meant = None if column in known else lookup_meant(column, known)
            return Clause(text, meant or column, operator, wanted)
        case Junction(operator, left, right):
            return Junction(operator, _mended(left, known), _mended(right, known))
        case Negation(inner):
            return Negation(_mended(inner, known))


def _unknown(column: str) -> InitErrorDetails:
    error = PydanticCustomError("unknown_column", "{message}", {"message": "the table has no such column"})
    return InitErrorDetails(type=error, loc=("set_by", column), input=column)
