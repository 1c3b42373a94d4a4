"""Checking a folder of configuration files from the command line, by people and by programs."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from shared.configuration import Configuration, load_configuration
from shared.configuration.__main__ import main
from shared.configuration.findings import findings
from shared.policies import Policy

ROOT = Path(__file__).parents[2]
SHIPPED = ROOT / "config"

Edit = Callable[..., Path]


@pytest.fixture
def edited(tmp_path: Path) -> Edit:
    """A copy of the shipped folder with texts of one file replaced, or put behind it."""
    folder = shutil.copytree(SHIPPED, tmp_path / "config")

    def edit(file: str, old: str, new: str) -> Path:
        text = (folder / file).read_text(encoding="utf-8")
        assert old in text
        (folder / file).write_text(text.replace(old, new), encoding="utf-8")
        return folder

    return edit


def reported(folder: Path, *, severity: str | None = None) -> set[tuple[str, str, str]]:
    """Findings that the shipped folder does not have."""
    new = set(findings(load_configuration(folder))) - set(findings(load_configuration(SHIPPED)))
    return {(each.kind, each.severity, each.where) for each in new if severity in (None, each.severity)}


def told(capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> tuple[int, str]:
    code = main([str(argument) for argument in arguments])
    return code, capsys.readouterr().out


def test_the_shipped_folder_has_no_mistake_and_is_the_default(capsys: pytest.CaptureFixture[str]):
    assert told(capsys, "validate") == (0, f"{SHIPPED}: no mistakes\n")


def test_every_mistake_of_every_file_is_shown_at_once(edited: Edit, capsys: pytest.CaptureFixture[str]):
    edited("flows.yaml", "published: true", "published: perhaps")
    folder = edited("id_mappings.yaml", "accounts: {}", "acounts: {}")

    code, out = told(capsys, "validate", folder)

    assert code == 1
    assert "error: flows.yaml: bigcommerce_finops_finops.published: " in out
    assert "error: id_mappings.yaml: bigcommerce.acounts: " in out


def test_mistakes_are_there_for_programs_too(edited: Edit, capsys: pytest.CaptureFixture[str]):
    folder = edited("id_mappings.yaml", "accounts: {}", "acounts: {}")

    for command in ("validate", "lint"):
        code, out = told(capsys, command, folder, "--json")
        (mistake,) = json.loads(out)["mistakes"]
        assert (code, mistake.split(": ")[:2]) == (1, ["id_mappings.yaml", "bigcommerce.acounts"])


def test_warnings_alone_are_no_failure(capsys: pytest.CaptureFixture[str]):
    code, out = told(capsys, "lint")

    assert code == 0
    assert out.endswith(f"{SHIPPED}: 0 errors, 4 warnings\n")


def test_an_order_of_lines_here_and_at_flexe_is_taken_by_two_of_the_shipped_flows():
    found = [each for each in findings(load_configuration(SHIPPED)) if each.kind == "overlap"]

    assert [each.where for each in found] == [
        "flows.yaml: finops_flexe_finops.filter", "flows.yaml: finops_flexe_sap.filter",
    ]  # fmt: skip
    assert "'finops_finops_finops' takes as well" in found[0].message
    assert "lines.shipping_warehouse is '51' and another text" in found[0].message


def test_the_slip_in_the_printed_line_filter_is_an_error(edited: Edit, capsys: pytest.CaptureFixture[str]):
    """The header's filter reads `msdyn_ordertype eq ...` first; only that of the lines begins so."""
    old, new = (
        "    _msdyn_company_value ne null and _msdyn_shipping",
        "    msdyn_company_value ne null and _msdyn_shipping",
    )
    folder = edited("dual_write_maps.yaml", old, new)

    code, out = told(capsys, "lint", folder, "--json")

    first, *_ = json.loads(out)["findings"]
    assert code == 1
    assert first == {
        "where": "dual_write_maps.yaml: lines.filter, `msdyn_company_value ne null` at position 1",
        "kind": "unknown_column",
        "severity": "error",
        "message": "unknown column 'msdyn_company_value'; did you mean '_msdyn_company_value'?",
    }


def test_a_flow_that_can_take_no_order_is_an_error(edited: Edit):
    only_flexe = 'when: {rows: [{field: source, op: eq, value: bigcommerce}, {field: origin, op: in, value: ["2"]}]}'
    folder = edited(
        "policies.yaml", only_flexe, only_flexe.replace("]}]}", "]}, {field: origin, op: eq, value: '3'}]}")
    )

    assert ("takes_nothing", "error", "flows.yaml: bigcommerce_flexe_finops.filter") in reported(folder)


def test_two_published_flows_that_both_take_an_order_are_a_warning(edited: Edit):
    folder = edited("policies.yaml", 'op: in, value: ["3"]', 'op: in, value: ["2", "3"]')

    assert reported(folder) == {("overlap", "warning", "flows.yaml: bigcommerce_optimized_finops.filter")}


def test_a_flow_that_is_not_published_overlaps_with_none(edited: Edit):
    edited("policies.yaml", 'op: in, value: ["3"]', 'op: in, value: ["2", "3"]')
    head = "bigcommerce_optimized_finops:\n  published: "
    folder = edited("flows.yaml", f"{head}true", f"{head}false")

    assert "overlap" not in {kind for kind, _, _ in reported(folder)}


def test_a_policy_that_no_published_flow_runs_sets_nothing(edited: Edit):
    folder = edited("flows.yaml", "assignment: [Assign order data, Assign order line data]", "assignment: []")

    clauses = {where.split("`")[1] for kind, _, where in reported(folder) if kind == "nothing_sets"}

    assert clauses == {
        "_msdyn_company_value ne null", "_msdyn_shippingsite_value ne null", "_msdyn_shippingwarehouse_value ne null",
    }  # fmt: skip


def naming(flow: str, place: str) -> Configuration:
    """The shipped configuration, but that a list of a flow names a policy about fulfillment orders."""
    shipped = load_configuration(SHIPPED)
    policy = Policy(name="Open sources", kind="execution", entity="fulfillment_order", rules=())
    flows = {**shipped.flows, flow: shipped.flows[flow].with_(**{place: (policy.name,)})}
    return shipped.with_(policies={**shipped.policies, policy.name: policy}, flows=flows)


@pytest.mark.parametrize(
    ("flow", "place", "why"),
    [
        ("bigcommerce_optimized_finops", "fulfillment_validation", []),
        ("bigcommerce_flexe_finops", "fulfillment_validation", []),
        ("bigcommerce_flexe_finops", "assignment", []),
        ("bigcommerce_flexe_finops", "validation", ["there are no fulfillment orders yet"]),
        ("bigcommerce_optimized_finops", "assignment", ["there are no fulfillment orders yet"]),
        ("bigcommerce_finops_finops", "fulfillment_validation", ["no fulfillment order comes of this flow"]),
        (
            "finops_flexe_sap",
            "assignment",
            ["what F&O has set is never overwritten, so this flow assigns nothing"],
        ),
    ],
)
def test_a_policy_that_a_flow_names_where_it_has_nothing_to_look_at_is_a_warning(flow: str, place: str, why: list[str]):
    found = [each for each in findings(naming(flow, place)) if each.kind == "in_vain"]

    assert [each.message for each in found] == [f"'Open sources' never has anything to look at: {each}" for each in why]
    assert {(each.severity, each.where) for each in found} <= {("warning", f"flows.yaml: {flow}.{place}[0]")}


def test_a_policy_that_is_only_run_once_there_are_fulfillment_orders_is_run(edited: Edit):
    ours = "assignment: [Assign order data, Assign order line data]"
    edited("flows.yaml", ours, "assignment: []")
    optimized = "fulfillment: optimization\n"
    folder = edited("flows.yaml", optimized, optimized + ours.replace("assignment", "  fulfillment_validation") + "\n")

    assert "nothing_sets" not in {kind for kind, _, _ in reported(folder)}


def test_a_rule_that_can_never_match_is_an_error(edited: Edit):
    america = "when: {rows: [{field: ship_to.country, op: in, value: [US, CA, MX]}]}"
    torn = america.replace("]}]}", "]}, {field: ship_to.country, op: eq, value: DE}]}")
    folder = edited("policies.yaml", america, torn)

    where = "policies.yaml: Assign order data, rule 'Orders to North America belong to USMF'"
    assert ("never_matches", "error", where) in reported(folder)


def test_a_strategy_that_is_not_there_is_an_error(edited: Edit):
    old = 'set: {company: USMF, invoice_customer: US-007, shipping_site: "2"}'
    folder = edited("policies.yaml", old, old.replace("}", ", strategy: Far}"))

    assert ("unknown_strategy", "error", "policies.yaml: Assign order data before sourcing.rules[0].set.strategy") in (
        reported(folder)
    )


def test_products_that_sap_may_have_to_invoice_need_its_name(edited: Edit):
    """Nothing is said while SAP invoices only orders that were born in F&O."""
    without = edited("id_mappings.yaml", "    BAG-CNV-OLV: BAG-CNV-OLV\n", "")
    assert reported(without) == set()

    folder = edited("flows.yaml", "  fulfillment: optimization\n", "  fulfillment: optimization\n  accounting: sap\n")

    assert reported(folder) == {("unknown_product", "warning", "id_mappings.yaml: bigcommerce.products.BAG-CNV-OLV")}


@pytest.mark.parametrize(
    ("old", "new", "where"),
    [
        ("{ea: PC}", "{pcs: PC}", "products.BAG-CNV-OLV.unit"),
        ("BAG-CNV-OLV, unit: ea}\n", "BAG-CNV-OLV}\n  units: {each: box}\n", "units.each"),
    ],
)
def test_units_that_sap_may_have_to_invoice_need_its_name(edited: Edit, old: str, new: str, where: str):
    edited("id_mappings.yaml", "    KTL-EN-1L: {product: KTL-EN-1L, unit: ea}\n", "")
    edited("flows.yaml", "  fulfillment: optimization\n", "  fulfillment: optimization\n  accounting: sap\n")

    folder = edited("id_mappings.yaml", old, new)

    assert reported(folder) == {("unknown_unit", "warning", f"id_mappings.yaml: bigcommerce.{where}")}


def test_a_unit_in_a_product_s_row_of_sap_is_name_enough(edited: Edit):
    edited("id_mappings.yaml", "    KTL-EN-1L: {product: KTL-EN-1L, unit: ea}\n", "")
    edited("flows.yaml", "  fulfillment: optimization\n", "  fulfillment: optimization\n  accounting: sap\n")
    edited("id_mappings.yaml", "    BAG-CNV-OLV: BAG-CNV-OLV\n", "    BAG-CNV-OLV: {product: BAG, unit: PC}\n")

    assert reported(edited("id_mappings.yaml", "{ea: PC}", "{}")) == set()


@pytest.mark.parametrize("arguments", [[], ["unfold"], ["lint", "a", "b"]])
def test_a_command_that_is_none_is_explained(arguments: list[str], capsys: pytest.CaptureFixture[str]):
    with pytest.raises(SystemExit) as stopped:
        main(arguments)

    assert stopped.value.code == 2
    assert "usage: python -m shared.configuration" in capsys.readouterr().err


def test_it_is_run_as_a_module():
    command: list[Any] = [sys.executable, "-m", "shared.configuration", "validate", SHIPPED]

    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603

    assert (done.returncode, done.stdout) == (0, f"{SHIPPED}: no mistakes\n")
