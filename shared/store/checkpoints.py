"""Checkpoints in the table `Checkpoints`: how far a puller has come."""

from shared.store.rows import document, key_of, text_of
from shared.store.tables import Tables

_PARTITION = "checkpoint"


class TableCheckpoints:
    """`Checkpoints` on Azure Tables. A value may be of any length: delta links are long."""

    def __init__(self, tables: Tables) -> None:
        self._table = tables.checkpoints

    def read(self, name: str) -> str | None:
        row = self._table.get(_PARTITION, key_of(name))
        return text_of(row) if row else None

    def write(self, name: str, value: str) -> None:
        self._table.put({"PartitionKey": _PARTITION, "RowKey": key_of(name), **document(value)})
