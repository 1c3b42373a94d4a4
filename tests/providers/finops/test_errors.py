import json

import pytest

from shared.domain.errors import OrderProblem, RejectedByProvider, TransientProviderError
from shared.providers.answers import Answer, RefusedCall
from shared.providers.finops.errors import DualWriteRefused, KeyTaken, RowChanged, RowMissing, problem, record_errors

DUAL_WRITE = (
    "An unexpected error occurred from ISV code. (ErrorType = ClientError) Unexpected exception from "
    "plug-in (Execute): Microsoft.Dynamics.Integrator.DualWriteRuntime.Plugins.PostCommitPlugin: System.Exception: "
    "failed to process entity CDS sales order lines with rowId 6d0e Error: "
)


def answered(status: int, code: str = "", message: str = "no", **headers: str) -> OrderProblem:
    body = json.dumps({"error": {"code": code, "message": message}}).encode()
    return problem(Answer("Dataverse", "PATCH /salesorders(1b0a)", status, headers, body))


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (412, "0x80060882", RowChanged),
        (412, "0x80060892", KeyTaken),
        (412, "0x80040237", RowChanged),
        (400, "0x80040237", RowChanged),
        (404, "0x80040217", RowMissing),
        (404, "", RowMissing),
        (403, "0x80072560", RefusedCall),
        (400, "0x80060888", RefusedCall),
        (429, "0x80072322", TransientProviderError),
        (429, "", TransientProviderError),
        (503, "", TransientProviderError),
        (504, "", TransientProviderError),
        (500, "0x80044150", TransientProviderError),
        (400, "0x80044151", TransientProviderError),
        (400, "-2147204784", TransientProviderError),
        (500, "0x80040216", TransientProviderError),
    ],
)
def test_each_answer_has_its_meaning(status, code, kind):
    assert type(answered(status, code)) is kind


def test_the_two_kinds_of_412_are_not_mixed_up():
    changed, taken = answered(412, "0x80060882"), answered(412, "0x80060892")

    assert isinstance(changed, TransientProviderError)  # reading again helps
    assert isinstance(taken, RejectedByProvider)  # it does not


def test_dataverse_says_how_long_to_wait():
    busy = answered(429, "0x80072321", **{"Retry-After": "12"})

    assert isinstance(busy, TransientProviderError)
    assert busy.retry_after == 12


def test_finops_is_quoted_word_for_word():
    said = "Write failed for entity CDS sales order lines with unknown exception - Site ZZ does not exist in USMF. " * 5

    refused = answered(400, "0x80040265", DUAL_WRITE + json.dumps({"RecordError0": said, "RecordError1": "And more."}))

    assert isinstance(refused, DualWriteRefused)
    assert str(refused) == f"{said}; And more."


@pytest.mark.parametrize("tail", ["something else", '{"RecordError0": "cut off'])
def test_a_dual_write_error_without_record_errors_is_quoted_whole(tail):
    refused = answered(400, "", DUAL_WRITE + tail)

    assert isinstance(refused, DualWriteRefused)
    assert str(refused) == DUAL_WRITE + tail


@pytest.mark.parametrize("said", ["(429) Too Many Requests", "The operation timed out", "transaction was deadlocked"])
def test_a_busy_finops_is_worth_another_try(said):
    assert isinstance(answered(400, "0x80040265", DUAL_WRITE + said), TransientProviderError)


@pytest.mark.parametrize("said", ["Our own plug-in says no", "Our own plug-in timed out"])
def test_another_plug_in_is_no_dual_write(said):
    assert type(answered(400, "0x80040265", said)) is RefusedCall


def test_a_page_of_a_gateway_is_quoted_in_part():
    refused = problem(Answer("Dataverse", "PATCH /x", 400, {}, b"<html>" + b"x" * 5000))

    assert str(refused).startswith("Dataverse answered 400 to PATCH /x: <html>")
    assert len(str(refused)) < 300


def test_record_errors_may_stand_anywhere():
    assert record_errors('before { "RecordError0": "A", "RecordError1": "B" } after') == "A; B"
