"""What CI runs of others it names by a version's tag or a commit, never by a branch, and lets it read and no more.

A tag is its owner's word: it may be moved to other code.
"""

import re
from pathlib import Path

import pytest
import yaml

WORKFLOWS = sorted((Path(__file__).parents[2] / ".github" / "workflows").glob("*.yml"))
every_workflow = pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)


@every_workflow
def test_every_action_is_named_by_the_tag_of_a_version_or_by_a_commit(path: Path):
    used = re.findall(r"uses: (\S+)", path.read_text(encoding="utf-8"))

    assert used
    assert [each for each in used if not re.fullmatch(r"[\w.-]+/[\w./-]+@(v\d+(\.\d+)*|[0-9a-f]{40})", each)] == []


@every_workflow
def test_a_workflow_may_read_the_repository_and_nothing_else(path: Path):
    workflow = yaml.safe_load(path.read_text(encoding="utf-8"))

    assert workflow["permissions"] == {"contents": "read"}
    assert not any("permissions" in job for job in workflow["jobs"].values())


def test_dependencies_and_history_are_looked_through():
    text = "".join(path.read_text(encoding="utf-8") for path in WORKFLOWS)

    assert "pip-audit" in text
    assert "gitleaks" in text
