"""The one entry point for developers, on every platform: `python dev.py COMMAND`; `make` only wraps it.

Needs Python 3.11 or newer and nothing else. Everything is pinned and goes into `.venv` and `.sandbox` in this folder.
Standard library only, and no syntax newer than Python 3.7, so that an old Python gets a sentence and no traceback.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

from sandbox.file_lock import locked
from sandbox.node import OLDEST_MAJOR, node_on_path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
REQUIREMENTS = ROOT / "requirements-dev.txt"
NODE_REQUIREMENTS = ROOT / "requirements-node.txt"
AMQP_REQUIREMENTS = ROOT / "requirements-amqp.txt"
OLDEST_PYTHON = (3, 11)
MOST_TEST_WORKERS = 4
MADE_BY_TOOLS = (".sandbox", ".venv", ".pytest_cache", ".ruff_cache", ".hypothesis")

COMMANDS = {
    "demo": "place an order and follow it to Completed; --report FILE writes what happened as JSON",
    "start": "Azurite, the stand-ins and the app, until Ctrl+C",
    "test": "the whole test suite; more arguments go to pytest",
    "check": "format, lint, types and tests: what CI runs",
    "lint": "format, lint and types",
    "format": "rewrite the code the way `lint` wants it",
    "chaos": "every fault at every boundary of every scenario, for an hour or so; --help tells how to choose",
    "fuzz": "make up hostile input for every parser and the HTTP API, for long; --examples N, --seconds N",
    "bench": "measure the optimizer, then the app and its orders, one JSON line each; more arguments go to the app's",
    "load": "1,000 orders at once with faults, or as told: --orders 5000 --per-minute 90 --minutes 80",
    "record": "record anew what running orders are replayed from; see docs/changing-flows.md",
    "sync": "only create or refresh the virtual environment",
    "clean": "remove the virtual environment, Azurite, the run folders and the caches",
}


class Refused(Exception):
    """The command cannot run here; the message says what to do."""


def main(arguments: list[str]) -> int:
    try:
        refuse_old_python(sys.version_info[:2])
        command, extra = parse(arguments)
        if command == "clean":
            clean()
            return 0
        sync()
        if wants_service_bus(command, extra):
            sync_amqp(is_needed="servicebus" in extra or bool(os.environ.get("CI")))
        return run(programs(command, extra))
    except Refused as refusal:
        print(f"dev.py: {refusal}", file=sys.stderr)
        return 1


def refuse_old_python(version: tuple[int, int]) -> None:
    if version < OLDEST_PYTHON:
        raise Refused(
            f"this is Python {version[0]}.{version[1]}, and {OLDEST_PYTHON[0]}.{OLDEST_PYTHON[1]} or newer is needed; "
            "name one: `python3.12 dev.py ...` or `make PYTHON=python3.12 ...`"
        )


def parse(arguments: list[str]) -> tuple[str, list[str]]:
    """The command, and the arguments for what it runs."""
    parser = argparse.ArgumentParser(
        prog="dev.py",
        usage="dev.py COMMAND [ARGUMENTS]",
        epilog="\n".join(f"  {name:8}{what}" for name, what in COMMANDS.items()),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("command", choices=COMMANDS, metavar="COMMAND", help="one of the commands below")
    command = parser.parse_args(arguments[:1]).command
    return command, arguments[1:]


def programs(command: str, extra: list[str]) -> list[list[str]]:
    """What a command runs, one after another until one fails."""
    python = [str(PYTHON), "-m"]
    lint = [[*python, "ruff", "format", "--check", "."], [*python, "ruff", "check", "."], [*python, "pyright"]]
    pytest = [*python, "pytest", "-n", str(test_workers()), "--dist", "worksteal", *extra]
    # Azurite first: installed by the first test that needs it, it might use up that test's time, and all others wait.
    test = [[*python, "sandbox.azurite"], pytest]
    if command in ("demo", "start"):
        return [[*python, "sandbox", command, *extra]]
    return {
        "chaos": [[*python, "tests.chaos", *extra]],
        "fuzz": [[*python, "tests.fuzz", *extra]],
        "bench": [[*python, "tests.bench.optimization"], [*python, "sandbox", "bench", *extra]],
        "load": [[*python, "tests.load", *(extra or ["--orders", "1000", "--at-once", "--faults", "1"])]],
        "record": [[*python, "tests.replay.record", *extra]],
        "sync": [],
        "test": test,
        "lint": lint,
        "check": [*lint, *test],
        "format": [[*python, "ruff", "check", "--fix", "."], [*python, "ruff", "format", "."]],
    }[command]


def run(commands: list[list[str]]) -> int:
    """The exit code of the first that fails, else 0. On POSIX this process becomes the last one."""
    os.chdir(ROOT)
    env = environment()
    for command in commands:
        if command is commands[-1] and os.name == "posix":
            sys.stdout.flush()
            os.execve(command[0], command, env)  # noqa: S606 - a program of our own virtual environment
        code = finish(subprocess.Popen(command, env=env))  # noqa: S603 - likewise
        if code:
            return code
    return 0


def finish(process: subprocess.Popen[bytes]) -> int:
    """Waits through Ctrl+C: the child gets it as well and stops in its own order."""
    while True:
        try:
            return process.wait()
        except KeyboardInterrupt:
            continue


def environment() -> dict[str, str]:
    """Ours, with UTF-8 output on Windows and no reminders to update tools that are pinned."""
    return {**os.environ, "PYTHONUTF8": "1", "PYRIGHT_PYTHON_IGNORE_WARNINGS": "1"}


def test_workers() -> int:
    """Two more than there are cores: end-to-end tests mostly wait. Who has done its share takes over others'."""
    return min((os.cpu_count() or 1) + 2, MOST_TEST_WORKERS)


def sync() -> None:
    """Makes `.venv` what the requirements say; instant when nothing has changed since the last time."""
    with locked(ROOT / ".sandbox" / "sync.lock"):
        requirements = [REQUIREMENTS] if node_on_path() else [REQUIREMENTS, NODE_REQUIREMENTS]
        wanted, stamp = fingerprint(requirements), VENV / "installed-from"
        if PYTHON.exists() and stamp.exists() and stamp.read_text() == wanted:
            return
        if not is_usable(PYTHON):
            create_venv()
        stamp.unlink(missing_ok=True)
        install(requirements)
        stamp.write_text(wanted)


def wants_service_bus(command: str, extra: list[str]) -> bool:
    """Whether there is something to do for the Service Bus stand-in: tests of it, or the app on it."""
    return command in ("test", "check") or "servicebus" in extra


def sync_amqp(*, is_needed: bool) -> None:
    """Adds the engine of the Service Bus stand-in, or says in one line why not. Where it is needed, that is refused."""
    with locked(ROOT / ".sandbox" / "sync.lock"):
        wanted, stamp = fingerprint([AMQP_REQUIREMENTS]), VENV / "amqp-installed-from"
        if stamp.exists() and stamp.read_text() == wanted:
            return
        lacking = lacking_for_a_build()
        if not lacking:
            say("building the engine of the Service Bus stand-in (once)...")
            lacking = "" if pip_install([AMQP_REQUIREMENTS]) else "a build that works; pip's message is above"
        if not lacking:
            stamp.write_text(wanted)
        elif is_needed:
            raise Refused(f"the Service Bus stand-in needs {lacking}")
        else:
            say(f"what needs the Service Bus stand-in is skipped: that needs {lacking}")


def lacking_for_a_build() -> str:
    """What this machine has not and a C extension needs; empty when it has all."""
    compilers = ("cl",) if os.name == "nt" else ("cc", "gcc", "clang")
    if not any(map(shutil.which, compilers)):
        return f"a C compiler ({', '.join(compilers)})"
    if not (Path(sysconfig.get_paths()["include"]) / "Python.h").exists():
        package = f"python{sys.version_info[0]}.{sys.version_info[1]}-dev"
        return f"Python's header files (Debian and Ubuntu: apt install {package})"
    return ""


def fingerprint(requirements: list[Path]) -> str:
    """Changes with the pinned packages and with the Python they are installed for."""
    content = b"".join(path.read_bytes() for path in requirements)
    return f"{sys.version_info[0]}.{sys.version_info[1]} {hashlib.sha256(content).hexdigest()}"


def is_usable(python: Path) -> bool:
    """Whether there is a virtual environment that starts, for the same Python as the one running."""
    if not python.exists():
        return False
    question = [str(python), "-c", "import sys; print(*sys.version_info[:2])"]
    answer = subprocess.run(question, capture_output=True, text=True, check=False)  # noqa: S603 - our own environment
    return answer.stdout.split() == [str(number) for number in sys.version_info[:2]]


def create_venv() -> None:
    say("creating virtual environment .venv (once)...")
    command = [sys.executable, "-m", "venv", "--clear", str(VENV)]
    if subprocess.run(command, check=False).returncode:  # noqa: S603 - the Python that runs this
        raise Refused(
            "Python could not create a virtual environment; on Debian and Ubuntu install its module first: "
            f"apt install python{sys.version_info[0]}.{sys.version_info[1]}-venv"
        )


def install(requirements: list[Path]) -> None:
    node = f", and Node, as this machine has none from {OLDEST_MAJOR} on" if NODE_REQUIREMENTS in requirements else ""
    say(f"installing Python packages{node} (once per change of the requirements)...")
    if not pip_install(requirements):
        raise Refused("pip could not install the packages; its message is above")


def pip_install(requirements: list[Path]) -> bool:
    """Whether it went well."""
    files = [word for path in requirements for word in ("-r", str(path))]
    command = [str(PYTHON), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *files]
    return subprocess.run(command, check=False).returncode == 0  # noqa: S603 - our own environment


def clean() -> None:
    for path in [ROOT / name for name in MADE_BY_TOOLS]:
        if path.exists():
            shutil.rmtree(path)
            say(f"removed {path.name}")


def say(what: str) -> None:
    """On stderr: the output of `bench` and of `--json` stays clean."""
    print(what, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
