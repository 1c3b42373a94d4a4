"""What SAP says when it refuses, whatever it is written in."""

import json

import pytest

from shared.domain.errors import TransientProviderError
from shared.providers.answers import Answer, RefusedCall
from shared.providers.sap.errors import CSRF_REQUIRED, read_fault

LOCKED = "Sales document 1042 is currently being processed by user MILLER"
XML = (
    '<?xml version="1.0" encoding="utf-8"?><error xmlns="http://schemas.microsoft.com/ado/2007/08/dataservices/metadata">'
    '<code>V1/382</code><message xml:lang="en">Material A &amp; B is not maintained</message></error>'
)


def an_answer(body: object, status: int = 400, **headers: str) -> Answer:
    raw = body if isinstance(body, str) else json.dumps(body)
    return Answer("SAP", "POST /A_SalesOrder", status, headers, raw.encode())


def an_error(message: object, *details: dict[str, str]) -> dict[str, object]:
    return {"error": {"code": "V1/382", "message": message, "innererror": {"errordetails": list(details)}}}


@pytest.mark.parametrize(
    ("body", "message", "code"),
    [
        (an_error({"lang": "en", "value": "no material"}), "no material", "V1/382"),
        (an_error("no material"), "no material", "V1/382"),
        ({"error": {"code": "X", "message": {"value": "no details"}}}, "no details", "X"),
        (XML, "Material A & B is not maintained", "V1/382"),
        ("<html><head><title>Service &amp; more</title></head><body>much text</body></html>", "Service & more", ""),
        ("CSRF token validation failed", "CSRF token validation failed", ""),
        ({"error": "odd"}, '{"error": "odd"}', ""),
        ([1], "[1]", ""),
    ],
)
def test_the_reason_is_found_in_json_xml_pages_and_text(body, message, code):
    fault = read_fault(an_answer(body))

    assert (fault.message, fault.code, fault.transient) == (message, code, None)


def test_the_single_errors_behind_a_general_one_are_told_once_each():
    general = {"value": "An error has occurred"}
    first, repeated, warning = (
        {"message": "Material X is missing", "severity": "error"},
        {"message": "An error has occurred", "severity": "error"},
        {"message": "Price is old", "severity": "warning"},
    )

    assert read_fault(an_answer(an_error(general, repeated, first, warning))).message == (
        "An error has occurred; Material X is missing"
    )


@pytest.mark.parametrize("text", [LOCKED, "Order 1042 is locked by MILLER", "Object is being processed by job 7"])
def test_a_document_in_somebody_s_hands_is_free_again_later(text):
    assert read_fault(an_answer(an_error({"value": text}))).transient is True


def test_the_csrf_check_is_told_from_a_missing_permission_by_its_header():
    refused, forbidden = an_answer("no", 403, **{"x-csrf-token": "Required"}), an_answer("no", 403)

    assert [read_fault(answer).code for answer in (refused, forbidden)] == [CSRF_REQUIRED, ""]


def test_a_lock_is_worth_another_try_and_any_other_business_error_is_not(sap):
    client = sap.client()
    for message in (LOCKED, "Material KTL is not maintained for the plant"):
        sap.break_call("GET /A_SalesOrder*", status=400, body=an_error({"value": message}))

    with pytest.raises(TransientProviderError, match="MILLER"):
        client.sales_order("1")
    with pytest.raises(RefusedCall, match="Material KTL"):
        client.sales_order("1")


def test_a_system_in_maintenance_is_asked_again_when_it_says(sap):
    sap.break_call("GET /A_SalesOrder*", status=503, headers={"Retry-After": "120"}, body="<html>down</html>")

    with pytest.raises(TransientProviderError) as down:
        sap.client().sales_order("1")

    assert down.value.retry_after == 120
