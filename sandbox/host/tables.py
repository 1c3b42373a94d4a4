"""Azure tables over REST: rows, queries and entity group transactions (reference: functions-host.md section 13)."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import quote, urlencode
from uuid import uuid4

from sandbox.host.storage import Conflict, NotFound, StorageClient, raise_for_status

Row = dict[str, Any]

TRANSACTION_ROWS = 100
JSON_HEADERS = {
    "Content-Type": "application/json",
    "Accept": "application/json;odata=minimalmetadata",
    "DataServiceVersion": "3.0;NetFx",
}
PART_STATUS = re.compile(rb"^HTTP/1\.1 (\d{3})", re.MULTILINE)
PART_ETAG = re.compile(rb"^ETag: ?(.+?)\r?$", re.MULTILINE | re.IGNORECASE)


@dataclass(frozen=True)
class Operation:
    """One change in a transaction; `row` holds at least PartitionKey and RowKey, `etag` guards the change."""

    kind: Literal["insert", "replace", "merge", "delete"]
    row: Row
    etag: str = "*"


class Table:
    """One table of the account."""

    def __init__(self, storage: StorageClient, name: str) -> None:
        self._storage = storage
        self._name = name

    async def create(self) -> None:
        """Creates the table unless it is there."""
        body = json.dumps({"TableName": self._name}).encode()
        try:
            await self._storage.call_table("create", "POST", "Tables", headers=JSON_HEADERS, body=body)
        except Conflict:
            return

    async def get(self, partition: str, row_key: str) -> Row | None:
        """The row with its `odata.etag`, or None."""
        try:
            answer = await self._storage.call_table(
                "read", "GET", self._row_path(partition, row_key), headers=JSON_HEADERS
            )
        except NotFound:
            return None
        return json.loads(answer.body)

    async def query(self, condition: str, select: Sequence[str] = ()) -> list[Row]:
        """Every row that meets an OData condition, all pages, in key order."""
        rows: list[Row] = []
        options = {"$filter": condition} | ({"$select": ",".join(select)} if select else {})
        page: dict[str, str] | None = {}
        while page is not None:
            query = urlencode({**options, **page}, quote_via=quote)
            answer = await self._storage.call_table("query", "GET", f"{self._name}()", query, headers=JSON_HEADERS)
            rows += json.loads(answer.body)["value"]
            page = _next_page(answer.headers)
        return rows

    async def insert(self, row: Row) -> str:
        """Inserts a new row and returns its ETag; raises Conflict when it is there."""
        headers = {**JSON_HEADERS, "Prefer": "return-no-content"}
        body = json.dumps(row).encode()
        answer = await self._storage.call_table("insert", "POST", self._name, headers=headers, body=body)
        return answer.headers["ETag"]

    async def put(self, row: Row) -> None:
        """Inserts or replaces a row, whatever is there."""
        path = self._row_path(row["PartitionKey"], row["RowKey"])
        await self._storage.call_table("put", "PUT", path, headers=JSON_HEADERS, body=json.dumps(row).encode())

    async def transact(self, operations: Sequence[Operation]) -> list[str]:
        """All the changes or none, in one partition; the new ETags in order (empty for a delete).

        Raises Conflict when any row is not as expected, NotFound when one is missing.
        """
        batch, changeset = f"batch_{uuid4().hex}", f"changeset_{uuid4().hex}"
        parts = "".join(f"--{changeset}\r\n{self._part(operation)}\r\n" for operation in operations)
        body = (
            f"--{batch}\r\nContent-Type: multipart/mixed; boundary={changeset}\r\n\r\n"
            f"{parts}--{changeset}--\r\n--{batch}--\r\n"
        )
        headers = {"Content-Type": f"multipart/mixed; boundary={batch}", "DataServiceVersion": "3.0;NetFx"}
        answer = await self._storage.call_table("transaction", "POST", "$batch", headers=headers, body=body.encode())
        statuses = [int(status) for status in PART_STATUS.findall(answer.body)]
        raise_for_status(max(statuses, default=500), answer.body)
        etags = iter(PART_ETAG.findall(answer.body))
        return ["" if operation.kind == "delete" else next(etags).decode() for operation in operations]

    async def delete_rows(self, rows: Sequence[Row]) -> None:
        """Deletes rows of one partition, as many as there are."""
        for start in range(0, len(rows), TRANSACTION_ROWS):
            await self.transact([Operation("delete", row) for row in rows[start : start + TRANSACTION_ROWS]])

    def _row_path(self, partition: str, row_key: str) -> str:
        return f"{self._name}(PartitionKey='{_key(partition)}',RowKey='{_key(row_key)}')"

    def _part(self, operation: Operation) -> str:
        method = {"insert": "POST", "replace": "PUT", "merge": "MERGE", "delete": "DELETE"}[operation.kind]
        row = operation.row
        path = self._name if operation.kind == "insert" else self._row_path(row["PartitionKey"], row["RowKey"])
        guard = "Prefer: return-no-content" if operation.kind == "insert" else f"If-Match: {operation.etag}"
        content = "" if operation.kind == "delete" else json.dumps(row)
        return (
            "Content-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n\r\n"
            f"{method} {self._storage.account.table_endpoint}/{path} HTTP/1.1\r\n"
            "Content-Type: application/json\r\nAccept: application/json;odata=minimalmetadata\r\n"
            f"DataServiceVersion: 3.0;NetFx\r\n{guard}\r\n\r\n{content}"
        )


def quoted(value: str) -> str:
    """A string literal for a query condition."""
    return "'" + value.replace("'", "''") + "'"


def _key(value: str) -> str:
    return quote(value.replace("'", "''"), safe="")


def _next_page(headers: Any) -> dict[str, str] | None:
    partition = headers.get("x-ms-continuation-NextPartitionKey")
    if partition is None:
        return None
    row_key = headers.get("x-ms-continuation-NextRowKey")
    return {"NextPartitionKey": partition} | ({"NextRowKey": row_key} if row_key else {})
