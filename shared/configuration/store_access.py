"""How commands come to the store, and what they say when they cannot.

Exit codes: 0 done, 1 the files cannot be used, 2 the command was not understood, 3 refused or out of reach.
"""

import argparse
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from azure.core.exceptions import HttpResponseError

from shared.configuration.command import Told, takes_directory, unusable
from shared.configuration.loading import ConfigurationError
from shared.domain.configuration_versions import Outrun
from shared.domain.errors import OrderProblem
from shared.store.tables import Tables, open_tables

_SETTING = "AzureWebJobsStorage"
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
    parser.add_argument("--storage", metavar="CONNECTION", help=f"of the storage account; default: {_SETTING}")


def takes_files(parser: argparse.ArgumentParser) -> None:
    takes_directory(parser)
    takes_storage(parser)


@contextmanager
def _store(options: argparse.Namespace) -> Iterator[Tables]:
    connection = options.storage or os.environ.get(_SETTING)
    if not connection:
        raise Refused(f"setting {_SETTING} is missing: set it, or give --storage")
    try:
        tables = open_tables(connection)
    except ValueError:  # its text may hold the account key
        raise Refused(
            f"{_SETTING} or --storage is malformed: it is no connection string of a storage account"
        ) from None
    try:
        yield tables
    finally:
        tables.close()
