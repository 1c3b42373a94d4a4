"""docs/policies.md says what is so: its tables of operators and entities, its examples."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from shared.configuration.strict_yaml import read_yaml
from shared.policies import ENTITIES, Policy
from shared.policies.entities import Entity
from shared.policies.fields import UnknownField, field_of
from tests.unit.policies.test_operators import APPLYING, OPERATORS

DOCUMENT = (Path(__file__).parents[3] / "docs" / "policies.md").read_text(encoding="utf-8")


def table(first_heading: str) -> list[list[str]]:
    """The rows of the table whose first column is called so."""
    _, _, after = DOCUMENT.partition(f"\n| {first_heading} |")
    rows = [line for line in after.split("\n\n")[0].splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in row.strip("| ").split(" | ")] for row in rows]


def quoted(text: str) -> list[str]:
    return re.findall(r"`([^`]+)`", text)


def examples() -> Iterator[str]:
    return iter(re.findall(r"```yaml\n(.*?)```", DOCUMENT, re.DOTALL))


def test_its_operators_are_those_that_are_accepted():
    kinds = ("text", "lookup", "number", "moment", "flag", "children")

    said = {quoted(op)[0]: {kind for kind, cell in zip(kinds, cells, strict=True) if cell == "yes"}
            for op, *cells in table("operator")}  # fmt: skip

    assert said == {op: {kind for kind in kinds if op in APPLYING[kind]} for op in OPERATORS}


def test_its_entities_are_those_there_are_with_what_may_be_set():
    said = {quoted(entity)[0]: set(quoted(settable)) for entity, settable in table("entity")}

    assert said == {entity: type_.settable for entity, type_ in ENTITIES.items()}


@pytest.mark.parametrize("entity", list(ENTITIES))
def test_every_path_it_names_is_there(entity: Entity):
    (cells,) = [cells for first, *cells in table("from") if quoted(first) == [entity]]
    own, related, many = [*map(quoted, cells), []][:3]

    assert all(not field_of(entity, name).many for name in own)
    assert all(field_of(entity, name).kind == "children" for name in many)
    for name in related:
        with pytest.raises(UnknownField, match="is a group of fields"):
            field_of(entity, name)


def test_its_examples_can_be_used():
    policies = [named for text in examples() if not text.startswith(" ") for named in read_yaml(text).items()]

    assert [Policy.model_validate({"name": name, **content}).name for name, content in policies] == [
        "Validate order lines",
        "Validate fulfillment orders",
    ]


def test_its_parts_of_rules_can_be_used():
    parts = [yaml.safe_load(text) for text in examples() if text.startswith(" ")]
    rules = [{"name": "rule", **part} if isinstance(part, dict) else part[0] for part in parts]

    policy = {"name": "P", "kind": "execution"}
    assert Policy.model_validate({**policy, "entity": "order_line", "rules": rules[:1]})
    assert Policy.model_validate({**policy, "entity": "order", "rules": rules[1:]})
