"""The two order maps as they are shipped: the set-up documentation's filters, clause by clause."""

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from shared.configuration import load_configuration
from shared.dual_write import DualWriteMap, explain, lint, passes, skip_explainer

MAPS = load_configuration(Path(__file__).parents[3] / "config").dual_write_maps
HEADERS, LINES = MAPS["headers"], MAPS["lines"]

HEADER_FILTER = (
    "msdyn_ordertype eq 192350000 and _msdyn_company_value ne null and msdyn_isreadytosync eq true "
    "and statuscode ne 100003"
)
PRINTED_LINE_FILTER = (
    "msdyn_company_value ne null and _msdyn_shippingsite_value ne null and _msdyn_shippingwarehouse_value ne null "
    "and msdyn_isreadytosync eq true and msdyn_statuscode ne 192350001"
)
READY_HEADER: dict[str, Any] = {
    "msdyn_salesordernumber": "BC-10427",
    "msdyn_ordertype": 192350000,
    "_msdyn_company_value": "c0000000-0000-4000-8000-000000000001",
    "msdyn_isreadytosync": True,
    "statuscode": 1,
}
READY_LINE: dict[str, Any] = {
    "sequencenumber": 2,
    "_msdyn_company_value": "c0000000-0000-4000-8000-000000000001",
    "_msdyn_shippingsite_value": "50000000-0000-4000-8000-000000000002",
    "_msdyn_shippingwarehouse_value": "e0000000-0000-4000-8000-000000000024",
    "msdyn_isreadytosync": True,
    "msdyn_statuscode": None,
}


def with_filter(map_: DualWriteMap, text: str) -> DualWriteMap:
    return DualWriteMap.model_validate({**map_.model_dump(by_alias=True), "filter": text})


def test_the_shipped_filters_are_those_of_the_set_up_documentation():
    assert HEADERS.filter_text == HEADER_FILTER
    assert LINES.filter_text == PRINTED_LINE_FILTER.replace("msdyn_company_value", "_msdyn_company_value", 1)


def test_rows_that_are_ready_pass():
    assert passes(HEADERS, READY_HEADER)
    assert passes(LINES, READY_LINE)
    assert explain(LINES, READY_LINE).sentence() == "line 2 passes the filter of 'CDS sales order lines V2'"


@pytest.mark.parametrize(
    ("map_", "ready", "column", "value", "sentence"),
    [
        (HEADERS, READY_HEADER, "msdyn_ordertype", 690970002,
         "order BC-10427 would be skipped by dual-write: `msdyn_ordertype eq 192350000` is false, "
         "its value is 690970002; order intake should have made it an item-based order (192350000)"),
        (HEADERS, READY_HEADER, "_msdyn_company_value", None,
         "order BC-10427 would be skipped by dual-write: `_msdyn_company_value ne null` is false, "
         "its value is null; policy 'Assign order data' should have set it"),
        (HEADERS, READY_HEADER, "msdyn_isreadytosync", False,
         "order BC-10427 would be skipped by dual-write: `msdyn_isreadytosync eq true` is false, "
         "its value is false; the provider action sets it last"),
        (HEADERS, READY_HEADER, "statuscode", 100003,
         "order BC-10427 would be skipped by dual-write: `statuscode ne 100003` is false, "
         "its value is 100003; Finance + Operations has invoiced the order already"),
        (LINES, READY_LINE, "_msdyn_company_value", None,
         "line 2 would be skipped by dual-write: `_msdyn_company_value ne null` is false, "
         "its value is null; policy 'Assign order line data' should have set it"),
        (LINES, READY_LINE, "_msdyn_shippingsite_value", None,
         "line 2 would be skipped by dual-write: `_msdyn_shippingsite_value ne null` is false, "
         "its value is null; policy 'Assign order line data' should have set it"),
        (LINES, READY_LINE, "_msdyn_shippingwarehouse_value", None,
         "line 2 would be skipped by dual-write: `_msdyn_shippingwarehouse_value ne null` is false, "
         "its value is null; policy 'Assign order line data' should have set it"),
        (LINES, READY_LINE, "msdyn_isreadytosync", None,
         "line 2 would be skipped by dual-write: `msdyn_isreadytosync eq true` is false, "
         "its value is null; the provider action sets it last"),
        (LINES, READY_LINE, "msdyn_statuscode", 192350001,
         "line 2 would be skipped by dual-write: `msdyn_statuscode ne 192350001` is false, "
         "its value is 192350001; the line is marked as not to be sent"),
    ],
)  # fmt: skip
def test_each_clause_that_fails_is_named_with_what_should_have_set_it(
    map_: DualWriteMap, ready: dict[str, Any], column: str, value: Any, sentence: str
):
    explanation = explain(map_, {**ready, column: value})

    assert not explanation.passes
    assert explanation.sentence() == sentence
    assert [clause.column for clause in explanation.clauses if clause.to_blame] == [column]


def test_every_clause_is_explained_also_those_that_hold():
    explanation = explain(HEADERS, READY_HEADER | {"statuscode": 100003})

    assert [(clause.text, clause.holds) for clause in explanation.clauses] == [
        ("msdyn_ordertype eq 192350000", True),
        ("_msdyn_company_value ne null", True),
        ("msdyn_isreadytosync eq true", True),
        ("statuscode ne 100003", False),
    ]


def test_two_clauses_that_fail_are_both_named():
    row = READY_LINE | {"_msdyn_shippingsite_value": None, "msdyn_isreadytosync": False}

    sentence = explain(LINES, row).sentence()

    assert "`_msdyn_shippingsite_value ne null` is false" in sentence
    assert "`msdyn_isreadytosync eq true` is false" in sentence


def test_a_value_of_the_wrong_kind_does_not_pass_unseen():
    sentence = explain(HEADERS, READY_HEADER | {"msdyn_ordertype": "192350000"}).sentence()

    assert "`msdyn_ordertype eq 192350000` is unknown, its value is '192350000'" in sentence


def test_an_empty_text_is_not_null():
    assert passes(LINES, READY_LINE | {"_msdyn_shippingwarehouse_value": ""})


def test_of_an_or_that_fails_both_sides_are_to_blame_and_of_a_not_the_inside():
    map_ = with_filter(HEADERS, "(statuscode eq 1 or statuscode eq 2) and not (msdyn_isreadytosync eq true)")

    explanation = explain(map_, READY_HEADER | {"statuscode": 3})

    assert [(clause.text, clause.holds, clause.to_blame) for clause in explanation.clauses] == [
        ("statuscode eq 1", False, True),
        ("statuscode eq 2", False, True),
        ("msdyn_isreadytosync eq true", True, True),
    ]


def test_the_printed_line_filter_is_understood_and_its_slip_is_named():
    printed = with_filter(LINES, PRINTED_LINE_FILTER)

    assert passes(printed, READY_LINE)
    assert not passes(printed, READY_LINE | {"_msdyn_company_value": None})
    assert [finding.message for finding in lint(printed)] == [
        "unknown column 'msdyn_company_value'; did you mean '_msdyn_company_value'?"
    ]


def test_lint_is_silent_about_the_shipped_filters():
    assert lint(HEADERS) == ()
    assert lint(LINES) == ()


@pytest.mark.parametrize(
    ("column", "suggestion"),
    [
        ("msdyn_company", "_msdyn_company_value"),
        ("MSDYN_ISREADYTOSYNC", "msdyn_isreadytosync"),
        ("msdyn_isreadytosnyc", "msdyn_isreadytosync"),
        ("weather", None),
    ],
)
def test_lint_suggests_the_column_that_was_meant(column: str, suggestion: str | None):
    (finding,) = [each for each in lint(with_filter(LINES, f"{column} ne null")) if each.kind == "unknown_column"]

    assert finding.suggestion == suggestion


def test_the_skip_explainer_speaks_only_of_rows_that_would_be_skipped():
    explain_skip = skip_explainer(MAPS)

    assert explain_skip("headers", READY_HEADER) is None
    assert explain_skip("lines", READY_LINE | {"msdyn_isreadytosync": False}) == (
        "line 2 would be skipped by dual-write: `msdyn_isreadytosync eq true` is false, its value is false; "
        "the provider action sets it last"
    )


def test_a_map_with_a_malformed_filter_cannot_be_made():
    with pytest.raises(ValidationError, match="not understood at position 12"):
        with_filter(LINES, "statuscode = 1")


def test_a_map_explains_only_columns_it_has():
    described = HEADERS.model_dump(by_alias=True) | {"set_by": {"msdyn_compny": {"note": "x"}}}

    with pytest.raises(ValidationError, match="the table has no such column"):
        DualWriteMap.model_validate(described)


@pytest.mark.parametrize("mistake", [{}, {"policy": "A", "note": "B"}])
def test_a_column_is_set_by_one_thing(mistake: dict[str, str]):
    described = HEADERS.model_dump(by_alias=True) | {"set_by": {"statuscode": mistake}}

    with pytest.raises(ValidationError, match="either a policy or a note"):
        DualWriteMap.model_validate(described)


def test_a_mapped_column_comes_from_somewhere():
    described = HEADERS.model_dump(by_alias=True) | {"columns": [{"dataverse": "name", "direction": ">"}]}

    with pytest.raises(ValidationError, match="or the default that stands in for it"):
        DualWriteMap.model_validate(described)
