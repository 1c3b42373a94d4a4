"""A person does at once what else a timer would do, or nobody: runs a job, releases a line, sends one again."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.e2e.followed import BILLING, COMPLETED, PICKED, SENT, TELL_PARCELS, TELL_SHIPPED, Followed, once
from tests.e2e.shelves import BAG, KETTLE, OPTIMIZATION_CHANNEL, RENO, SEATTLE, Shelves
from tests.e2e.town import Town, running_town

RELEASED, SENT_AGAIN = f"{BILLING} (2)", "Send lines again"


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """Where part of an order is enough."""
    settings = {"ORDERS__DATAVERSE__PARTIAL_LINES_SUCCEED": "true"}
    with running_town(tmp_path_factory.mktemp("app"), settings=settings) as town:
        yield town


def _jobs(town: Town) -> dict[str, list[dict[str, Any]]]:
    """Their runs by name."""
    return {job["name"]: job["runs"] for job in town.operator.asks("GET", "jobs").json()["jobs"]}


def _run(town: Town, job: str) -> dict[str, Any]:
    answer = town.operator.asks("POST", f"jobs/{job}/run")
    assert answer.status_code == 200, answer.text
    return answer.json()["run"]


def _clicks(order: Followed, line: int, deed: str, times: int = 1) -> list[int]:
    path = f"orders/{order.order_id}/lines/{line}/{deed}"
    return [order.operator.asks("POST", path).status_code for _ in range(times)]


def test_a_job_run_by_hand_finds_the_order_of_a_lost_callback(town: Town):
    _run(town, "pull_bigcommerce_orders")
    town.shop.callbacks("*", lose=1)
    order = town.place()
    town.falls_quiet()
    before = order.position()

    runs = [_run(town, "pull_bigcommerce_orders") for _ in range(2)]

    order.reaches(SENT).completes()
    town.falls_quiet()
    assert before == "unknown"
    assert runs[0]["counts"]["orders_queued"] >= 1
    assert _jobs(town)["pull_bigcommerce_orders"][:2] == runs[::-1]
    assert order.received() == once()


def test_a_job_that_fails_says_so_to_whoever_runs_it_and_in_the_log(town: Town):
    town.shop.fails("GET /v2/orders", times=100, status=503)

    answer = town.operator.asks("POST", "jobs/pull_bigcommerce_orders/run")

    town.shop.mended()
    assert (answer.status_code, answer.headers["Content-Type"]) == (503, "application/problem+json")
    run, *_ = _jobs(town)["pull_bigcommerce_orders"]
    assert (run["outcome"], run["started_by"], run["message"]) == ("failed", "operator", answer.json()["detail"])


def test_a_line_that_is_released_by_hand_goes_to_finops_as_a_second_sync(town: Town, shelves: Shelves):
    shelves.hold(SEATTLE, bags=2)
    order = town.place(channel_id=OPTIMIZATION_CHANNEL, lines=((BAG, 2), (KETTLE, 1))).succeeds(BILLING)
    shelves.hold(RENO, kettles=1)

    clicks = _clicks(order, 2, "release", times=2)

    order.succeeds(RELEASED)
    town.falls_quiet()
    assert clicks == [202, 202]
    assert shelves.kept() == {(SEATTLE, BAG): 2, (RENO, KETTLE): 1}
    assert [line["in_finops"] for line in order.facts()["lines"]] == [True, True]
    assert order.events().count("On Hand Check Success") == 2


def test_a_line_that_finops_refused_is_sent_once_it_is_mended_there_and_the_order_completes(
    town: Town, shelves: Shelves
):
    shelves.hold(SEATTLE, bags=2)
    shelves.hold(RENO, kettles=1)
    _move_reno(town, site="1")
    order = town.place(channel_id=OPTIMIZATION_CHANNEL, lines=((BAG, 2), (KETTLE, 1))).succeeds(BILLING)
    town.office.pick(order.number)
    order.reaches(PICKED).office.pack(order.number)
    order.succeeds(TELL_PARCELS)
    in_between = (order.position(), [line["sync_error"] for line in order.facts()["lines"]])
    too_early = _refused_again(order)

    _move_reno(town, site="2")
    town.office.fails("POST /api/data/v9.2/$batch", times=100, status=503)  # F&O has no line before the second click
    clicks = _clicks(order, 2, "resend", times=2)
    town.office.mended()
    order.succeeds(f"{SENT_AGAIN} (2)")
    afterwards = _clicks(order, 2, "resend")
    town.office.pick(order.number)
    town.office.pack(order.number)
    order.succeeds(TELL_SHIPPED).is_invoiced().reaches(COMPLETED)

    town.falls_quiet()
    assert in_between[0] == PICKED
    assert in_between[1][0] is None
    assert "Warehouse 25 does not belong to site 2" in in_between[1][1]
    assert "Warehouse 25 does not belong to site 2" in too_early
    assert (clicks, afterwards) == ([202, 202], [409])
    again = [(step, success) for step, _, success in order.steps() if step.startswith(SENT_AGAIN)]
    assert again == [(SENT_AGAIN, True), (f"{SENT_AGAIN} (2)", True)]
    assert order.received() == once(shipments=2)
    assert order.events().count("Line Resend Requested") == 2
    assert order.events().count("Order Shipped") == order.events().count("Order Invoiced") == 1
    assert order.errors() == []


def _refused_again(order: Followed) -> str:
    """What is said of the line when it is sent again before anybody has mended it; the order is not held up."""
    assert _clicks(order, 2, "resend") == [202]
    order.succeeds(SENT_AGAIN)
    assert order.position() == PICKED
    return order.facts()["lines"][1]["sync_error"]


def _move_reno(town: Town, *, site: str) -> None:
    [there] = [row for row in town.office.rows("msdyn_operationalsites") if row["msdyn_siteid"] == site
               and row["_msdyn_company_value"] == _reno(town)["_msdyn_company_value"]]  # fmt: skip
    bound = {"msdyn_operationalsite@odata.bind": f"/msdyn_operationalsites({there['msdyn_operationalsiteid']})"}
    town.office.put_row("msdyn_warehouses", {"msdyn_warehouseid": _reno(town)["msdyn_warehouseid"], **bound})


def _reno(town: Town) -> dict[str, Any]:
    [row] = [row for row in town.office.rows("msdyn_warehouses") if row["msdyn_warehouseidentifier"] == RENO]
    return row
