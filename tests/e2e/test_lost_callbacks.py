"""When nobody calls, the timers find out."""

from collections.abc import Iterator

import pytest

from tests.e2e.followed import COMPLETED, PICKED, SENT, all_complete, once
from tests.e2e.town import Town, running_town
from tests.e2e.waiting import until

EVERY_SECOND = "* * * * * *"


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """With timers that run."""
    settings = {"BIGCOMMERCE_PULL_SCHEDULE": EVERY_SECOND, "DATAVERSE_SWEEP_SCHEDULE": EVERY_SECOND}
    with running_town(tmp_path_factory.mktemp("app"), settings=settings) as town:
        yield town


def test_an_order_of_which_no_callback_and_no_message_ever_arrives_goes_all_the_way(town: Town):
    town.shop.callbacks("*", lose=1000)
    town.office.callbacks("*", lose=1000)
    order, late = town.place(), town.place(status_id=7)

    town.shop.status(late.external_id, 11)
    all_complete(order, late)
    _both_timers_run_twice_more(town)

    assert order.received() == late.received() == once()
    assert order.events().count("Order Shipped") == 1
    assert [order.position(), late.position()] == [COMPLETED] * 2


def _both_timers_run_twice_more(town: Town) -> None:
    timers = ("pull_bigcommerce_orders", "pull_dataverse_changes")
    before = town.operator.work_done()

    def have_run() -> bool:
        now = town.operator.work_done()
        return all(now[timer] >= before[timer] + 2 for timer in timers)

    until(have_run, "both timers run twice more", seen=town.operator.work_done)


def test_what_dataverse_gave_up_telling_while_the_app_was_down_is_found_by_the_timer(town: Town):
    town.is_mended()
    order = town.place().reaches(SENT)
    town.falls_quiet()

    town.sandbox.stop_app()
    town.office.pick(order.number)
    until(lambda: town.office.failed_jobs(order.order_id), "Dataverse gives up", seen=town.office.callbacks_under_way)
    town.sandbox.start_app()

    order.reaches(PICKED)
    assert order.events().count("Order Picked") == 1


def test_a_change_feed_that_dataverse_has_forgotten_is_read_anew_and_tells_nothing_twice(town: Town):
    town.is_mended()
    order = town.place()
    order.completes()
    _both_timers_run_twice_more(town)
    events, effects = order.events(), order.effects()

    town.office.forgets_changes()
    _both_timers_run_twice_more(town)
    later = town.place().reaches(SENT)
    town.office.callbacks("*", lose=1000)
    town.office.pick(later.number)
    later.reaches(PICKED)

    assert (order.events(), order.effects()) == (events, effects)
    assert order.errors() == later.errors() == []
