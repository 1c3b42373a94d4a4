"""Actions that wait to be performed together."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

from shared.domain.actions import Provider, ProviderAction
from shared.domain.sourcing import QueuedAction
from shared.store.optimization_queue import TableOptimizationQueue
from shared.store.tables import Tables

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def an_action(attempt: int = 1) -> ProviderAction:
    return ProviderAction(
        order_id=str(uuid4()), provider=Provider.OPTIMIZATION, name="optimize", step="Optimize", generation=1,
        attempt=attempt,
    )  # fmt: skip


def at(tables: Tables, seconds: int) -> TableOptimizationQueue:
    return TableOptimizationQueue(tables, lambda: NOON + timedelta(seconds=seconds))


def of(tables: Tables, strategy: str) -> list[QueuedAction]:
    return [queued for queued in at(tables, 0).actions() if queued.strategy == strategy]


def test_actions_come_in_the_order_in_which_they_were_queued(tables: Tables):
    strategy, actions = f"Fast / {uuid4()}", [an_action() for _ in range(5)]
    for seconds, action in enumerate(actions):
        at(tables, seconds).put(strategy, action)

    queued = of(tables, strategy)

    assert [each.action for each in queued] == actions
    assert [each.queued_at for each in queued] == [NOON + timedelta(seconds=n) for n in range(5)]


def test_a_second_copy_of_an_action_does_not_start_waiting_anew(tables: Tables):
    strategy, action = f"Fast {uuid4()}", an_action()
    at(tables, 0).put(strategy, action)
    at(tables, 60).put(strategy, action.next_attempt())

    (queued,) = of(tables, strategy)

    assert (queued.queued_at, queued.answered) == (NOON, False)


def test_an_answered_action_stays_until_it_is_removed(tables: Tables):
    strategy, action, queue = f"Fast {uuid4()}", an_action(), at(tables, 0)
    queue.put(strategy, action)
    (queued,) = of(tables, strategy)

    queue.answer(queued)
    (answered,) = of(tables, strategy)
    queue.remove(answered)
    queue.remove(answered)
    queue.answer(answered)

    assert answered == queued.with_(answered=True)
    assert of(tables, strategy) == []
