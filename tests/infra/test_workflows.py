"""What CI runs of others it names by a commit, for a tag may be moved to other code, and lets it read and no more."""

import re
from pathlib import Path

import pytest
import yaml

WORKFLOWS = sorted((Path(__file__).parents[2] / ".github" / "workflows").glob("*.yml"))
every_workflow = pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)


@every_workflow
def test_every_action_is_named_by_a_commit_and_says_which_version_that_is(path: Path):
    used = re.findall(r"uses: (.+)", path.read_text(encoding="utf-8"))

    assert used
    assert [each for each in used if not re.fullmatch(r"[\w.-]+/[\w./-]+@[0-9a-f]{40} # v\d+(\.\d+)+", each)] == []


@every_workflow
def test_a_workflow_may_read_the_repository_and_nothing_else(path: Path):
    workflow = yaml.safe_load(path.read_text(encoding="utf-8"))

    assert workflow["permissions"] == {"contents": "read"}
    assert not any("permissions" in job for job in workflow["jobs"].values())


def test_dependencies_and_history_are_looked_through():
    text = "".join(path.read_text(encoding="utf-8") for path in WORKFLOWS)

    assert "pip-audit" in text
    assert "gitleaks" in text
