"""`dev.py` prepares a machine once, and says what is wrong with it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

import dev
from sandbox.node import Node

PROJECT = Path(dev.__file__).parent


class Machine:
    """A checkout with nothing installed, and a record of what was done to it."""

    def __init__(self, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.done: list[str] = []
        self.root = root
        self._monkeypatch = monkeypatch
        for name in ("requirements-dev.txt", "requirements-node.txt", "requirements-amqp.txt"):
            (root / name).write_text("something==1.0\n")
        monkeypatch.setattr(dev, "ROOT", root)
        monkeypatch.setattr(dev, "VENV", root / ".venv")
        monkeypatch.setattr(dev, "PYTHON", root / ".venv" / "python")
        monkeypatch.setattr(dev, "REQUIREMENTS", root / "requirements-dev.txt")
        monkeypatch.setattr(dev, "NODE_REQUIREMENTS", root / "requirements-node.txt")
        monkeypatch.setattr(dev, "AMQP_REQUIREMENTS", root / "requirements-amqp.txt")
        monkeypatch.setattr(dev, "create_venv", self._create)
        monkeypatch.setattr(dev, "is_usable", lambda python: python.exists())
        monkeypatch.setattr(
            dev, "install", lambda files: self.done.append("install " + ", ".join(p.name for p in files))
        )
        monkeypatch.setattr(dev, "pip_install", self._pip_install)
        self.builds_fail = False
        self.has_node(True)
        self.lacks_for_a_build("")

    def lacks_for_a_build(self, what: str) -> None:
        self._monkeypatch.setattr(dev, "lacking_for_a_build", lambda: what)

    def has_node(self, answer: bool) -> None:
        node = Node(Path("node"), ("npm",)) if answer else None
        self._monkeypatch.setattr(dev, "node_on_path", lambda: node)

    def _pip_install(self, files: list[Path]) -> bool:
        self.done.append("build " + ", ".join(path.name for path in files))
        return not self.builds_fail

    def _create(self) -> None:
        self.done.append("create")
        (self.root / ".venv").mkdir()
        (self.root / ".venv" / "python").touch()


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    return Machine(tmp_path, monkeypatch)


def test_the_first_run_creates_the_environment_and_installs(machine: Machine):
    dev.sync()

    assert machine.done == ["create", "install requirements-dev.txt"]


def test_the_second_run_does_nothing(machine: Machine):
    dev.sync()
    machine.done.clear()

    dev.sync()

    assert machine.done == []


def test_changed_requirements_are_installed_into_the_same_environment(machine: Machine):
    dev.sync()
    machine.done.clear()
    dev.REQUIREMENTS.write_text("something==1.1\n")

    dev.sync()

    assert machine.done == ["install requirements-dev.txt"]


def test_a_machine_without_node_gets_it_from_pypi(machine: Machine):
    machine.has_node(False)

    dev.sync()

    assert machine.done == ["create", "install requirements-dev.txt, requirements-node.txt"]


def test_an_installation_that_failed_is_tried_again(machine: Machine, monkeypatch: pytest.MonkeyPatch):
    def broken(_: list[Path]) -> None:
        raise dev.Refused("no network")

    with monkeypatch.context() as offline:
        offline.setattr(dev, "install", broken)
        with pytest.raises(dev.Refused):
            dev.sync()

    dev.sync()

    assert machine.done[-1] == "install requirements-dev.txt"


def test_the_service_bus_stand_in_s_engine_is_built_once(machine: Machine):
    dev.sync()
    machine.done.clear()

    dev.sync_amqp(is_needed=False)
    dev.sync_amqp(is_needed=False)

    assert machine.done == ["build requirements-amqp.txt"]


def test_another_version_of_the_engine_is_built_again(machine: Machine):
    dev.sync()
    dev.sync_amqp(is_needed=False)
    machine.done.clear()
    dev.AMQP_REQUIREMENTS.write_text("something==1.1\n")

    dev.sync_amqp(is_needed=False)

    assert machine.done == ["build requirements-amqp.txt"]


def test_a_machine_that_cannot_build_it_is_told_in_one_line_what_is_missing(
    machine: Machine, capsys: pytest.CaptureFixture[str]
):
    machine.lacks_for_a_build("a C compiler")
    dev.sync()
    machine.done.clear()
    capsys.readouterr()

    dev.sync_amqp(is_needed=False)

    assert machine.done == []
    assert capsys.readouterr().err == "what needs the Service Bus stand-in is skipped: that needs a C compiler\n"


def test_a_build_that_fails_stops_nothing_and_is_tried_again(machine: Machine):
    machine.builds_fail = True
    dev.sync()
    machine.done.clear()

    dev.sync_amqp(is_needed=False)
    dev.sync_amqp(is_needed=False)

    assert machine.done == ["build requirements-amqp.txt"] * 2


@pytest.mark.parametrize("lacking", ["a C compiler", ""])
def test_where_the_stand_in_is_needed_doing_without_is_refused(machine: Machine, lacking: str):
    machine.lacks_for_a_build(lacking)
    machine.builds_fail = True
    dev.sync()

    with pytest.raises(dev.Refused, match="the Service Bus stand-in needs"):
        dev.sync_amqp(is_needed=True)


@pytest.mark.parametrize(
    ("command", "extra", "answer"),
    [
        ("test", [], True),
        ("check", ["-k", "intake"], True),
        ("demo", ["--transport", "servicebus"], True),
        ("bench", ["--orders", "0", "--transport", "servicebus"], True),
        ("demo", [], False),
        ("start", ["--transport", "storage"], False),
        ("lint", [], False),
    ],
)
def test_the_stand_in_is_prepared_for_tests_and_for_the_app_on_service_bus(
    command: str, extra: list[str], answer: bool
):
    assert dev.wants_service_bus(command, extra) is answer


def test_ci_does_not_skip_what_it_cannot_build(machine: Machine, monkeypatch: pytest.MonkeyPatch):
    machine.lacks_for_a_build("a C compiler")
    monkeypatch.setattr(dev, "run", lambda _: 0)
    monkeypatch.delenv("CI", raising=False)
    assert dev.main(["test"]) == 0

    monkeypatch.setenv("CI", "true")

    assert dev.main(["test"]) == 1


def test_a_machine_without_compiler_is_seen_as_such(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(dev.shutil, "which", lambda _: None)

    assert dev.lacking_for_a_build().startswith("a C compiler")


def test_an_old_python_is_refused_with_a_sentence():
    with pytest.raises(dev.Refused, match=r"this is Python 3\.9, and 3\.11 or newer is needed"):
        dev.refuse_old_python((3, 9))


def test_an_unknown_command_is_refused_with_the_list_of_those_there_are(capsys: pytest.CaptureFixture[str]):
    with pytest.raises(SystemExit) as ended:
        dev.main(["deploy"])

    assert ended.value.code == 2
    assert "invalid choice: 'deploy'" in capsys.readouterr().err


@pytest.mark.parametrize("command", sorted(set(dev.COMMANDS) - {"clean"}))
def test_every_command_runs_programs_of_the_project_s_own_environment(command: str):
    programs = dev.programs(command, [])

    assert all(program[0] == str(dev.PYTHON) for program in programs)


def test_arguments_are_passed_on_to_the_last_program():
    _, extra = dev.parse(["test", "-k", "intake", "--maxfail=1"])

    assert dev.programs("test", extra)[-1][-3:] == ["-k", "intake", "--maxfail=1"]


def test_checking_means_format_lint_types_and_tests_in_that_order():
    words = [program[2:4] for program in dev.programs("check", [])]

    assert words == [["ruff", "format"], ["ruff", "check"], ["pyright"], ["sandbox.azurite"], ["pytest", "-n"]]


@pytest.mark.parametrize("command", ["test", "check"])
def test_azurite_is_installed_before_the_tests_so_that_none_waits_for_it(command: str):
    *_, before, last = [program[2] for program in dev.programs(command, [])]

    assert (before, last) == ("sandbox.azurite", "pytest")


def test_the_chaos_campaign_passes_its_arguments_on():
    assert [program[2:] for program in dev.programs("chaos", ["--soak", "50"])] == [["tests.chaos", "--soak", "50"]]


def test_the_bench_measures_the_optimizer_and_passes_its_arguments_to_the_app_s():
    words = [program[2:] for program in dev.programs("bench", ["--orders", "10"])]

    assert words == [["tests.bench.optimization"], ["sandbox", "bench", "--orders", "10"]]


def test_the_first_failing_program_ends_the_command(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.chdir(tmp_path)
    touched = tmp_path / "touched"
    failing = [sys.executable, "-c", "raise SystemExit(3)"]
    following = [sys.executable, "-c", f"open({str(touched)!r}, 'w')"]

    assert dev.run([failing, following]) == 3
    assert not touched.exists()


@pytest.mark.skipif(os.name == "nt", reason="make is for POSIX")
def test_make_only_names_what_dev_py_does():
    command = ["make", "--dry-run", "demo", "REPORT=result.json", "SCENARIO=bigcommerce_finops_finops"]

    # Under `make test` its own make would speak up about being one of several, and PYTHON may be set for it.
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "PYTHON"))}
    answer = subprocess.run(  # noqa: S603 - a dry run
        command, cwd=PROJECT, env=environment, capture_output=True, text=True, check=True
    )

    assert answer.stdout.split() == [
        *("python3", "dev.py", "demo"),
        *("--scenario", '"bigcommerce_finops_finops"', "--report", '"result.json"'),
    ]
