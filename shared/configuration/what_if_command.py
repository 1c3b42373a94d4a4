"""The command what-if: the files as a draft, run over the newest orders next to the store's current version.

It changes nothing.
"""

import argparse
from datetime import UTC, datetime

from shared.application.what_if import MOST_ORDERS, WhatIf
from shared.application.what_if.words import in_words
from shared.configuration.command import Command, Told
from shared.configuration.loading import ConfigurationError, load_configuration
from shared.configuration.model import Configuration
from shared.configuration.store_access import Refused, in_store, takes_files
from shared.configuration.versions import read_version
from shared.domain.configuration_versions import NONE, Versions
from shared.store.configuration import TableVersions
from shared.store.order_book import TableOrderBook
from shared.store.order_list import TableOrderList
from shared.store.tables import Tables

_ORDERS = 100


def what_if(options: argparse.Namespace) -> Told:
    """Exit code 0 whether orders differ or not: what a difference is worth is for a person to judge."""

    def told(tables: Tables) -> Told:
        draft = load_configuration(options.directory)
        number, current = _current(TableVersions(tables))
        book = TableOrderBook(tables, current.state_framework(), _now)
        asked = WhatIf(TableOrderList(tables, book, _now), book, current)
        report = asked.run(draft, orders=options.orders, source=options.source, policies=options.policy)
        lines = [f"compared with version {number}:", *(f"  {line}" for line in in_words(report))]
        return Told(lines, {"current": number, **report.model_dump(mode="json")})

    return in_store(options, told)


def _current(versions: Versions) -> tuple[int, Configuration]:
    number = versions.current()
    if number == NONE:
        raise Refused("the store has no configuration yet: there is nothing to compare with")
    try:
        return number, read_version(versions, number).configuration
    except ConfigurationError as error:  # or it would look like mistakes in the files of the draft
        raise Refused(f"version {number}, the current one, cannot be used by this release: {error}") from error


def _now() -> datetime:
    return datetime.now(UTC)


def _arguments(parser: argparse.ArgumentParser) -> None:
    takes_files(parser)
    orders = f"how many of the newest, 1 to {MOST_ORDERS}; default: {_ORDERS}"
    parser.add_argument("--orders", type=_count, default=_ORDERS, metavar="N", help=orders)
    parser.add_argument("--source", metavar="NAME", help="only orders of this source, such as bigcommerce")
    policy = "run this policy of the files on its own too, though no flow has it; may be given again"
    parser.add_argument("--policy", action="append", default=[], metavar="NAME", help=policy)


def _count(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and 1 <= int(text) <= MOST_ORDERS):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 1 to {MOST_ORDERS}")
    return int(text)


COMMANDS = {
    "what-if": Command("show what the files would decide otherwise about the newest orders", what_if, _arguments)
}
