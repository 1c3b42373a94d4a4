"""The bench counts what the storage log and the journeys say."""

from datetime import UTC, datetime, timedelta

from sandbox.bench.cli import pace, percentiles
from sandbox.bench.orders import Journey, next_step
from sandbox.bench.storage_calls import count_by_kind

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


def _line(method: str, path: str, status: int = 200) -> str:
    return f'127.0.0.1 - - [22/Nov/2026:14:04:42 +0000] "{method} /devstoreaccount1/{path} HTTP/1.1" {status} -\n'


def _order(number: str = "BC-20001", **line: float) -> dict[str, object]:
    untouched = {"picked": 0, "delivered": 0, "invoiced": 0}
    return {"number": number, "lines": [{**untouched, **line}, {**untouched, **line}]}


def test_storage_calls_are_counted_by_kind():
    log = [
        "Azurite Table service is successfully listening at http://127.0.0.1:43059\n",
        _line("GET", "Orders(PartitionKey='o-1',RowKey='header')?timeout=5"),
        _line("GET", "Orders()?$filter=PartitionKey%20eq%20'o-1'"),
        _line("POST", "$batch", 202),
        _line("POST", "Orders", 201),
        _line("PUT", "Orders(PartitionKey='o-1',RowKey='header')", 204),
        _line("GET", "order-intake/messages?numofmessages=16&visibilitytimeout=10"),
        _line("POST", "order-intake/messages", 201),
        _line("DELETE", "order-intake/messages/5a?popreceipt=x", 204),
    ]

    calls = count_by_kind(log)

    assert calls == {
        **{"table read": 2, "table transaction": 1, "table write": 2},
        **{"queue get": 1, "queue put": 1, "queue delete": 1},
    }


def test_orders_a_minute_count_from_the_first_callback_to_the_last_completion():
    journeys = [Journey(n, NOON, NOON + timedelta(seconds=seconds)) for n, seconds in enumerate([2, 4, 6])]

    figures = pace(journeys)

    assert figures["orders_per_minute"] == 30.0
    assert figures["seconds_per_order"]["p50"] == 4.0


def test_a_single_value_is_its_own_percentile():
    assert percentiles([1.5]) == {"p50": 1.5, "p99": 1.5}


def test_the_outside_world_acts_when_it_is_its_turn():
    in_a_truck, shipped = _order(picked=1, delivered=1), {"20001"}

    assert next_step(_order(), set()) == "pick"
    assert next_step(_order(picked=1), set()) == "pack"
    assert next_step(in_a_truck, set()) is None
    assert next_step(in_a_truck, shipped) == "invoice"
    assert next_step(_order(picked=1, delivered=1, invoiced=1), shipped) is None


def test_an_order_whose_lines_are_not_all_in_finance_and_operations_is_left_alone():
    assert next_step({"number": "BC-20001", "lines": [{"picked": 0, "delivered": 0, "invoiced": 0}]}, set()) is None
