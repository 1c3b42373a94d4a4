"""A release that breaks running orders, as the recorded histories would not let pass: they are seen and not lost."""

from pathlib import Path

from tests.e2e.followed import ALL_STEPS, COMPLETED, SENT, TELL_SHIPPED, once
from tests.e2e.town import Town, copy_code
from tests.e2e.waiting import until


def test_an_order_that_a_release_has_broken_is_seen_and_goes_on_once_it_is_reprocessed_under_a_good_one(
    own_town: Town, own_app: Path
):
    town, app = own_town, own_app
    order = town.place().reaches(SENT)
    copy_code(app)
    flow = app / "shared" / "flows" / "bigcommerce_finops_finops.py"
    good = flow.read_text(encoding="utf-8")
    without_a_step = good.replace("    yield from flow.assign()\n", "")

    _release(town, flow, without_a_step)
    order.is_picked().office.pack(order.number)
    until(order.told, "a person is told", seen=order.timeline)
    told, answered = order.told(), order.steps()
    _release(town, flow, good)
    order.operator.reprocess(order.order_id)
    order.succeeds(TELL_SHIPPED).is_invoiced().reaches(COMPLETED)

    town.falls_quiet()
    assert told == ["the flow of this order has failed, and no step of it is done any more: reprocess it"]
    assert [step for step, _, _ in answered] == ALL_STEPS[:3]
    assert order.steps() == [(step, 1, True) for step in ALL_STEPS]
    assert order.received() == once()
    assert order.errors() == []


def _release(town: Town, flow: Path, text: str) -> None:
    town.sandbox.stop_app()
    flow.write_text(text, encoding="utf-8")
    town.sandbox.start_app()
