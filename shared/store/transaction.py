"""Entity group transactions as bytes: up to 100 rows of one partition, all written or none.

The SDK can do this too, but spends 6 ms of CPU on a transaction of three rows (it starts threads to print the parts and
reads the answer as e-mail); this takes a tenth of that. Format: Azure Table service REST, "Performing entity group
transactions".
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote
from uuid import uuid4

from shared.domain.errors import TooLargeToKeep

Row = Mapping[str, Any]

_MOST_ROWS = 100
_MOST_BYTES = 4 * 1024 * 1024

_PART = (
    "--{boundary}\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n\r\n"
    "{method} {url} HTTP/1.1\r\nContent-Type: application/json\r\nAccept: application/json;odata=minimalmetadata\r\n"
    "DataServiceVersion: 3.0\r\nPrefer: return-no-content\r\n{guard}\r\n{body}\r\n"
)
_STATUS = re.compile(rb"^HTTP/1\.1 (\d{3})", re.MULTILINE)


class RowsTooLarge(TooLargeToKeep):
    """More than Azure Tables take: 1 MiB in a row, 100 rows or 4 MiB in a transaction."""


@dataclass(frozen=True)
class Operation:
    """One row of a transaction. `etag` guards it; "*" stands for any."""

    method: str
    row: Row
    etag: str | None = None


def etag_of(row: Row) -> str:
    """Of a row as it was read."""
    return str(row.metadata["etag"])  # pyright: ignore[reportAttributeAccessIssue] # rows that were read carry it


def insert(row: Row) -> Operation:
    """Fails the transaction when the row exists."""
    return Operation("POST", row)


def put(row: Row) -> Operation:
    """Inserts the row or replaces it, whatever is there."""
    return Operation("PUT", row)


def replace(row: Row, etag: str) -> Operation:
    """Fails the transaction when the row is no longer what it was at `etag`."""
    return Operation("PUT", row, etag)


def delete(row: Row) -> Operation:
    """Fails the transaction when the row does not exist."""
    return Operation("DELETE", row, "*")


def encode(table_url: str, operations: Sequence[Operation]) -> tuple[str, bytes]:
    """The content type and the body of the request; JSON leaves only ASCII in it. Raises RowsTooLarge."""
    batch, changeset = f"batch_{uuid4()}", f"changeset_{uuid4()}"
    parts = [_part(table_url, changeset, operation) for operation in operations]
    opening = f"--{batch}\r\nContent-Type: multipart/mixed; boundary={changeset}\r\n\r\n"
    body = "".join([opening, *parts, f"--{changeset}--\r\n--{batch}--\r\n"])
    if len(operations) > _MOST_ROWS or len(body) > _MOST_BYTES:
        raise RowsTooLarge(f"{len(operations)} rows of {len(body)} bytes do not fit into one transaction")
    return f"multipart/mixed; boundary={batch}", body.encode("ascii")


def refusal(answer: bytes) -> int | None:
    """The HTTP status of the operation that failed the transaction, None when it was committed."""
    statuses = [int(status) for status in _STATUS.findall(answer)]
    if not statuses:
        raise ValueError(f"not the answer to a transaction: {answer[:200]!r}")
    return next((status for status in statuses if status >= 300), None)


def _part(table_url: str, boundary: str, operation: Operation) -> str:
    row = operation.row
    return _PART.format(
        boundary=boundary,
        method=operation.method,
        url=table_url if operation.method == "POST" else f"{table_url}({_keys(row)})",
        guard=f"If-Match: {operation.etag}\r\n" if operation.etag else "",
        body="" if operation.method == "DELETE" else json.dumps(row),
    )


def _keys(row: Row) -> str:
    return ",".join(f"{name}='{_quoted(row[name])}'" for name in ("PartitionKey", "RowKey"))


def _quoted(key: str) -> str:
    return quote(key.replace("'", "''"), safe="")
