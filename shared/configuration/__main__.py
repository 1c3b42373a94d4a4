"""`python -m shared.configuration COMMAND`: what a person does with a folder of configuration files, and the store."""

import argparse
import json
import sys
from collections.abc import Sequence

from shared.configuration import version_commands, what_if_command
from shared.configuration.command import Command, Told, unusable
from shared.configuration.findings import findings
from shared.configuration.loading import ConfigurationError, load_configuration


def validate(options: argparse.Namespace) -> Told:
    """Exit code 1 when the files cannot be used."""
    try:
        load_configuration(options.directory)
    except ConfigurationError as error:
        return unusable(error)
    return Told([f"{options.directory}: no mistakes"], {"mistakes": []})


def lint(options: argparse.Namespace) -> Told:
    """Exit code 1 when there are errors; warnings are for a person to judge."""
    try:
        found = findings(load_configuration(options.directory))
    except ConfigurationError as error:
        return unusable(error)
    errors = sum(finding.severity == "error" for finding in found)
    count = f"{options.directory}: {errors} errors, {len(found) - errors} warnings"
    data = {"mistakes": [], "findings": [finding.model_dump() for finding in found]}
    return Told([*map(str, found), count], data, 1 if errors else 0)


COMMANDS = {
    "validate": Command("show every mistake that keeps the files from being used", validate),
    "lint": Command("show what can be used but is doubtful", lint),
    **version_commands.COMMANDS,
    **what_if_command.COMMANDS,
}


def main(arguments: Sequence[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    told = COMMANDS[options.command].run(options)
    print(json.dumps(told.data, indent=2) if options.json else "\n".join(told.lines))
    return told.exit_code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m shared.configuration", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, command in COMMANDS.items():
        its_own = commands.add_parser(name, help=command.help, description=command.help)
        its_own.add_argument("--json", action="store_true", help="for programs")
        command.arguments(its_own)
    return parser


if __name__ == "__main__":
    sys.exit(main())
