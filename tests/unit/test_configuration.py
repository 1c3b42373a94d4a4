"""The configuration folder: what is shipped works, and every mistake is named with file, path and value."""

import shutil
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml

from shared.configuration import (
    AmbiguousFlow,
    Configuration,
    ConfigurationError,
    NotConfigured,
    load_configuration,
)
from shared.configuration.strict_yaml import read_yaml
from shared.domain.orders import FulfillmentSource, Order, OrderLine
from shared.dual_write import explain
from shared.policies import run_policies
from tests.unit.policies.orders import a_line, an_order

SHIPPED = Path(__file__).parents[2] / "config"

Edit = Callable[[str, str, str], Path]


@pytest.fixture
def edited(tmp_path: Path) -> Edit:
    """A copy of the shipped folder with one text of one file replaced."""

    def edit(file: str, old: str, new: str) -> Path:
        folder = shutil.copytree(SHIPPED, tmp_path / "config", dirs_exist_ok=True)
        text = (folder / file).read_text(encoding="utf-8")
        assert old in text
        (folder / file).write_text(text.replace(old, new, 1), encoding="utf-8")
        return folder

    return edit


def shipped() -> Configuration:
    return load_configuration(SHIPPED)


def through_policies(order: Order) -> Order:
    """The order as validation and assignment of its flow leave it."""
    configuration = shipped()
    flow = configuration.flow_for(order)
    assert flow is not None
    order, decisions = run_policies(map(configuration.policy, flow.validation + flow.assignment), order)
    assert [refusal for decision in decisions for refusal in decision.refusals] == []
    return order


def header_row(order: Order) -> dict[str, Any]:
    """As Dataverse reads it; the codes stand for row ids."""
    return {
        "msdyn_salesordernumber": order.number,
        "msdyn_ordertype": 192350000,
        "_msdyn_company_value": order.company,
        "msdyn_isreadytosync": True,
        "statuscode": 1,
    }


def line_row(line: OrderLine) -> dict[str, Any]:
    return {
        "sequencenumber": line.number,
        "_msdyn_company_value": line.company,
        "_msdyn_shippingsite_value": line.shipping_site,
        "_msdyn_shippingwarehouse_value": line.shipping_warehouse,
        "msdyn_isreadytosync": True,
    }


def test_the_sample_order_passes_both_dual_write_filters():
    order = through_policies(an_order(country="US"))

    maps = shipped().dual_write_maps
    assert explain(maps["headers"], header_row(order)).passes
    assert all(explain(maps["lines"], line_row(line)).passes for line in order.lines)


@pytest.mark.parametrize(
    ("country", "company", "customer", "site", "warehouse"),
    [
        *[(country, "USMF", "US-007", "2", "24") for country in ("US", "CA", "MX")],
        *[(country, "DEMF", "DE-001", "3", "31") for country in ("DE", "AT", "CH", "FR", "NL", "BE", "GB", "NO")],
    ],
)
def test_the_ship_to_country_decides_who_sells_and_from_where(
    country: str, company: str, customer: str, site: str, warehouse: str
):
    order = through_policies(an_order(country=country))

    assert (order.company, order.invoice_customer) == (company, customer)
    assert {(line.company, line.shipping_site, line.shipping_warehouse) for line in order.lines} == {
        (company, site, warehouse)
    }


def test_an_order_to_a_country_nobody_sells_to_says_so():
    configuration = shipped()

    _, (decision,) = run_policies([configuration.policy("Assign order data")], an_order(country="AU"))

    assert decision.stops
    assert "No rule assigns a company to this ship-to country" in decision.refusals[0]


@pytest.mark.parametrize(
    ("order", "sentence"),
    [
        (an_order(lines=()), "An order without lines cannot be fulfilled"),
        (an_order(currency=""), "currency has_data is false"),
        (an_order(addresses=()), "ship_to.line1 has_data is false"),
        (an_order(total=Decimal(-1)), "total ge 0 is false, its value is -1"),
        (an_order(a_line(quantity=Decimal(0))), "line 1: The quantity is above zero (quantity gt 0 is false"),
        (an_order(a_line(product=None)), "product has_data is false, its value is null"),
        (an_order(a_line(unit_price=Decimal("-0.01"))), "unit_price ge 0 is false, its value is -0.01"),
    ],
)
def test_an_order_that_cannot_be_fulfilled_is_stopped_by_validation(order: Order, sentence: str):
    configuration = shipped()
    policies = map(configuration.policy, ("Validate order header", "Validate order lines"))

    _, decisions = run_policies(policies, order)

    assert any(decision.stops for decision in decisions)
    assert sentence in " | ".join(refusal for decision in decisions for refusal in decision.refusals)


def test_a_country_without_postal_codes_needs_none():
    configuration = shipped()
    hong_kong = an_order(country="HK")
    hong_kong = hong_kong.with_(addresses=(hong_kong.ship_to.with_(postal_code=""),))

    _, (decision,) = run_policies([configuration.policy("Validate order header")], hong_kong)

    assert decision.success


def test_all_countries_may_be_shipped_to_norway_included():
    countries = shipped().id_mappings["bigcommerce"].countries

    assert len(countries) == 249
    assert "NO" in countries


def test_a_bigcommerce_order_takes_the_bigcommerce_flow():
    flow = shipped().flow_for(an_order())

    assert flow is not None
    assert flow.name == "bigcommerce_finops_finops"


@pytest.mark.parametrize(
    ("order", "flow"),
    [
        (an_order(origin="1"), "bigcommerce_finops_finops"),
        (an_order(origin=""), "bigcommerce_finops_finops"),
        (an_order(origin="2"), "bigcommerce_flexe_finops"),
        (an_order(origin="3"), "bigcommerce_optimized_finops"),
        (an_order(a_line(shipping_warehouse="24"), source="finops", company="USMF"), "finops_finops_finops"),
        (an_order(a_line(shipping_warehouse=None), source="finops", company="USMF"), "finops_finops_finops"),
        (an_order(a_line(shipping_warehouse="51"), source="finops", company="USMF"), "finops_flexe_finops"),
        (an_order(a_line(shipping_warehouse="61"), source="finops", company="USRT"), "finops_flexe_sap"),
    ],
)
def test_channel_company_and_warehouse_tell_which_flow_takes_an_order(order: Order, flow: str):
    taken_by = shipped().flow_for(order)

    assert taken_by
    assert taken_by.name == flow


def test_an_order_that_ships_from_our_own_and_from_flexe_s_warehouses_is_for_a_person_to_split():
    lines = (a_line(1, shipping_warehouse="24"), a_line(2, shipping_warehouse="51"))

    with pytest.raises(AmbiguousFlow, match=r"'finops_finops_finops', 'finops_flexe_finops'"):
        shipped().flow_for(an_order(*lines, source="finops", company="USMF"))


def test_what_flexe_shipped_belongs_to_the_company_site_and_warehouse_it_left_from():
    configuration = shipped()
    atlanta = configuration.fulfillment.flexe_sources()["wh_31"]
    lines = (a_line(1, fulfillment_source=atlanta), a_line(2, digital=True))
    flow = configuration.flow("bigcommerce_flexe_finops")

    order, decisions = run_policies(
        [configuration.policy(name) for name in flow.assignment], an_order(*lines, fulfillment_source=atlanta)
    )

    assert not any(decision.stops for decision in decisions)
    assert (order.company, order.invoice_customer) == ("USMF", "US-007")
    places = {(line.company, line.shipping_site, line.shipping_warehouse) for line in order.lines}
    assert places == {("USMF", "5", "52")}


def test_a_flexe_warehouse_that_nobody_has_mapped_stops_the_order_by_name():
    configuration = shipped()
    unknown = FulfillmentSource(name="wh_99")
    flow = configuration.flow("bigcommerce_flexe_finops")

    _, decisions = run_policies(
        [configuration.policy(name) for name in flow.assignment],
        an_order(a_line(fulfillment_source=unknown), fulfillment_source=unknown),
    )

    assert any(decision.stops for decision in decisions)
    assert "fulfillment_source.company is empty" in " ".join(each for d in decisions for each in d.refusals)


def test_an_order_from_elsewhere_takes_no_flow():
    assert shipped().flow_for(an_order(source="magento")) is None


def test_an_unpublished_flow_takes_nothing(edited: Edit):
    configuration = load_configuration(edited("flows.yaml", "published: true", "published: false"))

    assert configuration.flow_for(an_order()) is None


def test_two_flows_that_would_take_an_order_are_both_named(edited: Edit):
    second = 'another:\n  {published: true, filter: BigCommerce orders for F&O, deadline_seconds: {"*": 60}}\n'
    configuration = load_configuration(
        edited("flows.yaml", "bigcommerce_finops_finops:", f"{second}\nbigcommerce_finops_finops:")
    )

    with pytest.raises(AmbiguousFlow, match=r"BC-10427 .* 'another', 'bigcommerce_finops_finops'"):
        configuration.flow_for(an_order())


def test_a_flow_that_is_gone_is_asked_for_in_vain():
    with pytest.raises(NotConfigured, match="no flow 'old'; there are 'bigcommerce_finops_finops'"):
        shipped().flow("old")


@pytest.mark.parametrize(
    ("file", "old", "new", "mistake"),
    [
        ("policies.yaml", "field: source, op: eq", "field: sauce, op: eq",
         "policies.yaml: BigCommerce orders for F&O.rules[0].when.rows[0]: an order has no field 'sauce'"),
        ("policies.yaml", "op: ge, value: 0", "op: above, value: 0",
         "policies.yaml: Validate order header.rules[3].when.rows[0].op: Input should be 'eq'"),
        ("policies.yaml", "op: ge, value: 0", "op: ge, value: much",
         "policies.yaml: Validate order header.rules[3].when.rows[0]: 'much' is no number (value: \"total ge"),
        ("policies.yaml", "from: order.company", "from: order.firm",
         "policies.yaml: Assign order line data before sourcing.rules[0].set.company.from: order has no field 'firm'"),
        ("policies.yaml", "set: {company: USMF", "set: {currency: USD",
         "policies.yaml: Assign order data.rules[0].set.currency: not a field that a policy may set"),
        ("policies.yaml", "kind: filter\n", "kind: sieve\n",
         "policies.yaml: BigCommerce orders for F&O.kind: Input should be 'filter' or 'execution' (value: 'sieve')"),
        ("policies.yaml", "kind: filter\n", "kind: filter\n  colour: red\n",
         "policies.yaml: BigCommerce orders for F&O.colour: Extra inputs are not permitted (value: 'red')"),
        ("policies.yaml", "kind: filter\n", "kind: filter\n  name: Other\n",
         "policies.yaml: BigCommerce orders for F&O.name: 'Other' is not the name it is written under"),
        ("policies.yaml", "kind: filter\n", "kind: filter\n  kind: filter\n",
         "policies.yaml: the whole file: the key 'kind' is given twice"),
        ("policies.yaml", "BigCommerce orders for F&O:", "BigCommerce orders for F&O: [",
         "policies.yaml: the whole file: while parsing"),
        ("policies.yaml", "Validate order header:", "Validate header:",
         "flows.yaml: bigcommerce_finops_finops.validation[0]: there is no policy 'Validate order header'"),
        ("flows.yaml", "filter: BigCommerce orders for F&O", "filter: Assign order data",
         "flows.yaml: bigcommerce_finops_finops.filter: 'Assign order data' is of kind execution"),
        ("flows.yaml", "[Assign order data,", "[BigCommerce orders for F&O,",
         "flows.yaml: bigcommerce_finops_finops.assignment[0]: 'BigCommerce orders for F&O' is of kind filter"),
        ("flows.yaml", "fulfillment: optimization\n",
         "fulfillment: optimization\n  fulfillment_validation: [Nothing]\n",
         "flows.yaml: bigcommerce_optimized_finops.fulfillment_validation[0]: there is no policy 'Nothing'"),
        ("flows.yaml", "fulfillment: optimization\n",
         "fulfillment: optimization\n  fulfillment_validation: [Validate order header, BigCommerce orders for Flexe]\n",
         "flows.yaml: bigcommerce_optimized_finops.fulfillment_validation[1]: 'BigCommerce orders for Flexe' is of kind"
         " filter, not of kind execution"),
        ("policies.yaml", "kind: filter\n  entity: order\n", "kind: filter\n  entity: fulfillment_order\n",
         "policies.yaml: BigCommerce orders for F&O.rules[1].when.rows[0]: a fulfillment order has no field 'origin'"),
        ("flows.yaml", '    "*": 259200', '    Order Picked: 259200',
         "flows.yaml: bigcommerce_finops_finops.deadline_seconds: \"*\" is missing"),
        ("flows.yaml", '"*": 259200', '"*": -1',
         "flows.yaml: bigcommerce_finops_finops.deadline_seconds.*: Input should be greater than 0 (value: -1)"),
        ("state_transitions.yaml", "sources: [New, In Progress]", "sources: [New, In Progres]",
         "state_transitions.yaml: transitions[3]: no transition leads to state 'In Progres'"),
        ("state_transitions.yaml", "hold: true", "hold: true, target: On Hold",
         "state_transitions.yaml: transitions[2]: give exactly one of target, hold and release (target: 'On Hold')"),
        ("state_transitions.yaml", "sources: [(none), New]", "sources: []",
         "state_transitions.yaml: transitions[1].sources: 'Order Awaiting Payment' starts nowhere"),
        ("state_transitions.yaml", "- Order Alert", "- Order Picked",
         "state_transitions.yaml: transitions[9].event: 'Order Picked' moves an order, but is listed as only recorded"),
        ("id_mappings.yaml", "[AD,", "[Andorra,",
         "id_mappings.yaml: bigcommerce.countries: 'Andorra' is not a code of 2 capital letters"),
        ("id_mappings.yaml", "AUD", "aud",
         "id_mappings.yaml: bigcommerce.currencies: 'aud' is not a code of 3 capital letters"),
        ("id_mappings.yaml", "unit: ea", "units: ea",
         "id_mappings.yaml: bigcommerce.products.BAG-CNV-OLV.units: Extra inputs are not permitted (value: 'ea')"),
        ("id_mappings.yaml", "accounts: {}", 'accounts: {"58": null}',
         "id_mappings.yaml: bigcommerce.accounts: '58': only '*' may be null"),
        ("id_mappings.yaml", "{ea: PC}", "{ea: PC, '*': PC}",
         "id_mappings.yaml: sap.units.*: only accounts have a row for all others"),
        ("id_mappings.yaml", "sap:\n", "sap:\n  system: SAP\n",
         "id_mappings.yaml: sap.system: 'SAP' is not the name it is written under"),
        ("id_mappings.yaml", "sap:\n", "flexe:\n  warehouses: {wh_12: '51'}\n\nsap:\n",
         "id_mappings.yaml: flexe: its warehouses are named in fulfillment.yaml, nothing else of it is mapped"),
        ("dual_write_maps.yaml", "msdyn_ordertype eq", "msdyn_ordertype =",
         "dual_write_maps.yaml: headers.filter: not understood at position 17, near '= 192350000 and _msd'"),
        ("dual_write_maps.yaml", "policy: Assign order data", "policy: Assign nothing",
         "dual_write_maps.yaml: headers.set_by._msdyn_company_value.policy: there is no policy 'Assign nothing'"),
        ("dual_write_maps.yaml", "statuscode: {note", "stauscode: {note",
         "dual_write_maps.yaml: headers.set_by.stauscode: the table has no such column"),
    ],
)  # fmt: skip
def test_a_mistake_is_named_with_file_path_and_value(edited: Edit, file: str, old: str, new: str, mistake: str):
    folder = edited(file, old, new)

    with pytest.raises(ConfigurationError) as refused:
        load_configuration(folder)

    assert any(each.startswith(mistake) for each in refused.value.mistakes), refused.value.mistakes


def test_a_sku_that_two_products_lead_to_is_a_mistake_where_rows_are_written_by_product(edited: Edit):
    by_product = "  keys: internal\n  products:\n    P-KETTLE: KTL-EN-1L\n"
    folder = edited("id_mappings.yaml", "  keys: external\n  products: # by SKU\n", by_product)

    with pytest.raises(ConfigurationError) as refused:
        load_configuration(folder)

    assert refused.value.mistakes == [
        "id_mappings.yaml: bigcommerce.products.KTL-EN-1L: 'KTL-EN-1L' is looked up, and 'P-KETTLE' leads to it already"
    ]


def test_a_product_that_two_skus_lead_to_is_none_because_nobody_looks_skus_up(edited: Edit):
    folder = edited("id_mappings.yaml", "  products: # by SKU\n", "  products:\n    KTL-RED: KTL-EN-1L\n")

    store = load_configuration(folder).mappings_of("bigcommerce")

    assert {store.internal("product", sku) for sku in ("KTL-RED", "KTL-EN-1L")} == {"KTL-EN-1L"}


def test_rows_that_name_their_unit_and_not_their_side_are_read_as_ever(tmp_path: Path):
    folder = shutil.copytree(SHIPPED, tmp_path / "config")
    text = 'sap:\n  products:\n    P-BAG: {product: "4711", unit: PC}\n  accounts: {RT-001: "10100555"}\n'
    (folder / "id_mappings.yaml").write_text(text, encoding="utf-8")

    sap = load_configuration(folder).mappings_of("sap")

    bag = sap.external_product("P-BAG")
    assert (bag.product, bag.unit, sap.external("account", "RT-001")) == ("4711", "PC", "10100555")


def test_a_system_that_has_no_section_has_no_names():
    assert shipped().mappings_of("magento").named("product", "external") == frozenset()


def test_mistakes_of_all_files_are_told_at_once(edited: Edit):
    folder = edited("policies.yaml", "kind: filter\n", "kind: sieve\n")
    (folder / "flows.yaml").unlink()
    (folder / "id_mappings.yaml").write_text("", encoding="utf-8")

    with pytest.raises(ConfigurationError) as refused:
        load_configuration(folder)

    assert {each.split(":")[0] for each in refused.value.mistakes} == {
        "policies.yaml",
        "flows.yaml",
        "id_mappings.yaml",
    }


def test_yaml_is_read_as_it_is_written():
    assert read_yaml(
        "{a: NO, b: 024, c: 1.50, d: 12:30, e: 2026-01-01, f: true, g: null, h: 7, i: 'true', 8: yes}"
    ) == {
        "a": "NO",
        "b": "024",
        "c": Decimal("1.50"),
        "d": "12:30",
        "e": "2026-01-01",
        "f": True,
        "g": None,
        "h": 7,
        "i": "true",
        "8": "yes",
    }


@pytest.mark.parametrize("text", ["a: !!python/name:os.system x", "? [a]\n: 1", "&a [*a]", "a: !!int x", "a: 1\na: 2"])
def test_yaml_that_could_surprise_is_refused(text: str):
    with pytest.raises(yaml.YAMLError):
        read_yaml(text)
