"""`python -m shared.webhooks check|register`: what makes BigCommerce and Dataverse call this app.

By the app's settings, ORDERS__PUBLIC_URL among them. Exit codes: 0 everything is in place, 1 (check) something is
missing or wrong, 2 the command was not understood, 3 a setting is missing, or a system refused or did not answer.
"""

import argparse
import json
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from shared.application.webhook_upkeep import NO_ADDRESS, registrars
from shared.domain.actions import Provider
from shared.domain.errors import RejectedByProvider, TransientProviderError
from shared.domain.webhooks import Registrar, Registration
from shared.providers.bigcommerce.client import BigCommerceClient, bigcommerce_session
from shared.providers.finops.client import DataverseClient
from shared.settings import Settings, SettingsError, load_own_settings

_MISSING, _REFUSED = 1, 3


@dataclass
class Told:
    """What was found, by system, and of whom nothing could be found, or done: why."""

    registering: bool
    found: dict[Provider, Sequence[Registration]] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)

    @property
    def exit_code(self) -> int:
        if self.refused:
            return _REFUSED
        in_place = all(each.in_place for those in self.found.values() for each in those)
        return 0 if in_place or self.registering else _MISSING

    def lines(self) -> list[str]:
        shown = [f"{row['system']}: {row['name']}: {self._wording(row)}" for row in self._rows()]
        return [*shown, *(f"error: {who}: {why}" for who, why in self.refused.items())]

    def data(self) -> dict[str, Any]:
        """`{"registrations": [{"system", "name", "state", "wrong", "done"}], "refused": {system: reason}}`."""
        return {"registrations": self._rows(), "refused": self.refused}

    def _rows(self) -> list[dict[str, Any]]:
        return [
            {
                "system": provider.value,
                "name": each.name,
                "state": "in place" if each.in_place else "wrong" if each.exists else "missing",
                "wrong": list(each.wrong),
                "done": "" if each.in_place or not self.registering else "corrected" if each.exists else "created",
            }
            for provider, those in self.found.items()
            for each in those
        ]

    def _wording(self, row: Mapping[str, Any]) -> str:
        wrong = f" ({', '.join(row['wrong'])})" if row["wrong"] else ""
        return f"{row['done'] or row['state']}{wrong}"


def ask(registrars: Mapping[Provider, Registrar], *, register: bool) -> Told:
    """Each in turn: one that refuses keeps none of the others from being asked."""
    told = Told(register)
    for provider, registrar in registrars.items():
        try:
            told.found[provider] = registrar.restore() if register else registrar.look()
        except (RejectedByProvider, TransientProviderError) as problem:
            told.refused[provider.value] = str(problem)
    return told


def main(arguments: Sequence[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    told = _asked(options)
    print(json.dumps(told.data(), indent=2) if options.json else "\n".join(told.lines()))
    return told.exit_code


def _asked(options: argparse.Namespace) -> Told:
    register = options.command == "register"
    try:
        _take_settings_of(options.settings)
        settings = load_own_settings()
    except SettingsError as unusable:
        return Told(register, refused={"settings": str(unusable)})
    if settings.public_address is None:
        return Told(register, refused={"settings": NO_ADDRESS})
    return ask(_registrars(settings), register=register)


def _registrars(settings: Settings) -> Mapping[Provider, Registrar]:
    """Wired here and not by `shared.bootstrap`: that is the whole app, and a command is not to wait for its import."""
    shop = BigCommerceClient(bigcommerce_session(settings.bigcommerce))
    dataverse = DataverseClient.connect(settings.dataverse, lambda: datetime.now(UTC))
    return registrars(settings.public_address, (shop, settings.bigcommerce), (dataverse, settings.dataverse))


def _take_settings_of(file: Path | None) -> None:
    """The environment goes first, as with the Functions host. Raises SettingsError."""
    if file is None:
        return
    try:
        values = json.loads(file.read_text(encoding="utf-8"))["Values"]
        given = {name: str(value) for name, value in values.items()}
    except (OSError, ValueError, LookupError, AttributeError, TypeError):
        raise SettingsError(f"{file} cannot be read as a local.settings.json") from None
    for name, value in given.items():
        os.environ.setdefault(name, value)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m shared.webhooks", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, does in (("check", "show what is there, and what is missing or wrong"),
                       ("register", "create what is missing, correct what is wrong")):  # fmt: skip
        command = commands.add_parser(name, help=does, description=does)
        command.add_argument("--json", action="store_true", help="for programs")
        command.add_argument(
            "--settings", type=Path, metavar="FILE", help="a local.settings.json; default: environment"
        )
    return parser


if __name__ == "__main__":
    sys.exit(main())
