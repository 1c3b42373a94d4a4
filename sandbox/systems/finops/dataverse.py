"""The rules of creating, changing and deleting rows, with dual-write inside the commit."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Protocol
from uuid import uuid4

from sandbox.systems.finops.amounts import delete_row, save_row
from sandbox.systems.finops.errors import NOT_EDITABLE, VALUE_MISSING, BadRequest, PreconditionFailed
from sandbox.systems.finops.journal import Journal
from sandbox.systems.finops.payload import read_submission
from sandbox.systems.finops.schema import SALESORDER, SALESORDERDETAIL, TABLES, Table
from sandbox.systems.finops.statuses import REASONS_OF_STATE
from sandbox.systems.finops.store import Row, Store

Record = Callable[..., None]


class Synchronizer(Protocol):
    """Dual-write as Dataverse sees it: told inside the transaction, it may refuse by raising."""

    def saved(self, table: Table, row: Row) -> None: ...
    def deleted(self, table: Table, row: Row) -> None: ...


class Dataverse:
    """Every write an API caller makes. `record` gets the effects, only of what was committed."""

    def __init__(
        self, store: Store, journal: Journal, dual_write: Synchronizer, record: Record, locked_states: Iterable[int]
    ) -> None:
        self._store = store
        self._journal = journal
        self._dual_write = dual_write
        self._record = record
        self._locked_states = frozenset(locked_states)

    def create(self, table: Table, body: Mapping[str, Any], given: Mapping[str, Any] | None = None) -> Row:
        """Insert a row with its nested child rows; `given` are values the address implies, which the body overrules."""
        submission = read_submission(self._store, table, body)
        values = {table.id_column: str(uuid4()), **(given or {}), **submission.values}
        row_id = values[table.id_column]
        with self._journal.transaction():
            if self._store.get(table, row_id) is not None:
                raise PreconditionFailed.exists()
            row = self._save(table, None, values, frozenset(values))
            self._tell("row_created", table, row_id, values)
            for navigation, bodies in submission.children.items():
                child, lookup = table.children[navigation]
                for child_body in bodies:
                    self.create(TABLES[child], child_body, {lookup: row_id})
        return self._store.get(table, row_id) or row

    def update(self, table: Table, row: Row, body: Mapping[str, Any]) -> Row:
        """Change the submitted columns of an existing row."""
        submission = read_submission(self._store, table, body)
        if submission.children:
            raise BadRequest.payload("Deep update of collection navigation properties is not supported.")
        row_id = row[table.id_column]
        if submission.values.get(table.id_column, row_id) != row_id:
            raise BadRequest.payload(f"The value of '{table.id_column}' can't be changed.")
        with self._journal.transaction():
            self._save(table, row, submission.values, frozenset(submission.values))
            self._tell("row_updated", table, row_id, submission.values)
        return self._store.get(table, row_id) or row

    def delete(self, table: Table, row: Row) -> None:
        """Remove a row; an order takes its lines with it."""
        with self._journal.transaction():
            self._dual_write.deleted(table, row)
            delete_row(self._store, table, row)
            self._tell("row_deleted", table, row[table.id_column], {})

    def _tell(self, effect: str, table: Table, row_id: str, values: Mapping[str, Any]) -> None:
        seen = {name: value for name, value in values.items() if table.properties[name].readable}
        facts = {"columns": seen} if seen else {}
        self._journal.after_commit(lambda: self._record(effect, entity=table.name, id=row_id, **facts))

    def _save(self, table: Table, before: Row | None, values: Mapping[str, Any], submitted: frozenset[str]) -> Row:
        if before is not None:
            self._check_editable(table, before, values)
        row = {**(table.defaults if before is None else before), **values}
        if table is SALESORDER:
            row["ordernumber"] = row["ordernumber"] or f"ORD-{self._store.version + 1:08d}"
        _check_complete(table, row)
        self._check_keys(table, row)
        saved = save_row(self._store, table, row, submitted)
        self._dual_write.saved(table, saved)
        return saved

    def _check_editable(self, table: Table, before: Row, values: Mapping[str, Any]) -> None:
        company = before.get("_msdyn_company_value")
        if company is not None and values.get("_msdyn_company_value", company) != company:
            raise BadRequest("The company of a record can't be changed once it has been saved.", NOT_EDITABLE)
        order = self._store.get(SALESORDER, before["_salesorderid_value"]) if table is SALESORDERDETAIL else before
        if table in (SALESORDER, SALESORDERDETAIL) and order is not None and order["statecode"] in self._locked_states:
            raise BadRequest("The sales order is not active and can't be edited.", NOT_EDITABLE)

    def _check_keys(self, table: Table, row: Mapping[str, Any]) -> None:
        for columns in table.alternate_keys:
            values = {column: row[column] for column in columns}
            if None in values.values():
                continue
            if any(other[table.id_column] != row[table.id_column] for other in self._store.find(table, values)):
                raise PreconditionFailed.alternate_key(table.name, columns)


def _check_complete(table: Table, row: Mapping[str, Any]) -> None:
    missing = [column.name for column in table.required if row[column.property_name] is None]
    if table is SALESORDERDETAIL and row["isproductoverridden"]:
        missing += [] if row["productdescription"] else ["productdescription"]
    elif table is SALESORDERDETAIL:
        missing += [name for name in ("productid", "uomid") if row[f"_{name}_value"] is None]
    if missing:
        raise BadRequest(f"A required value is missing: {', '.join(missing)} of {table.name}.", VALUE_MISSING)
    if table is SALESORDER and row["statuscode"] not in REASONS_OF_STATE.get(row["statecode"], ()):
        raise BadRequest(
            f"{row['statuscode']} is not a valid status code for state code {row['statecode']} on salesorder.",
            NOT_EDITABLE,
        )
