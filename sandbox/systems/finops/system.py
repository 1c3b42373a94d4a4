"""Everything the stand-in stores and does, wired together; a reset makes a new one."""

import json
from collections.abc import Iterable, Mapping
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from sandbox.systems.finops.batch import Batch
from sandbox.systems.finops.birth import NewOrder, header_row, line_rows
from sandbox.systems.finops.config import Config
from sandbox.systems.finops.dataverse import Dataverse
from sandbox.systems.finops.dual_write import DualWrite, TableMap
from sandbox.systems.finops.filters import parse_filter
from sandbox.systems.finops.inbound import Inbound
from sandbox.systems.finops.journal import Journal
from sandbox.systems.finops.limits import RequestLimit
from sandbox.systems.finops.orders import OrderBook, SalesOrder
from sandbox.systems.finops.payload import check_value
from sandbox.systems.finops.reading import Reader
from sandbox.systems.finops.reference_data import ReferenceData, Refusal
from sandbox.systems.finops.schema import (
    BY_ENTITY_SET,
    REGISTRATIONS,
    SALESORDER,
    SALESORDERDETAIL,
    SDK_MESSAGE,
    SDK_MESSAGE_FILTER,
    TABLES,
    Table,
)
from sandbox.systems.finops.steps import MESSAGES, registered_steps
from sandbox.systems.finops.store import Row, Store
from sandbox.systems.finops.web_api import WebApi
from sandbox.systems.finops.webhooks import Webhooks
from sandbox.systems.kit import EffectLog


class System:
    """One Dataverse organization, its dual-write maps and the F&O behind it."""

    def __init__(
        self, config: Config, effects: EffectLog, webhooks: Webhooks, registrations: Iterable[tuple[Table, Row]] = ()
    ) -> None:
        """`registrations`: rows of an earlier system that outlive it."""
        self.journal = Journal()
        self.store = Store(self.journal, lambda change: webhooks.heard(change, registered_steps(self.store)))
        self.orders = OrderBook(self.journal)
        self.reference = ReferenceData(self.store)
        self.inbound = Inbound(self.reference, self.orders)
        self.dual_write = DualWrite(
            store=self.store,
            journal=self.journal,
            inbound=self.inbound,
            maps=_maps(config),
            status_map=config.status_map,
            record=effects.record,
        )
        self.reader = Reader(self.store, config.delta_token_days)
        dataverse = Dataverse(self.store, self.journal, self.dual_write, effects.record, config.locked_states)
        self.limit = RequestLimit(config.request_limit)
        self.api = WebApi(self.store, dataverse, self.reader, config.organization, self.limit)
        self.batch = Batch(self.api, self.journal)
        # Rows that people put there are no effects of the orchestrator.
        self._people = Dataverse(self.store, self.journal, self.dual_write, lambda _kind, **_: None, ())
        for entity_set, bodies in config.reference_rows.items():
            for body in bodies:
                self.put_row(BY_ENTITY_SET[entity_set], body)
        for message in MESSAGES:
            self._offer(message)
        with self.journal.transaction():
            for table, row in registrations:
                self.store.put(table, row, submitted=(), silent=True)

    def registrations(self) -> list[tuple[Table, Row]]:
        """The webhooks that were registered through the Web API."""
        return [(table, row) for table in REGISTRATIONS for row in self.store.rows(table)]

    def _offer(self, message: str) -> None:
        """Steps may be registered on this message of orders and of their lines."""
        message_id = self.put_row(SDK_MESSAGE, {"name": message})["sdkmessageid"]
        for table in (SALESORDER, SALESORDERDETAIL):
            bound = {"sdkmessageid@odata.bind": f"/sdkmessages({message_id})"}
            self.put_row(SDK_MESSAGE_FILTER, {"primaryobjecttypecode": table.name, **bound})

    def put_row(self, table: Table, body: Mapping[str, Any]) -> Row:
        """Create or change a row as a person would; without an id it gets one that follows from its contents."""
        row_id = body.get(table.id_column) or str(uuid5(NAMESPACE_URL, f"{table.entity_set}/{_identity(table, body)}"))
        known = self.store.get(table, row_id)
        if known is not None:
            return self._people.update(table, known, body)
        return self._people.create(table, body, {table.id_column: row_id})

    def delete_row(self, table: Table, row: Row) -> None:
        """Delete a row as a person would, wherever it is still referred to."""
        self._people.delete(table, row)

    def enter_order(self, new: NewOrder) -> SalesOrder:
        """An order is made in F&O and goes to Dataverse; raises `Refusal`, or `BadRequest` for a wrong value."""
        price_level = next(iter(self.store.rows(TABLES["pricelevel"])), None)
        if price_level is None:
            raise Refusal("There is no price list.")
        with self.journal.transaction():
            number = new.number or self.orders.new_number()
            if self.orders.at(new.company, number) is not None:
                raise Refusal(f"Sales order {number} already exists in company {new.company}.")
            header = _whole_row(SALESORDER, header_row(self.reference, price_level, new, number))
            order, _ = self.inbound.header(header)
            lines = [_whole_row(SALESORDERDETAIL, line) for line in line_rows(self.reference, new, header)]
            for line in lines:
                order, _, _ = self.inbound.line(line)
            self.dual_write.born(order, header, lines)
        return order

    def post(self, before: SalesOrder, after: SalesOrder) -> None:
        """Something was posted in F&O."""
        with self.journal.transaction():
            self.orders.put(after)
            self.dual_write.posted(before, after)


def _maps(config: Config) -> tuple[TableMap, TableMap]:
    return (
        TableMap("CDS sales order headers", "headers", SALESORDER, parse_filter("salesorder", config.header_filter)),
        TableMap(
            "CDS sales order lines", "lines", SALESORDERDETAIL, parse_filter("salesorderdetail", config.line_filter)
        ),
    )


def _whole_row(table: Table, columns: Mapping[str, Any]) -> dict[str, Any]:
    """All columns of a row that F&O makes, its own values checked as any other caller's."""
    checked = {
        name: value if table.properties[name].kind == "lookup" else check_value(table.properties[name], value)
        for name, value in columns.items()
    }
    return {**table.defaults, **checked}


def _identity(table: Table, body: Mapping[str, Any]) -> str:
    """What makes the row this row: its first alternate key's values, else everything."""
    for columns in table.alternate_keys:
        named = {name: body.get(name) or body.get(f"{name[1:-6]}@odata.bind") for name in columns}
        if None not in named.values():
            return json.dumps(named, sort_keys=True)
    return json.dumps(body, sort_keys=True)
