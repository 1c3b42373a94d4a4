"""what-if: the files in a folder as a draft, over the orders of the store, from the command line."""

import json
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import pytest

from shared.application.what_if import WhatIf
from shared.configuration import load_configuration
from shared.store.order_book import TableOrderBook
from shared.store.order_list import TableOrderList
from shared.store.tables import Tables
from tests.application.samples import taken_in
from tests.store.conftest import Run
from tests.store.wire import Wire
from tests.unit.drafts import LAST_CHECK, SHIPPED, TO_THE_UK, in_the_book

pytestmark = pytest.mark.usefixtures("empty_store")

FOLDER = Path(__file__).parents[2] / "config"
MOMENTS = count()


@pytest.fixture
def draft(tmp_path: Path) -> Path:
    """The shipped files with a rule more."""
    text = SHIPPED.files["policies.yaml"]
    for name, content in {
        **SHIPPED.files,
        "policies.yaml": text.replace(LAST_CHECK, TO_THE_UK + LAST_CHECK, 1),
    }.items():
        (tmp_path / name).write_text(content, encoding="utf-8")
    return tmp_path


@pytest.fixture
def book(tables: Tables) -> TableOrderBook:
    """What it takes in is newer than the orders of all other tests."""
    later = datetime(2100, 1, 1, tzinfo=UTC)
    return TableOrderBook(
        tables, SHIPPED.configuration.state_framework(), lambda: later + timedelta(seconds=next(MOMENTS))
    )


def take_in_two_orders(book: TableOrderBook) -> None:
    for country, number in (("US", "BC-1"), ("GB", "BC-2")):
        taken_in(book, order=in_the_book(country=country, number=number).order)


def test_the_sums_come_first_and_then_a_line_for_each_order(run: Run, book: TableOrderBook, draft: Path):
    run("apply", "--yes")
    take_in_two_orders(book)

    code, said = run("what-if", draft, "--orders", "2")

    head, sums, rule, _, order = said.splitlines()
    assert code == 0
    assert (head, sums) == ("compared with version 1:", "  2 orders looked at: 1 would differ (assignment 1)")
    assert rule.endswith("is new and matches 1 of 2 orders")
    assert order.startswith("  BC-2: assignment sets company DEMF -> GBSI, invoice_customer DE-001 -> GB-001 (rule ")


def test_programs_get_all_of_it(run: Run, book: TableOrderBook, draft: Path):
    run("apply", "--yes")
    take_in_two_orders(book)

    code, said = run("what-if", draft, "--orders", "2", "--json")

    told = json.loads(said)
    assert (code, told["current"], told["summary"]["differing"]) == (0, 1, 1)
    assert told["differences"][0]["assignment"]["changes"][0]["draft"] == {
        "value": "GBSI", "policy": "Assign order data", "rule": "Orders to the UK belong to GBSI",
    }  # fmt: skip


def test_nothing_is_published_by_asking(run: Run, book: TableOrderBook, draft: Path):
    run("apply", "--yes")

    run("what-if", draft, "--orders", "1")

    assert run("history")[1].startswith("version 1, ")


def test_policies_are_asked_for_by_name(run: Run, book: TableOrderBook):
    run("apply", "--yes")
    take_in_two_orders(book)
    by_name = ["--policy", "BigCommerce orders for F&O", "--policy", "Validate confirmed order"]

    _, said = run("what-if", "--orders", "2", "--source", "bigcommerce", *by_name)

    assert "2 orders looked at: 2 would differ (policies 2)" in said
    assert said.splitlines()[-2:] == [f"  BC-{n}: policy 'BigCommerce orders for F&O' takes it" for n in (2, 1)]


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        ([], "the store has no configuration yet: there is nothing to compare with"),
        (["--storage", "AccountKey=c2VjcmV0"], "it is no connection string of a storage account"),
    ],
)
def test_what_cannot_be_compared_says_why(run: Run, arguments: list[str], why: str):
    code, said = run("what-if", *arguments)

    assert code == 3
    assert why in said
    assert "c2VjcmV0" not in said


def test_a_policy_that_is_not_in_the_files_is_named(run: Run):
    run("apply", "--yes")

    code, said = run("what-if", "--policy", "Weather")

    assert code == 3
    assert said.startswith("error: there is no policy 'Weather'; there are ")


def test_files_with_mistakes_are_refused_with_all_of_them(run: Run, draft: Path):
    run("apply", "--yes")
    flows = (draft / "flows.yaml").read_text(encoding="utf-8")
    (draft / "flows.yaml").write_text(flows.replace("published: true", "published: perhaps", 1), encoding="utf-8")

    code, said = run("what-if", draft)

    assert code == 1
    assert said.startswith("error: flows.yaml: bigcommerce_finops_finops.published: ")


def test_a_current_version_that_this_release_cannot_use_is_no_mistake_of_the_draft(
    run: Run, tables: Tables, draft: Path
):
    run("apply", "--yes")
    rows = tables.configuration.rows("PartitionKey eq @here", {"here": "configuration"})
    (flows,) = [row for row in rows if row["RowKey"].endswith("flows.yaml")]
    tables.configuration.remove(flows["PartitionKey"], flows["RowKey"])

    code, said = run("what-if", draft)

    assert code == 3
    assert said.startswith("error: version 1, the current one, cannot be used by this release: flows.yaml: ")


@pytest.mark.parametrize("orders", ["0", "1001", "ten"])
def test_a_number_of_orders_that_is_none_is_explained(run: Run, orders: str, capsys: pytest.CaptureFixture[str]):
    with pytest.raises(SystemExit) as stopped:
        run("what-if", "--orders", orders)

    assert stopped.value.code == 2
    assert f"'{orders}' is not a number from 1 to 1000" in capsys.readouterr().err


def test_an_order_costs_two_calls(tables: Tables, book: TableOrderBook, wire: Wire):
    take_in_two_orders(book)
    what_if = WhatIf(TableOrderList(tables, book, lambda: datetime.now(UTC)), book, SHIPPED.configuration)

    with wire.counted():
        report = what_if.run(load_configuration(FOLDER), orders=2)

    assert report.summary.orders == 2
    assert wire.calls == 1 + 2 + 2
