"""Actions that wait to be performed together, in the table `OptimizationQueue`: one partition for each strategy."""

from datetime import datetime

from shared.domain.actions import ProviderAction
from shared.domain.ports import Clock
from shared.domain.sourcing import QueuedAction
from shared.store.rows import document, key_of, text_of
from shared.store.tables import Tables
from shared.store.transaction import Row


class TableOptimizationQueue:
    """`OptimizationQueue` on Azure Tables."""

    def __init__(self, tables: Tables, clock: Clock) -> None:
        self._table = tables.optimization_queue
        self._clock = clock

    def put(self, strategy: str, action: ProviderAction) -> None:
        queued_at = self._clock().isoformat(timespec="microseconds")
        self._table.insert(
            {
                **_keys(strategy, action),
                "Strategy": strategy,
                "QueuedAt": queued_at,
                "Answered": False,
                **document(action.model_dump_json()),
            }
        )

    def actions(self) -> list[QueuedAction]:
        found = [_queued(row) for row in self._table.rows("PartitionKey ge ''", {})]
        return sorted(found, key=lambda queued: (queued.queued_at, queued.action.action_id))

    def answer(self, queued: QueuedAction) -> None:
        self._table.merge({**_keys(queued.strategy, queued.action), "Answered": True})

    def remove(self, queued: QueuedAction) -> None:
        self._table.remove(*_keys(queued.strategy, queued.action).values())


def _keys(strategy: str, action: ProviderAction) -> dict[str, str]:
    return {"PartitionKey": key_of(strategy), "RowKey": key_of(action.action_id)}


def _queued(row: Row) -> QueuedAction:
    return QueuedAction(
        strategy=row["Strategy"],
        action=ProviderAction.model_validate_json(text_of(row)),
        queued_at=datetime.fromisoformat(row["QueuedAt"]),
        answered=row["Answered"],
    )
