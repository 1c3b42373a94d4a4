"""`python -m sandbox cost`: the tables of `docs/cost.md`, from reports of the bench and a file of prices."""

import argparse
import sys
from pathlib import Path

from pydantic import ValidationError

from sandbox.cost.counted import CountsMissing, read_counts
from sandbox.cost.inputs import Inputs
from sandbox.cost.tables import all_tables

BEGIN, END = "<!-- tables: python -m sandbox cost -->", "<!-- end of tables -->"


class NoPlace(ValueError):
    """The page does not say where the tables belong."""


def add_cost_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "bench", type=Path, nargs="+", help="what `bench --report` wrote; one on Service Bus may be compared with it"
    )
    parser.add_argument("--prices", type=Path, required=True, help="YAML as in docs/prices.yaml")
    parser.add_argument(
        "--into", type=Path, metavar="PAGE", help="put the tables into this page instead of showing them"
    )


def cost(options: argparse.Namespace) -> int:
    try:
        tables = all_tables(read_counts(options.bench), Inputs.read(options.prices))
        if options.into is None:
            print(tables)
        else:
            page = options.into.read_text(encoding="utf-8")
            options.into.write_text(with_tables(page, tables), encoding="utf-8")
    except (OSError, ValidationError, CountsMissing, NoPlace) as failure:
        print(failure, file=sys.stderr)
        return 1
    return 0


def with_tables(page: str, tables: str) -> str:
    """The page with these tables in the place of those it has."""
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise NoPlace(f"the page has no lines {BEGIN} and {END}")
    return f"{before}{BEGIN}\n\n{tables}\n\n{END}{after}"
