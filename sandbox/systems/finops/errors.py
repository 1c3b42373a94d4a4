"""The refusals of the Web API: status, Dataverse code, message.

DataverseError
├── NotFound              0x80040217
├── BadRequest            0x80060888 (query, address) or 0x80048d19 (payload)
├── PreconditionFailed    0x80060882 (ETag) / 0x80060892 (alternate key) / 0x80040237 (primary key)
└── DualWriteError        0x80040265, the message of the dual-write plug-in
"""

import json
from typing import Any

BAD_QUERY = "0x80060888"
BAD_PAYLOAD = "0x80048d19"
TEXT_TOO_LONG = "0x80044331"
CHOICE_OUT_OF_RANGE = "0x8004431a"
VALUE_MISSING = "0x80040203"
NOT_EDITABLE = "0x80048408"
EXPIRED_DELTA_TOKEN = "0x80044352"  # the name of the code is documented, its use for this answer assumed


class DataverseError(Exception):
    """A refused request; `body()` is the answer's JSON."""

    status = 400

    def __init__(self, message: str, *, code: str = "", status: int | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.status = status or self.status

    def body(self) -> dict[str, Any]:
        return {"error": {"code": self.code, "message": self.message}}


class BadRequest(DataverseError):
    """Malformed address, query or payload."""

    def __init__(self, message: str, code: str = BAD_QUERY) -> None:
        super().__init__(message, code=code)

    @classmethod
    def payload(cls, message: str) -> "BadRequest":
        return cls(
            f"An error occurred while validating input parameters: Microsoft.OData.ODataException: {message}",
            BAD_PAYLOAD,
        )


class NotFound(DataverseError):
    """No such row."""

    status = 404

    def __init__(self, table: str, key: str) -> None:
        super().__init__(f"{table} With Id = {key} Does Not Exist", code="0x80040217")


class UnknownResource(DataverseError):
    """No such entity set or segment."""

    status = 404

    def __init__(self, name: str) -> None:
        super().__init__(f"Resource not found for the segment '{name}'.", code="0x8006088a")


class PreconditionFailed(DataverseError):
    """A condition of the caller, or a key, does not hold."""

    status = 412

    @classmethod
    def etag(cls) -> "PreconditionFailed":
        return cls(
            "The version of the existing record doesn't match the RowVersion property provided.", code="0x80060882"
        )

    @classmethod
    def exists(cls) -> "PreconditionFailed":
        return cls("A record with matching key values already exists.", code="0x80040237")

    @classmethod
    def alternate_key(cls, table: str, columns: tuple[str, ...]) -> "PreconditionFailed":
        values = f"A record that has the attribute values {', '.join(columns)} already exists on entity {table}."
        message = f"{values} The entity key requires that this set of attributes contains unique values."
        return cls(message, code="0x80060892")


class DualWriteError(DataverseError):
    """F&O refused the row; the Dataverse write is undone. `reason` is F&O's own sentence."""

    def __init__(self, map_name: str, row_id: str, reason: str) -> None:
        records = json.dumps({"RecordError0": f"Write failed for entity {map_name} with unknown exception - {reason}"})
        super().__init__(
            "An unexpected error occurred from ISV code. (ErrorType = ClientError) "
            "Unexpected exception from plug-in (Execute): "
            "Microsoft.Dynamics.Integrator.DualWriteRuntime.Plugins.PostCommitPlugin: System.Exception: "
            f"failed to process entity {map_name} with rowId {row_id} Error: {records}",
            code="0x80040265",
        )
        self.reason = reason
