"""What we write comes back to us as news: callbacks, Dataverse messages, changed rows. Nothing follows from it."""

import pytest

from tests.e2e.followed import SENT, Followed
from tests.e2e.town import Town

TIMERS = ("pull_bigcommerce_orders", "pull_dataverse_changes")


def _sent(order: Followed) -> None:
    order.reaches(SENT)


def _shipped(order: Followed) -> None:
    order.reaches(SENT).is_picked().is_packed()


def _completed(order: Followed) -> None:
    order.completes()


@pytest.mark.parametrize("comes_to", [_sent, _shipped, _completed])
def test_our_own_writes_cause_no_others(town: Town, comes_to):
    order = town.place()
    comes_to(order)
    town.falls_quiet()
    effects, timeline = order.effects(), order.timeline()

    for timer in TIMERS:
        town.operator.runs(timer)
    for scope in ("store/order/created", *_told_again(order)):
        town.shop.repeats(order.external_id, scope)
    town.falls_quiet()

    assert order.effects() == effects
    assert order.timeline() == timeline
    assert order.errors() == []


def _told_again(order: Followed) -> tuple[str, ...]:
    """The store calls back about a status only once we have written one."""
    return ("store/order/updated", "store/order/statusUpdated") if order.received()["status_writes"] == [2, 10] else ()
