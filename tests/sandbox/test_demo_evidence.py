"""What the demo takes for proof that an order was sent to Finance + Operations as it should be."""

from typing import Any, cast

import pytest

from sandbox.demo import evidence
from sandbox.demo.scenario import Order
from sandbox.demo.world import Timeline, World

READY, NOT_READY = {"msdyn_isreadytosync": True}, {"msdyn_isreadytosync": False}
HEADER = {"entity": "salesorder", "id": "h"}
LINES = [{"entity": "salesorderdetail", "id": "l1"}, {"entity": "salesorderdetail", "id": "l2"}]
SALES_ORDER = {"kind": "finops_order_created", "number": "BC-10427"}
SENT = {"name": "Send Order to Fulfillment Provider has Succeeded", "outcome": "applied"}


def _created(row: dict[str, Any], flag: dict[str, bool]) -> dict[str, Any]:
    parent = {"_salesorderid_value": "h"} if row in LINES else {"msdyn_salesordernumber": "BC-10427"}
    return {"kind": "row_created", **row, "columns": {**parent, **flag}}


def _made_ready(row: dict[str, Any]) -> dict[str, Any]:
    return {"kind": "row_updated", **row, "columns": READY}


AS_IT_SHOULD_BE = [
    _created(HEADER, NOT_READY),
    *(_created(line, NOT_READY) for line in LINES),
    SALES_ORDER,
    _made_ready(HEADER),
    *map(_made_ready, LINES),
]


class _World:
    """An app that says the order was sent, and an F&O that has received `effects`."""

    def __init__(self, effects: list[dict[str, Any]]) -> None:
        self.app = self.finops = self
        self._effects = effects

    def timeline(self, _: str) -> Timeline:
        return Timeline([SENT], [])

    def effects(self) -> list[dict[str, Any]]:
        return self._effects


def _order(effects: list[dict[str, Any]]) -> Order:
    return Order(cast("World", _World(effects)), "10427", order_id="o-1", number="BC-10427")


def test_rows_written_as_not_ready_then_header_then_lines_made_ready_is_proof():
    assert evidence.sent_to_finops(_order(AS_IT_SHOULD_BE)) == "sales order BC-10427 in F&O with 2 lines"


@pytest.mark.parametrize("effects", [
    pytest.param([], id="nothing received"),
    pytest.param(AS_IT_SHOULD_BE[:4], id="never made ready"),
    pytest.param(AS_IT_SHOULD_BE[:-1], id="one line never made ready"),
    pytest.param([*AS_IT_SHOULD_BE[:4], *AS_IT_SHOULD_BE[:3:-1]], id="lines before the header"),
    pytest.param([_created(HEADER, READY), *AS_IT_SHOULD_BE[1:]], id="header ready from the start"),
    pytest.param([*AS_IT_SHOULD_BE, SALES_ORDER], id="two sales orders"),
    pytest.param([each for each in AS_IT_SHOULD_BE if each is not SALES_ORDER], id="no sales order"),
])  # fmt: skip
def test_anything_else_is_not(effects: list[dict[str, Any]]):
    assert evidence.sent_to_finops(_order(effects)) is None


def test_rows_of_other_orders_are_not_counted():
    other = {"kind": "row_created", "entity": "salesorder", "id": "x", "columns": {"msdyn_salesordernumber": "BC-1"}}

    assert evidence.received_by_dataverse(_order([other, *AS_IT_SHOULD_BE])) == {"orders": 1, "lines": 2}
