"""One parser, fuzzed by coverage: python -m tests.fuzz.guided TARGET SECONDS. Needs atheris, which the tests do not."""

import sys
import tempfile
from importlib import import_module
from pathlib import Path
from typing import Any

WATCHED = ["shared", "functions", "cloudevents", "odata_query"]


def main(name: str, seconds: str) -> None:
    """Ends the process; with another code than 0 for a fault, whose input it prints and keeps as crash-*."""
    atheris: Any = import_module("atheris")
    with atheris.instrument_imports(include=WATCHED):
        targets: Any = import_module("tests.fuzz.targets")
        seeds: Any = import_module("tests.fuzz.seeds")
    (target,) = [each for each in targets.TARGETS if each.name == name]
    with tempfile.TemporaryDirectory() as corpus:
        for number, seed in enumerate((*target.seeds, *seeds.hostile())):
            (Path(corpus) / str(number)).write_bytes(seed)
        atheris.Setup([name, f"-max_total_time={seconds}", "-max_len=20000", corpus], target.takes)
        atheris.Fuzz()


if __name__ == "__main__":
    main(*sys.argv[1:])
