"""Brings an order's rows into Dataverse and lets dual-write have them, however far an earlier try got.

A row is first written with its ready flag off, which the dual-write filter holds back, and then released by that flag
alone: F&O sees no half-written order. What is ready already is F&O's and is not touched again.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

from shared.domain.errors import RejectedByProvider, TransientProviderError
from shared.domain.orders import Order, OrderLine
from shared.providers.finops.batch import CREATE_ONLY, UPDATE_ONLY, Write, unless_changed
from shared.providers.finops.client import DataverseClient, OrderRows
from shared.providers.finops.connection import DataverseConnection
from shared.providers.finops.errors import KeyTaken
from shared.providers.finops.references import Code, References
from shared.providers.finops.rows import (
    LINE_ID,
    NEW_LINE,
    NEW_ORDER,
    ORDER_ID,
    READY,
    Row,
    codes_of,
    to_salesorder,
    to_salesorderdetail,
)

_TAKEN = "msdyn_processingstatus"  # null until F&O has the order

ExplainSkip = Callable[[str, Mapping[str, Any]], str | None]
"""("headers" or "lines", a row as Dataverse reads it) -> why dual-write would skip it, None when it would not."""


@dataclass(frozen=True)
class _Wanted:
    """A row as it should be, and as it is `there` now (empty: not at all)."""

    row: Row
    there: Mapping[str, Any]

    @property
    def released(self) -> bool:
        return self.there.get(READY) is True

    def content(self, ids: Mapping[Code, str]) -> Write | None:
        """What to write while it is held back, None for nothing; guarded against another run of the same step."""
        changed = self.row.difference(ids, self.there)
        if not self.there:
            return Write(self.row.entity_set, self.row.row_id, {**changed, READY: False}, CREATE_ONLY)
        if changed:
            return Write(self.row.entity_set, self.row.row_id, changed, unless_changed(self.there["@odata.etag"]))
        return None

    def release(self) -> Write:
        return Write(self.row.entity_set, self.row.row_id, {READY: True}, UPDATE_ONLY)


@dataclass(frozen=True)
class Sending:
    """One order on its way into F&O."""

    client: DataverseClient
    header: _Wanted
    lines: tuple[_Wanted, ...]
    ids: Mapping[Code, str]

    @classmethod
    def of(
        cls,
        order: Order,
        lines: Iterable[OrderLine],
        client: DataverseClient,
        references: References,
        connection: DataverseConnection,
    ) -> Self:
        """Look up what these lines of the order refer to and how much of it is there. Nothing is written."""
        header = to_salesorder(order, connection)
        rows = [to_salesorderdetail(order, line, connection) for line in lines]
        ids = references.resolve(codes_of([header, *rows]))
        there = _read(client, header, rows)
        by_id = {line[LINE_ID]: line for line in there.lines}
        wanted = tuple(_Wanted(row, by_id.get(row.row_id, {})) for row in rows)
        return cls(client, _Wanted(header, there.header), wanted, ids)

    def skipped(self, explain_skip: ExplainSkip) -> Iterator[str]:
        """Why dual-write would leave out rows that are still to be released, a sentence each."""
        wanted = [("headers", self.header, NEW_ORDER), *(("lines", line, NEW_LINE) for line in self.lines)]
        for kind, row, defaults in wanted:
            if not row.released:
                final = {**defaults, **row.there, **row.row.as_read(self.ids), READY: True}
                if sentence := explain_skip(kind, final):
                    yield sentence

    def send(self) -> dict[str, str]:
        """Write and release; the lines that were refused, by row id, with what was said.

        Raises RejectedByProvider when the header is refused, TransientProviderError when anything is worth another try.
        """
        if not self.header.released:
            self._write_header(self.header.content(self.ids))
        held = [line for line in self.lines if not line.released]
        refused = self.client.write_each([write for line in held if (write := line.content(self.ids))])
        if len(refused) == len(self.lines):
            return refused
        if not self.header.released:
            self.client.write(self.header.release())
        releases = [line.release() for line in held if line.row.row_id not in refused]
        # F&O would refuse a line, for good as it seems, whose header it does not have.
        if releases and self.header.there.get(_TAKEN) is None:
            self.check_taken(())
        return refused | self.client.write_each(releases)

    def check_taken(self, line_ids: Iterable[str]) -> frozenset[str]:
        """The lines F&O has. Raises TransientProviderError unless it has the header and these lines.

        A map that is paused lets writes through and keeps them to itself: only columns that F&O fills show the truth.
        """
        rows = self.client.order_status(self.header.row.row_id)
        if rows is None:
            raise TransientProviderError("the order just written is not to be seen in Dataverse")
        taken = frozenset(line[LINE_ID] for line in rows.lines if line["msdyn_linestatus"] is not None)
        waiting = sum(line_id not in taken for line_id in line_ids)
        if rows.header[_TAKEN] is None:
            raise TransientProviderError("F&O has not taken the order yet: is the map of the headers paused?")
        if waiting:
            raise TransientProviderError(f"F&O has not taken {waiting} lines yet: is the map of the lines paused?")
        return taken

    def _write_header(self, write: Write | None) -> None:
        if write is None:
            return
        try:
            self.client.write(write)
        except KeyTaken as taken:
            number = self.header.row.columns["msdyn_salesordernumber"]
            raise RejectedByProvider(f"another order has number {number}, or its external id: {taken}") from taken


def _read(client: DataverseClient, header: Row, lines: Sequence[Row]) -> OrderRows:
    columns = [ORDER_ID, READY, _TAKEN, *NEW_ORDER, *header.properties]
    line_columns = [LINE_ID, READY, *NEW_LINE, *lines[0].properties]
    return client.order(header.row_id, columns, line_columns) or OrderRows({}, ())
