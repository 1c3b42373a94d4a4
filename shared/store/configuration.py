"""Versions of the configuration in the table `Configuration`, all in one partition.

| row key | holds |
| --- | --- |
| C | the number of the current version |
| F{number}\\|{file} | the text of a file, compressed; inserted only |
| H{number} | who applied the version, when and why; inserted only |
| D | the draft of the next version, compressed |

A version and the move to it are one transaction, guarded by the ETag of the row C: of two who apply at once one comes
too late, and whoever dies on the way has changed nothing.
"""

from uuid import uuid4

from azure.data.tables import TableEntity

from shared.domain.configuration_versions import (
    NONE,
    Draft,
    KeptDraft,
    Outrun,
    UnknownVersion,
    Version,
    VersionHeader,
)
from shared.store.packing import packed, unpacked
from shared.store.rows import document, key_of, text_of
from shared.store.tables import RowsChanged, Tables
from shared.store.transaction import Operation, Row, etag_of, insert, replace

_PARTITION = "configuration"
_CURRENT, _DRAFT = "C", "D"


class TableVersions:
    """`Versions` on Azure Tables."""

    def __init__(self, tables: Tables) -> None:
        self._table = tables.configuration

    def current(self) -> int:
        return _number(self._pointer())

    def header(self, number: int) -> VersionHeader:
        row = self._table.get(_PARTITION, f"H{_digits(number)}")
        if row is None:
            raise UnknownVersion(f"there is no version {number} of the configuration")
        return _header(row)

    def read(self, number: int) -> Version:
        prefix = f"F{_digits(number)}"
        files = self._table.rows(
            "PartitionKey eq @here and RowKey ge @first and RowKey lt @last",
            {"here": _PARTITION, "first": f"{prefix}|", "last": f"{prefix}}}"},
        )
        return Version(header=self.header(number), files={row["File"]: unpacked(row) for row in files})

    def history(self) -> list[VersionHeader]:
        headers = self._table.rows(
            "PartitionKey eq @here and RowKey ge @first and RowKey lt @last",
            {"here": _PARTITION, "first": "H", "last": "I"},
        )
        return [_header(row) for row in headers][::-1]

    def add(self, version: Version) -> None:
        number, pointer, commit = version.header.number, self._pointer(), uuid4().hex
        if _number(pointer) != number - 1:
            raise _outrun(number, _number(pointer))
        moved = _row(_CURRENT, Number=number, Commit=commit)
        try:
            self._table.transact([_move(moved, pointer), *_rows(version)])
        except RowsChanged:
            # The connection broke after the commit, and the repeated call met what the first had written.
            now = self._pointer()
            if now is None or now["Commit"] != commit:
                raise _outrun(number, _number(now)) from None

    def _pointer(self) -> TableEntity | None:
        return self._table.get(_PARTITION, _CURRENT)


class TableDraft:
    """`DraftStore` on Azure Tables. One call for each method."""

    def __init__(self, tables: Tables) -> None:
        self._table = tables.configuration

    def get(self) -> KeptDraft | None:
        row = self._table.get(_PARTITION, _DRAFT)
        return KeptDraft(draft=Draft.model_validate_json(unpacked(row)), version=etag_of(row)) if row else None

    def put(self, draft: Draft, version: str | None) -> bool:
        return self._table.put_over(_row(_DRAFT, At=draft.at, **packed(draft.model_dump_json())), version)

    def remove(self, version: str) -> bool:
        return self._table.remove(_PARTITION, _DRAFT, version)


def _rows(version: Version) -> list[Operation]:
    digits, header = _digits(version.header.number), version.header.model_dump_json()
    files = [_row(f"F{digits}|{key_of(name)}", File=name, **packed(text)) for name, text in version.files.items()]
    return [insert(row) for row in (_row(f"H{digits}", **document(header)), *files)]


def _move(row: Row, pointer: TableEntity | None) -> Operation:
    return replace(row, etag_of(pointer)) if pointer else insert(row)


def _row(key: str, **properties: str | int) -> Row:
    return {"PartitionKey": _PARTITION, "RowKey": key, **properties}


def _header(row: Row) -> VersionHeader:
    return VersionHeader.model_validate_json(text_of(row))


def _number(pointer: TableEntity | None) -> int:
    return pointer["Number"] if pointer else NONE


def _digits(number: int) -> str:
    """Keys are in the order of numbers."""
    return f"{number:08d}"


def _outrun(number: int, current: int) -> Outrun:
    return Outrun(f"version {number} was made after version {number - 1}, but the current version is {current}")
