"""Id mappings: looked up from either side, added and taken out one by one."""

from typing import Any, Literal

import azure.durable_functions as df
import azure.functions as func
from pydantic import Field

from functions.bodies import read_body
from functions.changes import Why, told
from functions.problems import answered
from functions.query import Query, no_parameters
from shared.application.mapping_desk import MappingRow, mapping_rows
from shared.bootstrap import services
from shared.domain.mappings import KINDS

bp = df.Blueprint()


class MappingBody(Why):
    """A row, and why it is wanted."""

    system: str = Field(min_length=1, max_length=100)
    kind: Literal["product", "unit", "account", "warehouse"]
    external: str | None = Field(default=None, min_length=1, max_length=200)
    internal: str | None = Field(default=None, min_length=1, max_length=200)
    unit: str | None = Field(default=None, min_length=1, max_length=50)

    @property
    def row(self) -> MappingRow:
        return MappingRow.model_validate(self.model_dump(exclude={"by", "note"}))


@bp.route(route="id-mappings", methods=["GET"])
def list_id_mappings(req: func.HttpRequest) -> func.HttpResponse:
    """The rows that fit every given parameter: by the external name, by the internal one, or all of a kind."""

    def answer() -> dict[str, Any]:
        with Query(req.params) as query:
            wanted = {name: query.text(name) for name in ("system", "external", "internal")}
            wanted["kind"] = query.one_of("kind", KINDS)
        in_force = services().configuration
        given = {name: value for name, value in wanted.items() if value is not None}
        rows = [row.model_dump() for row in mapping_rows(in_force.current)]
        return {"version": in_force.number, "mappings": [row for row in rows if given.items() <= row.items()]}

    return answered(answer)


@bp.route(route="id-mappings", methods=["PUT"])
def put_id_mapping(req: func.HttpRequest) -> func.HttpResponse:
    """Add a row, or replace the one of the same name; orders that wait for it are reprocessed then."""

    def answer() -> dict[str, Any]:
        no_parameters(req.params)
        body = read_body(req, MappingBody)
        return told(services().mapping_desk.put(body.row, body.signature))

    return answered(answer)


@bp.route(route="id-mappings/remove", methods=["POST"])
def remove_id_mapping(req: func.HttpRequest) -> func.HttpResponse:
    """Take out the row of these two names."""

    def answer() -> dict[str, Any]:
        no_parameters(req.params)
        body = read_body(req, MappingBody)
        return told(services().mapping_desk.remove(body.row, body.signature))

    return answered(answer)
