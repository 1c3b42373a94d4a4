"""What a command of `python -m shared.configuration` is made of."""

import argparse
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from shared.configuration.loading import ConfigurationError

SHIPPED = Path(__file__).parents[2] / "config"


@dataclass(frozen=True)
class Told:
    """What a command has to say: to people, to programs, and to the shell."""

    lines: Sequence[str]
    data: dict[str, Any]
    exit_code: int = 0


def takes_directory(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("directory", nargs="?", type=Path, default=SHIPPED, metavar="DIR", help="default: config/")


@dataclass(frozen=True)
class Command:
    """`help` is its line in the list of commands; `arguments` adds those it has but for --json."""

    help: str
    run: Callable[[argparse.Namespace], Told]
    arguments: Callable[[argparse.ArgumentParser], None] = takes_directory


def unusable(error: ConfigurationError) -> Told:
    return Told([f"error: {mistake}" for mistake in error.mistakes], {"mistakes": error.mistakes}, 1)
