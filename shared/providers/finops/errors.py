"""Dataverse's error answers in our words (reference: dataverse.md section 1, finance-operations.md section 4.1).

RejectedByProvider
└── RefusedCall
    ├── DualWriteRefused    F&O would not have the row; the Dataverse write was undone with it
    ├── RowMissing          no such row, or it was deleted
    └── KeyTaken            an alternate key value belongs to another row
TransientProviderError
└── RowChanged              somebody else wrote the row since it was read: read again, decide again
"""

import json
import re

from shared.domain.errors import OrderProblem, TransientProviderError
from shared.domain.json_text import lenient_json
from shared.domain.wording import one_line
from shared.providers.answers import Answer, ProviderFault, RefusedCall, is_transient, retry_after
from shared.providers.session import MAX_REASON_CHARACTERS

_BUSY_CODES = frozenset(
    {
        "0x80072322",  # 429: number of requests
        "0x80072321",  # 429: execution time
        "0x80072326",  # 429: requests at once
        "0x80044150",  # SQL error, deadlock 1205 among them
        "-2147204784",  # the same, in decimal
        "0x80044151",  # SQL time-out
        "0x80040255",
        "0x80040251",
    }
)
_ETAG_DIFFERS, _PRIMARY_KEY_TAKEN, _KEY_TAKEN = "0x80060882", "0x80040237", "0x80060892"
_DUAL_WRITE = "DualWriteRuntime.Plugins"
# Assumed: what F&O was too busy for goes better later, all else it says about a row stays true until data changes.
_FINOPS_BUSY = re.compile(r"\(429\)|\(503\)|too many requests|timed? ?out|deadlock|server is busy", re.IGNORECASE)
_RECORD_ERRORS = re.compile(r'\{\s*"RecordError\d')


class DualWriteRefused(RefusedCall):
    """F&O refused the row. `str()` is what F&O said, whole."""

    def __init__(self, refusal: RefusedCall) -> None:
        super().__init__(record_errors(refusal.fault.message), refusal.status, refusal.fault)


class RowMissing(RefusedCall):
    """No row of this id."""


class KeyTaken(RefusedCall):
    """Another row has this value of an alternate key."""


class RowChanged(TransientProviderError):
    """The row is not as it was read, or not absent any more."""


def read_fault(answer: Answer) -> ProviderFault:
    """Reads `{"error": {"code": "0x...", "message": "..."}}`; any other body is its own message."""
    try:
        error = lenient_json(answer.body)["error"]
        code, message = str(error["code"]).lower(), str(error["message"])
    except (ValueError, KeyError, TypeError):
        return ProviderFault(answer.text)
    return ProviderFault(message, code, transient=True if _is_busy(code, message) else None)


def problem(answer: Answer) -> OrderProblem:
    """The exception for an error answer that came as a part of a `$batch`."""
    fault = read_fault(answer)
    message = f"{answer}: {one_line(' '.join(fault.message.split())[:MAX_REASON_CHARACTERS])}"
    if is_transient(answer.status) if fault.transient is None else fault.transient:
        return TransientProviderError(message, retry_after(answer.headers))
    return understood(RefusedCall(message, answer.status, fault))


def understood(refusal: RefusedCall) -> OrderProblem:
    """The refusal as the most exact of our errors. The two kinds of 412 mean opposite things and go by their codes."""
    code = refusal.fault.code
    if _DUAL_WRITE in refusal.fault.message:
        return DualWriteRefused(refusal)
    if code == _KEY_TAKEN:
        return KeyTaken(str(refusal), refusal.status, refusal.fault)
    if code in {_ETAG_DIFFERS, _PRIMARY_KEY_TAKEN}:
        return RowChanged(str(refusal))
    if refusal.status == 404:
        return RowMissing(str(refusal), refusal.status, refusal.fault)
    return refusal


def record_errors(message: str) -> str:
    """F&O's own sentences out of a dual-write message: its RecordErrors, or all of it when it holds none."""
    found = _RECORD_ERRORS.search(message)
    if found is None:
        return message
    try:
        errors, _ = json.JSONDecoder().raw_decode(message, found.start())
    except (ValueError, RecursionError):
        return message
    return "; ".join(str(error) for error in errors.values())


def _is_busy(code: str, message: str) -> bool:
    return code in _BUSY_CODES or (_DUAL_WRITE in message and _FINOPS_BUSY.search(message) is not None)
