"""A draft run over the newest orders of the store, of which it changes nothing."""

from datetime import UTC, datetime

import pytest

from shared.application.what_if import MOST_ORDERS, OrdersOutOfRange, WhatIf
from shared.configuration import Configuration, NotConfigured
from shared.policies import Group, Row
from shared.store.order_book import TableOrderBook
from shared.store.order_list import TableOrderList
from shared.store.tables import Tables
from tests.application.samples import an_order, taken_in


@pytest.fixture
def what_if(tables: Tables, book: TableOrderBook, configuration: Configuration) -> WhatIf:
    return WhatIf(TableOrderList(tables, book, lambda: datetime.now(UTC)), book, configuration)


@pytest.fixture
def draft(configuration: Configuration) -> Configuration:
    """Nobody assigns orders to North America."""
    policy = configuration.policy("Assign order data")
    return configuration.with_(policies={**configuration.policies, policy.name: policy.with_(rules=policy.rules[1:])})


def test_the_newest_orders_are_looked_at_newest_first(what_if: WhatIf, book: TableOrderBook, draft: Configuration):
    ids = [taken_in(book).order.order_id for _ in range(4)]

    report = what_if.run(draft, orders=3)

    assert report.summary.orders == 3
    assert [difference.order_id for difference in report.differences] == [*reversed(ids[1:])]


def test_only_orders_of_one_source(what_if: WhatIf, book: TableOrderBook, draft: Configuration):
    of_finops = taken_in(book, order=an_order(source="finops"), flow="finops_finops_finops").order
    taken_in(book)

    report = what_if.run(draft, orders=1, source="finops", policies=["Assign order data"])

    assert [difference.order_id for difference in report.differences] == [of_finops.order_id]


def test_the_lines_are_looked_at_too(what_if: WhatIf, book: TableOrderBook, configuration: Configuration):
    taken_in(book, order=an_order(150))
    policy = configuration.policy("Validate order lines")
    stricter = policy.rules[0].with_(when=Group(rows=(Row(field="quantity", op="gt", value=1),)))
    draft = configuration.with_(policies={**configuration.policies, policy.name: policy.with_(rules=(stricter,))})

    (difference,) = what_if.run(draft, orders=1).differences

    assert difference.validation
    assert len(difference.validation.draft.problems) == 150


def test_the_orders_stay_as_they_are(what_if: WhatIf, book: TableOrderBook, draft: Configuration):
    order_id = taken_in(book).order.order_id
    before = book.get(order_id)

    what_if.run(draft, orders=1)

    assert book.get(order_id) == before


def test_a_policy_that_the_draft_does_not_have_is_refused(what_if: WhatIf, draft: Configuration):
    with pytest.raises(NotConfigured, match="no policy 'Weather'"):
        what_if.run(draft, policies=["Weather"])


@pytest.mark.parametrize("orders", [0, MOST_ORDERS + 1])
def test_more_orders_than_one_answer_looks_at_are_refused(what_if: WhatIf, draft: Configuration, orders: int):
    with pytest.raises(OrdersOutOfRange, match="give 1 to 1000"):
        what_if.run(draft, orders=orders)
