"""The people in the warehouses: what lies on the shelves, as Supply Chain Management would tell it."""

from decimal import Decimal
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.systems.inventory.api_errors import ApiError
from sandbox.systems.inventory.config import PARTITION
from sandbox.systems.inventory.measures import Quantities, as_number, by_source
from sandbox.systems.inventory.reservations import Reservations
from sandbox.systems.inventory.sign_in import SignIn
from sandbox.systems.inventory.stock import Cell, Stock
from sandbox.systems.kit import Refused, read_json_object


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class _OnHand(_Strict):
    company: str
    site: str
    warehouse: str
    product: str
    dimensions: dict[str, str] = {}
    quantity: Decimal
    available: Decimal | None = None

    def place(self) -> dict[str, str]:
        others = {name.lower(): value for name, value in self.dimensions.items()}
        return {"siteid": self.site, "locationid": self.warehouse} | others


class _Stock(_Strict):
    stock: list[_OnHand]


class ControlApi:
    def __init__(self, stock: Stock, reservations: Reservations, sign_in: SignIn) -> None:
        self._stock = stock
        self._reservations = reservations
        self._sign_in = sign_in

    def routes(self) -> list[Route]:
        return [
            Route("/_control/stock", self._set_stock, methods=["POST"]),
            Route("/_control/stock", self._show_stock, methods=["GET"]),
            Route("/_control/expire-tokens", self._expire_tokens, methods=["POST"]),
        ]

    async def _set_stock(self, request: Request) -> Response:
        try:
            rows = _Stock.model_validate(await read_json_object(request)).stock
            cells = [self._stock.cell(row.company, row.product, row.place()) for row in rows]
        except ValidationError as error:
            raise Refused.for_shape(error) from error
        except ApiError as error:
            raise Refused(400, error.message) from error
        for cell, row in zip(cells, rows, strict=True):
            available = row.quantity if row.available is None else row.available
            self._stock.put(cell, {"fno.physicalinvent": row.quantity, "fno.availphysical": available})
        return JSONResponse({"stock": [self._shown(cell, self._stock.physical(cell)) for cell in cells]})

    async def _show_stock(self, _: Request) -> Response:
        reservations = [
            {
                "reservation_id": reservation.id,
                **self._place(reservation.cell),
                "measure": reservation.measure,
                "quantity": as_number(self._reservations.held(reservation)),
            }
            for reservation in self._reservations
        ]
        stock = [self._shown(cell, quantities) for cell, quantities in self._stock.cells()]
        return JSONResponse({"stock": stock, "reservations": reservations})

    async def _expire_tokens(self, _: Request) -> Response:
        self._sign_in.expire_all()
        return Response(status_code=204)

    def _shown(self, cell: Cell, physical: Quantities) -> dict[str, Any]:
        return {**self._place(cell), "quantities": by_source(self._stock.total([physical]))}

    def _place(self, cell: Cell) -> dict[str, Any]:
        dimensions = dict(sorted(cell.dimensions))
        site, warehouse = (dimensions.pop(name) for name in PARTITION)
        return {
            "company": cell.organization,
            "site": site,
            "warehouse": warehouse,
            "product": cell.product,
            "dimensions": self._stock.spelled(dimensions),
        }
