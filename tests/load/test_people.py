"""People act on each order when it is their turn, and what systems have received of it is heard once."""

from collections import defaultdict
from typing import Any, cast

import pytest

from sandbox.bench.outside import NotCompleted, Outside
from tests.load.people import People, all_gone
from tests.load.received import Ledger
from tests.load.scripts import SCRIPTS

WATCHED, SHIPPED_BY_FLEXE = SCRIPTS["finops_finops_finops"], SCRIPTS["finops_flexe_finops"]


class Systems:
    """Stand-ins that keep what people do, and have received what a test says."""

    def __init__(self) -> None:
        self.deeds: list[str] = []
        self.effects: dict[str, list[dict[str, Any]]] = defaultdict(list)

    def receive(self, system: str, **effect: Any) -> None:
        self.effects[system].append({"n": len(self.effects[system]) + 1, **effect})

    async def get(self, system: str, path: str) -> Any:
        after = int(path.removeprefix("effects?after="))
        return {"effects": self.effects[system][after:]}

    async def post(self, system: str, path: str, *_: Any) -> Any:
        self.deeds.append(f"{system} {path}")
        return {"salesorderid": "row-1"}


@pytest.fixture
def systems() -> Systems:
    return Systems()


@pytest.fixture
def people(systems: Systems) -> People:
    outside = cast(Outside, systems)
    return People(outside, Ledger(outside))


async def test_an_order_that_is_only_watched_is_led_through_all_its_documents(people: People, systems: Systems):
    await all_gone(people, [(0, 7, WATCHED)], minutes=1)

    documents = ["confirm", "pick", "pack", "invoice"]
    assert systems.deeds == ["finops orders", *(f"finops orders/SO-7/{each}" for each in documents)]
    assert people.orders[7].external_id == "row-1"


async def test_a_parcel_leaves_once_flexe_has_the_order_and_not_before(people: People, systems: Systems):
    await people.place(7, SHIPPED_BY_FLEXE)
    for _ in range(3):
        await people.act()
    assert systems.deeds == ["finops orders", "finops orders/SO-7/confirm"]

    systems.receive("flexe", kind="order_created", order_id="ord_1", external_order_id="USMF-SO-7")
    await people.act()

    assert systems.deeds[2:] == ["flexe orders/ord_1/ship"]
    assert people.gone == 0


async def test_what_a_system_has_received_is_heard_once(people: People, systems: Systems):
    await people.place(7, SHIPPED_BY_FLEXE)
    systems.receive("flexe", kind="order_created", order_id="ord_1", external_order_id="USMF-SO-7")

    for _ in range(3):
        await people.act()

    assert people.orders[7].received.flexe_orders == ["ord_1"]


async def test_orders_that_do_not_get_through_in_time_are_named(people: People):
    with pytest.raises(NotCompleted, match="1 orders have not gone all their way"):
        await all_gone(people, [(0, 7, SHIPPED_BY_FLEXE)], minutes=0.005)
