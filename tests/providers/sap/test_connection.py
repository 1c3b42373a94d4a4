"""Settings of SAP: whatever is missing is named, and never shown."""

import pytest
from pydantic import ValidationError

from shared.providers.sap.connection import SalesArea
from tests.providers.sap.samples import connection, settings

OAUTH = {"token_url": "https://sap.example.com/token", "client_id": "client", "client_secret": "hidden"}
NO_BASIC = {"user": "", "password": None}


@pytest.mark.parametrize("way", [{}, {**NO_BASIC, **OAUTH}])
def test_either_way_to_sign_in_is_enough(way):
    connection(**way)


@pytest.mark.parametrize(
    ("wrong", "names"),
    [
        ({"password": None}, "password must be set too"),
        ({"user": ""}, "user must be set too"),
        ({**NO_BASIC, **OAUTH, "client_id": ""}, "client_id must be set too"),
        ({**NO_BASIC, "client_id": "client"}, "token_url, client_secret must be set too"),
        (NO_BASIC, "user, password, or token_url, client_id, client_secret are needed"),
        (OAUTH, "not some of both"),
        ({"client_id": "client"}, "not some of both"),
    ],
)
def test_an_incomplete_or_doubled_sign_in_is_refused_by_name(wrong, names):
    with pytest.raises(ValidationError) as refused:
        connection(**wrong)

    assert names in str(refused.value.errors(include_input=False))


def test_secrets_are_not_shown():
    assert settings()["password"] not in repr(connection())


def test_a_company_sells_in_its_own_sales_area_and_all_others_in_the_common_one():
    germany = SalesArea(organization="1710", channel="20", division="00")
    common = SalesArea(organization="1010", channel="10", division="00")
    configured = connection(sales_areas={"DEMF": germany.model_dump(), "*": common.model_dump()})

    areas = [configured.sales_area(company) for company in ("DEMF", "USMF", None)]

    assert areas == [germany, common, common]
    assert connection(sales_areas={"DEMF": germany.model_dump()}).sales_area("USMF") is None


def test_by_default_sales_go_to_the_sales_area_of_the_template_company():
    assert connection().sales_area("USMF") == SalesArea(organization="1010", channel="10", division="00")


def test_an_empty_webhook_secret_is_refused():
    with pytest.raises(ValidationError, match="webhook_secret"):
        connection(webhook_secret="")
