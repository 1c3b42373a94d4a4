from decimal import Decimal

import pytest

from shared.domain.errors import RejectedByProvider
from shared.domain.orders import Address
from shared.providers.finops.rows import NEW_LINE, Row, number, to_salesorder, to_salesorderdetail
from tests.providers.finops.samples import ORDER_ID, SEATTLE, a_line, an_order, connection


def ids_of(row: Row) -> dict:
    return {code: f"id of {code.table.name} {code.code}" for code in row.codes}


def header(**changes) -> Row:
    return to_salesorder(an_order(**changes), connection())


def line(**changes) -> Row:
    the_line = a_line(**changes)
    return to_salesorderdetail(an_order((the_line,)), the_line, connection())


def test_a_new_header_names_number_customer_company_and_address():
    row = header()

    written = row.difference(ids_of(row), {})

    assert written == {
        "name": "BC-10427",
        "msdyn_salesordernumber": "BC-10427",
        "msdyn_externalorderid": "10427",
        "msdyn_ordertype": 192350000,
        "shipto_name": "Ada Lindström",
        "shipto_line1": "1 Pine St",
        "shipto_city": "Seattle",
        "shipto_stateorprovince": "Washington",
        "shipto_postalcode": "98101",
        "shipto_country": "US",
        "shipto_telephone": "+1 206 555 0100",
        "msdyn_Company@odata.bind": "/cdm_companies(id of company USMF)",
        "msdyn_invoicecustomerid_account@odata.bind": "/accounts(id of account US-007)",
        "customerid_account@odata.bind": "/accounts(id of account US-007)",
        "msdyn_DefaultShippingSite@odata.bind": "/msdyn_operationalsites(id of site 2)",
        "msdyn_DefaultShippingWarehouse@odata.bind": "/msdyn_warehouses(id of warehouse 24)",
        "pricelevelid@odata.bind": "/pricelevels(id of price list Standard)",
        "transactioncurrencyid@odata.bind": "/transactioncurrencies(id of currency USD)",
    }


def test_a_new_line_names_product_quantity_price_and_warehouse():
    row = line(number=3, quantity=Decimal("1.5"), unit_price=Decimal("24.5"), discount=Decimal("0.30"))

    written = row.difference(ids_of(row), {})

    assert {name: value for name, value in written.items() if not name.startswith("shipto_")} == {
        "sequencenumber": 3,
        "quantity": 1.5,
        "ispriceoverridden": True,
        "priceperunit": 24.5,
        "manualdiscountamount": 0.3,
        "salesorderid@odata.bind": f"/salesorders({ORDER_ID})",
        "productid@odata.bind": "/products(id of product BAG-CNV-OLV)",
        "uomid@odata.bind": "/uoms(id of unit ea)",
        "msdyn_company@odata.bind": "/cdm_companies(id of company USMF)",
        "msdyn_shippingsite@odata.bind": "/msdyn_operationalsites(id of site 2)",
        "msdyn_shippingwarehouse@odata.bind": "/msdyn_warehouses(id of warehouse 24)",
    }


def test_the_row_reads_back_as_it_was_written():
    row = line()

    read = row.as_read(ids_of(row))

    assert read["_msdyn_shippingwarehouse_value"] == "id of warehouse 24"
    assert read["_salesorderid_value"] == ORDER_ID
    assert set(read) == set(row.properties)
    assert not NEW_LINE.keys() & read.keys()


def test_nothing_is_written_to_a_row_that_is_as_it_should_be():
    row = header()

    assert row.difference(ids_of(row), row.as_read(ids_of(row))) == {}


def test_only_what_differs_is_written_to_a_row_that_is_there():
    before, after = header(), header(shipping_warehouse="13", addresses=(SEATTLE.with_(city="Tacoma"),))

    written = after.difference(ids_of(after), before.as_read(ids_of(before)))

    assert written == {
        "shipto_city": "Tacoma",
        "msdyn_DefaultShippingWarehouse@odata.bind": "/msdyn_warehouses(id of warehouse 13)",
    }


def test_a_warehouse_that_was_taken_away_is_cleared():
    before, after = header(), header(shipping_warehouse=None)

    written = after.difference(ids_of(after), before.as_read(ids_of(before)))

    assert written == {"msdyn_DefaultShippingWarehouse": None}


def test_text_that_is_empty_is_null_and_not_written():
    row = header(addresses=(Address(external_id="501", country="US"),))

    assert row.as_read(ids_of(row))["shipto_city"] is None
    assert "shipto_city" not in row.difference(ids_of(row), {})


def test_a_line_that_goes_elsewhere_says_where():
    elsewhere = SEATTLE.with_(external_id="502", city="Portland")
    gift = a_line(2, ship_to_id="502")
    order = an_order((a_line(), gift), addresses=(SEATTLE, elsewhere))

    row = to_salesorderdetail(order, gift, connection())

    assert row.columns["shipto_city"] == "Portland"


def test_the_ordering_customer_may_differ_from_the_invoice_customer():
    row = header(customer_account="US-001")

    written = row.difference(ids_of(row), {})

    assert written["customerid_account@odata.bind"] == "/accounts(id of account US-001)"
    assert written["msdyn_invoicecustomerid_account@odata.bind"] == "/accounts(id of account US-007)"


def test_the_price_list_follows_the_currency():
    prices = connection(price_lists={"EUR": "Euro prices", "*": "Standard"})

    names = {code.code for code in to_salesorder(an_order(currency="EUR"), prices).codes}

    assert "Euro prices" in names


def test_a_currency_without_price_list_is_refused():
    with pytest.raises(RejectedByProvider, match="no price list is configured for currency CHF"):
        to_salesorder(an_order(currency="CHF"), connection(price_lists={"USD": "Standard"}))


@pytest.mark.parametrize("text", ["0", "2", "24.50", "0.1", "1234567.89", "0.12345", "99999999999.9999", "-3.30"])
def test_money_keeps_its_digits(text):
    assert Decimal(repr(number(Decimal(text)))) == Decimal(text)


def test_money_with_more_digits_than_can_be_kept_is_refused():
    with pytest.raises(RejectedByProvider, match="more digits"):
        number(Decimal("1234567890.1234567891"))
