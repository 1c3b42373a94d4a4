"""`docs/deploy.md` says what `infra/` does: names are compared."""

import re
from pathlib import Path

from tests.infra.bicep import parameter_files, read

GUIDE = (Path(__file__).parents[2] / "docs" / "deploy.md").read_text(encoding="utf-8")


def test_every_secret_has_its_line_and_no_other_has_one():
    needed = {each for each in read("modules/settings.bicep").strings("secretNames") if each.startswith("ORDERS__")}

    assert set(re.findall(r"(?m)^\| `(ORDERS__\w+)`", GUIDE)) == needed


def test_every_output_that_is_asked_for_is_there():
    assert set(re.findall(r"\$\(out (\w+)\)", GUIDE)) <= read("main.bicep").outputs


def test_everything_that_parameters_take_from_the_environment_is_set():
    wanted = {
        name for file in parameter_files() for name in re.findall(r"readEnvironmentVariable\('(\w+)'", read(file).code)
    }

    assert wanted <= set(re.findall(r"export (\w+)=", GUIDE))


def test_every_provider_that_is_tested_is_one():
    (listed,) = re.findall(r"for provider in ([\w ]+);", GUIDE)

    assert {f"provider-actions-{each}" for each in listed.split()} == {
        each for each in read("modules/storage.bicep").strings("queues") if each.startswith("provider-actions-")
    }
