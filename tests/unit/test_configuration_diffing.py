"""What changes between two configurations, as a reviewer reads it."""

import json
from pathlib import Path
from typing import Any

import pytest

from shared.configuration.diffing import differences
from shared.configuration.loading import written_as, written_in
from shared.configuration.model import Configuration

SHIPPED = written_in(Path(__file__).parents[2] / "config")

EUROPE = "Orders to Europe belong to DEMF"


def edited(file: str, *edits: tuple[str, str]) -> Configuration:
    text = SHIPPED.files[file]
    for old, new in edits:
        assert old in text
        text = text.replace(old, new, 1)
    return written_as({**SHIPPED.files, file: text}).configuration


def told(file: str, *edits: tuple[str, str]) -> list[str]:
    return [str(each) for each in differences(SHIPPED.configuration, edited(file, *edits))]


def with_rules(*numbers: int) -> Configuration:
    """'Assign order data' with these of its rules, in this order."""
    policy = SHIPPED.configuration.policy("Assign order data")
    rules = tuple(policy.rules[n - 1] for n in numbers)
    return SHIPPED.configuration.with_(
        policies={**SHIPPED.configuration.policies, policy.name: policy.with_(rules=rules)}
    )


def of_rules(before: Configuration, after: Configuration) -> list[tuple[str, str]]:
    return [(each.path[0].split(" '")[0], each.kind) for each in differences(before, after)]


def test_nothing_changes_between_a_configuration_and_itself():
    assert differences(SHIPPED.configuration, SHIPPED.configuration) == ()


def test_comments_and_layout_change_nothing():
    assert told("id_mappings.yaml", ("accounts: {} #", "accounts:  {} # nobody yet:")) == []


@pytest.mark.parametrize(
    ("file", "old", "new", "sentences"),
    [
        (
            "policies.yaml", "set: {company: DEMF, ", "set: {company: GBSI, ",
            [f"policies.yaml: policy 'Assign order data': rule 2 '{EUROPE}': set: company: DEMF -> GBSI"],
        ),
        (
            "policies.yaml", "set: {company: DEMF, ", "set: {company: {from: source}, ",
            [f"policies.yaml: policy 'Assign order data': rule 2 '{EUROPE}': set: company: DEMF -> from source"],
        ),
        (
            "policies.yaml", "join: or", "join: and",
            [
                "policies.yaml: policy 'Validate order header': "
                "rule 6 'The postal code is there where the country has one': when: " + change
                for change in (
                    "removed ship_to.postal_code has_data or ship_to.country not_in "
                    "['US', 'CA', 'MX', 'DE', 'AT', 'CH', 'FR', 'NL', 'BE', 'GB']",
                    "added ship_to.postal_code has_data",
                    "added ship_to.country not_in ['US', 'CA', 'MX', 'DE', 'AT', 'CH', 'FR', 'NL', 'BE', 'GB']",
                )
            ],
        ),
        (
            "flows.yaml", "published: true", "published: false",
            ["flows.yaml: flow 'bigcommerce_finops_finops': state: published -> unpublished"],
        ),
        (
            "flows.yaml", "fulfillment: flexe\n",
            "fulfillment: flexe\n  fulfillment_validation: [Validate order lines]\n",
            ["flows.yaml: flow 'bigcommerce_flexe_finops': "
             "fulfillment_validation: added Validate order lines"],
        ),
        (
            "id_mappings.yaml", "    BAG-CNV-OLV: {product: BAG-CNV-OLV, unit: ea}\n", "",
            ["id_mappings.yaml: bigcommerce product 'BAG-CNV-OLV': removed product BAG-CNV-OLV, unit ea"],
        ),
        (
            "id_mappings.yaml", "accounts: {}", 'accounts: {"12": US-001}',
            ["id_mappings.yaml: bigcommerce account '12': added US-001"],
        ),
        (
            "id_mappings.yaml", '{RT-001: "10100555"}', '{RT-001: "10100556"}',
            ["id_mappings.yaml: sap account 'RT-001': 10100555 -> 10100556"],
        ),
        (
            "id_mappings.yaml", "{ea: PC}", "{ea: EA, box: BX}",
            ["id_mappings.yaml: sap unit 'ea': PC -> EA", "id_mappings.yaml: sap unit 'box': added BX"],
        ),
        (
            "id_mappings.yaml", 'warehouses: {"61": "1010"}', "warehouses: {}",
            ["id_mappings.yaml: sap warehouse '61': removed 1010"],
        ),
        (
            "id_mappings.yaml", "keys: external", "keys: internal",
            ["id_mappings.yaml: bigcommerce keys: external -> internal"],
        ),
        (
            "id_mappings.yaml", "KTL-EN-1L: KTL-EN-1L", "KTL-EN-1L: {product: KTL-EN-1L, unit: PC}",
            ["id_mappings.yaml: sap product 'KTL-EN-1L': product KTL-EN-1L -> product KTL-EN-1L, unit PC"],
        ),
        (
            "id_mappings.yaml", "JPY, ", "",
            ["id_mappings.yaml: bigcommerce currencies: removed JPY"],
        ),
        (
            "fulfillment.yaml", "[Seattle, Reno, Columbus]", "[Reno, Seattle, Columbus]",
            ["fulfillment.yaml: source list 'All warehouses': "
             '["Seattle", "Reno", "Columbus"] -> ["Reno", "Seattle", "Columbus"]'],
        ),
        (
            "fulfillment.yaml", "limit: 1", "limit: 2",
            ["fulfillment.yaml: strategy 'Few and near': "
             "constraints 1 'One parcel if one source has it all': limit: 1 -> 2"],
        ),
        (
            "fulfillment.yaml", "cancellation_sla_days: 30", "cancellation_sla_days: null",
            ["fulfillment.yaml: order handling: cancellation_sla_days: 30 -> null"],
        ),
        (
            "fulfillment.yaml", '"": [23.6, -102.5]', '"": [23.6, -102.4]',
            ["fulfillment.yaml: places of MX: everywhere: 23.6, -102.5 -> 23.6, -102.4"],
        ),
        (
            "state_transitions.yaml", "  - Order Alert\n", "",
            ["state_transitions.yaml: recorded event 'Order Alert': removed recorded"],
        ),
    ],
)  # fmt: skip
def test_a_change_is_told_where_it_is_and_in_the_words_of_the_file(file: str, old: str, new: str, sentences: list[str]):
    assert told(file, (old, new)) == sentences


def test_a_rule_put_in_front_changes_no_other():
    assert of_rules(with_rules(2, 3), with_rules(1, 2, 3)) == [("rule 1", "added")]


def test_a_rule_taken_away_changes_no_other():
    assert of_rules(with_rules(1, 2, 3), with_rules(2, 3)) == [("rule 1", "removed")]


def test_a_rule_moved_to_the_end_has_moved_and_no_other():
    assert of_rules(with_rules(1, 2, 3), with_rules(2, 3, 1)) == [("rule 3", "moved")]


def test_a_map_s_filter_is_told_with_what_it_was():
    (change,) = told("dual_write_maps.yaml", ("statuscode", "statecode"))

    assert change.startswith("dual_write_maps.yaml: map 'headers': ")
    assert " -> " in change


def test_changes_come_by_file_and_what_was_removed_last():
    moved = [
        ("    KTL-EN-1L: {product: KTL-EN-1L, unit: ea}\n", ""),
        ("  products: # by SKU\n", "  products: # by SKU\n    A: {product: A, unit: ea}\n"),
    ]

    assert [line.split(": ")[1] for line in told("id_mappings.yaml", *moved)] == [
        "bigcommerce product 'A'",
        "bigcommerce product 'KTL-EN-1L'",
    ]


def test_changes_are_there_for_programs():
    after = edited("policies.yaml", ("set: {company: DEMF, ", "set: {company: GBSI, "))

    (change,) = [json.loads(each.model_dump_json()) for each in differences(SHIPPED.configuration, after)]

    assert change == {
        "file": "policies.yaml",
        "entry": "policy 'Assign order data'",
        "path": [f"rule 2 '{EUROPE}'", "set", "company"],
        "kind": "changed",
        "before": "DEMF",
        "after": "GBSI",
    }


def _changed(value: Any) -> Any:
    """Something else of the same kind of thing."""
    return value[1:] if isinstance(value, tuple) else dict(list(value.items())[1:])


@pytest.mark.parametrize("part", ["policies", "flows", "id_mappings", "dual_write_maps"])
def test_an_entry_that_is_gone_is_never_missed(part: str):
    after = SHIPPED.configuration.with_(**{part: _changed(getattr(SHIPPED.configuration, part))})

    assert {each.kind for each in differences(SHIPPED.configuration, after)} == {"removed"}


@pytest.mark.parametrize("part", ["sources", "source_lists", "strategies", "places"])
def test_nothing_of_fulfillment_is_missed(part: str):
    fulfillment = SHIPPED.configuration.fulfillment
    after = fulfillment.with_(**{part: _changed(getattr(fulfillment, part))})

    assert differences(SHIPPED.configuration, SHIPPED.configuration.with_(fulfillment=after))


def test_no_row_of_the_state_framework_is_missed():
    states = SHIPPED.configuration.states
    for number in range(len(states.transitions)):
        rest = states.transitions[:number] + states.transitions[number + 1 :]

        found = differences(SHIPPED.configuration, SHIPPED.configuration.with_(states=states.with_(transitions=rest)))

        assert [each.entry for each in found] == [f"event {states.transitions[number].event!r}"]
