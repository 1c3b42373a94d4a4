"""`make fuzz`: every parser of outside input for long, then the whole HTTP API. The first fault found ends it.

    python dev.py fuzz [--examples N] [--seconds N]

Hypothesis and schemathesis come with the tests. Where atheris is installed (pip install atheris: Linux, CPython 3.11 to
3.13) each parser is fuzzed by coverage, too, `--seconds` long.
"""

import argparse
import os
import subprocess
import sys
from importlib.util import find_spec

from tests.fuzz.targets import TARGETS


def main() -> int:
    options = _options()
    environment = {
        **os.environ,
        "FUZZ_EXAMPLES": str(options.examples),
        "FUZZ_API_EXAMPLES": str(max(1, options.examples // 20)),
    }
    for command in _commands(options.seconds):
        print("$", *command[1:], flush=True)
        code = subprocess.run(command, env=environment, check=False).returncode  # noqa: S603 - our own tests
        if code:
            return code
    return 0


def _commands(seconds: int) -> list[list[str]]:
    test = [sys.executable, "-m", "pytest", "-q", "--timeout", "7200"]
    guided = [[sys.executable, "-m", "tests.fuzz.guided", target.name, str(seconds)] for target in TARGETS]
    return [
        [*test, "tests/fuzz"],
        *(guided if find_spec("atheris") else []),
        [*test, "tests/e2e/test_documented_api.py"],
    ]


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="dev.py fuzz")
    parser.add_argument("--examples", type=int, default=2_000, help="for each parser; a twentieth for each route")
    parser.add_argument("--seconds", type=int, default=60, help="for each parser, guided by coverage")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
