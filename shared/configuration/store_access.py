"""How commands come to the store, and what they say when they cannot.

Exit codes: 0 done, 1 the files cannot be used, 2 the command was not understood, 3 refused or out of reach.
"""

import argparse
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from azure.core.exceptions import HttpResponseError
from pydantic import ValidationError

from shared.configuration.command import Told, takes_directory, unusable
from shared.configuration.loading import ConfigurationError
from shared.domain.configuration_versions import Outrun
from shared.domain.errors import OrderProblem
from shared.storage_account import SETTING, SPELLINGS, StorageAccount, StorageSettings
from shared.store.tables import Tables, open_tables

_REFUSED = 3


class Refused(OrderProblem):
    """The command was understood and cannot be done; the message says why."""


def in_store(options: argparse.Namespace, command: Callable[[Tables], Told]) -> Told:
    try:
        with _store(options) as tables:
            return command(tables)
    except ConfigurationError as error:
        return unusable(error)
    except (
        OrderProblem,
        HttpResponseError,
        OSError,
    ) as refusal:  # a store that denies, a folder that cannot be written
        return Told([f"error: {refusal}"], {"error": str(refusal), "outrun": isinstance(refusal, Outrun)}, _REFUSED)


def takes_storage(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--storage",
        metavar="CONNECTION",
        help=f"of the storage account, or the https URL of its tables; default: {SETTING} or {SETTING}__accountName",
    )


def takes_files(parser: argparse.ArgumentParser) -> None:
    takes_directory(parser)
    takes_storage(parser)


@contextmanager
def _store(options: argparse.Namespace) -> Iterator[Tables]:
    account = StorageAccount(options.storage, options.storage) if options.storage else _account_of_settings()
    try:
        tables = open_tables(account.tables, client_id=account.client_id)
    except ValueError:  # its text may hold the account key
        raise Refused(f"{SETTING} or --storage is malformed: it is no connection string of a storage account") from None
    try:
        yield tables
    finally:
        tables.close()


def _account_of_settings() -> StorageAccount:
    try:
        return StorageSettings().account
    except ValidationError as invalid:  # its text may hold the account key
        names = ", ".join(SPELLINGS[str(each["loc"][0])] for each in invalid.errors())
        kind = "missing" if all(each["type"] == "missing" for each in invalid.errors()) else "malformed"
        raise Refused(f"setting {names} is {kind}: set it, or give --storage") from None
