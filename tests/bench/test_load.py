"""Under load the outside world acts as soon as it can, and the journeys say how fast the app is."""

from datetime import UTC, datetime, timedelta

from sandbox.bench.load import Journey, next_step, pace, percentiles

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


def _order(number: str = "BC-20001", **line: float) -> dict[str, object]:
    untouched = {"picked": 0, "delivered": 0, "invoiced": 0}
    return {"number": number, "lines": [{**untouched, **line}, {**untouched, **line}]}


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
