"""An operator's day, as docs/operations.md tells it: nothing but the files of `config/` and the operations API."""

import shutil
from collections.abc import Iterator
from typing import Any

import pytest

from sandbox.stack import ROOT
from tests.e2e.followed import BILLING, COMPLETED, INTAKE_FAILED, PICKED, Followed, once
from tests.e2e.shelves import BAG, KETTLE, OPTIMIZATION_CHANNEL, RENO, SEATTLE, Shelves
from tests.e2e.town import REDELIVERY_ATTEMPTS, Town, running_town
from tests.e2e.waiting import until

AGAIN = f"{BILLING} (2)"
KETTLE_ROW = "    KTL-EN-1L: {product: KTL-EN-1L, unit: ea}\n"
KETTLE_IS = {"system": "bigcommerce", "kind": "product", "external": KETTLE, "internal": KETTLE, "unit": "ea"}
NO_NAME = "this product of bigcommerce has no name in F&O; add it to bigcommerce.products of the id mappings"
RULE = "Orders to North America belong to USMF"
FROM_SEATTLE = f'shipping_site: "2", shipping_warehouse: "{SEATTLE}"'


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """Set up from `config/`, in which the kettle has not been mapped yet."""
    files = tmp_path_factory.mktemp("configuration") / "config"
    shutil.copytree(ROOT / "config", files)
    mappings = files / "id_mappings.yaml"
    mapped = mappings.read_text(encoding="utf-8")
    assert KETTLE_ROW in mapped
    mappings.write_text(mapped.replace(KETTLE_ROW, "", 1), encoding="utf-8")
    with running_town(tmp_path_factory.mktemp("app"), configuration=files) as town:
        yield town


def test_an_operator_s_day(town: Town, shelves: Shelves):
    assert [version["by"] for version in _asks(town, "GET", "configuration/versions")["versions"]] == ["sandbox"]

    order = _mends_a_missing_mapping(town)
    _changes_a_rule(town, order)
    _explains_a_line_that_is_held_back(town, shelves)
    _replays_a_dead_letter(town)

    versions = _asks(town, "GET", "configuration/versions")["versions"]
    assert [(version["by"], version["note"]) for version in versions[:2]] == [
        ("mara", "Seattle is being painted"),
        ("mara", "the kettle is new"),
    ]
    assert _asks(town, "GET", "errors")["errors"] == []
    assert _asks(town, "GET", "orders", params={"state": "open"})["orders"] == []


def _asks(town: Town, method: str, path: str, **rest: Any) -> dict[str, Any]:
    answer = town.operator.asks(method, path, **rest)
    assert answer.is_success, f"{method} {path}: {answer.text}"
    return answer.json()


def _mends_a_missing_mapping(town: Town) -> Followed:
    """An order stops; its page says why; the row is added; the order goes on, however often that is asked for."""
    order = town.place().reaches(INTAKE_FAILED)
    stuck = _asks(town, "GET", "orders", params={"state": "On Hold", "error": KETTLE})["orders"]
    problems = order.facts()["problems"]

    done = _asks(town, "PUT", "id-mappings", json={**KETTLE_IS, "by": "mara", "note": "the kettle is new"})
    clicks = order.operator.reprocess(order.order_id, times=2)
    order.completes()
    town.falls_quiet()

    assert [each["order_id"] for each in stuck] == [order.order_id]
    assert problems == [{"field": "products[1].sku", "value": KETTLE, "problem": NO_NAME}]
    assert done["differences"] == [f"id_mappings.yaml: bigcommerce product '{KETTLE}': added product {KETTLE}, unit ea"]
    assert clicks == [202, 202]
    assert order.received() == once()
    return order


def _changes_a_rule(town: Town, before: Followed) -> None:
    """What the change would have made of past orders is seen first; it counts for the next one."""
    policies = _asks(town, "GET", "configuration")["files"]["policies.yaml"]
    assert FROM_SEATTLE in policies
    repainted = policies.replace(FROM_SEATTLE, FROM_SEATTLE.replace(SEATTLE, RENO))
    draft = town.operator.asks("PUT", "configuration/draft/policies.yaml", content=repainted)
    told = _asks(town, "GET", "configuration/draft/what-if", params={"orders": 10})
    unseen = town.operator.asks("POST", "configuration/draft/publish", json={})

    why = {"by": "mara", "note": "Seattle is being painted"}
    _asks(town, "POST", "configuration/draft/publish", json=why, headers={"If-Match": draft.headers["ETag"]})
    after = town.place().completes()
    town.falls_quiet()

    (difference,) = told["differences"]
    change = difference["assignment"]["changes"][0]
    assert (difference["number"], change["field"], change["draft"]["rule"]) == (
        before.number,
        "shipping_warehouse",
        RULE,
    )
    assert (change["now"]["value"], change["draft"]["value"]) == (SEATTLE, RENO)
    assert unseen.status_code == 428
    assert [order.facts()["shipping_warehouse"] for order in (before, after)] == [SEATTLE, RENO]
    assert after.received() == once()


def _explains_a_line_that_is_held_back(town: Town, shelves: Shelves) -> None:
    """Why it is not in F&O is told clause by clause; the job that finds stock is run at once."""
    shelves.hold(SEATTLE, bags=2)
    order = town.place(channel_id=OPTIMIZATION_CHANNEL, lines=((BAG, 2), (KETTLE, 1))).succeeds(BILLING)
    told = _asks(town, "GET", f"orders/{order.order_id}/sync")

    shelves.hold(RENO, kettles=1)
    run = _asks(town, "POST", "jobs/release_backorders/run")["run"]
    order.succeeds(AGAIN).office.pick(order.number)
    order.reaches(PICKED).is_packed().is_invoiced().reaches(COMPLETED)
    town.falls_quiet()

    _, held = told["lines"]
    blamed = [(clause["clause"], clause["actual"]) for clause in held["clauses"] if clause["to_blame"]]
    assert told["summary"].startswith("in F&O but for 1 of 2 lines: line 2 waits for stock (Backorder Hold since ")
    assert ("_msdyn_shippingwarehouse_value ne null", None) in blamed
    assert run["counts"]["lines_released"] == 1
    assert order.received() == once()


def _replays_a_dead_letter(town: Town) -> None:
    """A message that met the store's outage for too long is looked at and sent again."""
    written = town.order()
    order = town.follow(written)
    town.shop.fails(f"GET /v2/orders/{order.external_id}", times=REDELIVERY_ATTEMPTS, status=503)
    town.shop.place(written)
    until(order.errors, "its message is given up", seen=order.events)
    (letter,) = _asks(town, "GET", "dead-letters", params={"queue": "order-intake"})["dead_letters"]
    whole = _asks(town, "GET", f"dead-letters/{letter['letter_id']}")

    clicked = [_asks(town, "POST", f"dead-letters/{letter['letter_id']}/replay")["status"] for _ in range(2)]
    order.completes()
    town.falls_quiet()

    assert order.external_id in whole["body"]
    assert whole["problems"] == []
    assert clicked == ["replayed", "replayed"]
    assert order.received() == once()
