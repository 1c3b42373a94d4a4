"""A process that dies at any call to anything outside: the next one brings it to the same end, every unit kept once."""

from collections.abc import Callable, Iterator
from contextlib import suppress

import pytest

from shared.configuration import Configuration
from shared.domain.errors import TransientProviderError
from shared.domain.orders import Order
from shared.optimization import MaximumOrderLines
from shared.store.errors import TableErrorPages
from shared.store.order_book import TableOrderBook
from shared.store.tables import Tables
from tests.application.samples import happened, standing
from tests.application.sourcing.flows import Flows
from tests.application.sourcing.warehouses import (
    Company,
    Died,
    Life,
    Shelves,
    held,
    optimizing,
    shipping,
    sourced,
)

MOST_CALLS = 200
OUTAGE = TransientProviderError("table storage answered 503")


@pytest.fixture
def companies(
    tables: Tables, book: TableOrderBook, errors: TableErrorPages, configuration: Configuration
) -> Callable[[], Company]:
    return lambda: Company(tables, book, errors, configuration.fulfillment, Shelves())


def lives(run: Callable[[Life], object]) -> Iterator[Life]:
    """One that dies before it has made a call, and one after each: then all is as it is before the next call."""
    whole = Life()
    run(whole)
    assert 5 < whole.calls < MOST_CALLS
    yield Life(1)
    for call in range(1, whole.calls + 1):
        yield Life(call, after=True)


def two_deaths(run: Callable[[Life], object], of: BaseException | None) -> Iterator[tuple[Life, Life]]:
    """Two runs in a row that die at the same call, or the first one when nobody has heard yet of all it did.

    At each third call, for time's sake.
    """
    whole = Life()
    run(whole)
    assert 5 < whole.calls < MOST_CALLS
    for call in range(1, whole.calls + 1, 3):
        yield Life(call, after=True, of=of), Life(call, after=True, of=of)
        if of is None:
            yield Life(whole.calls, after=True), Life(call, after=True)


def story(company: Company, order: Order) -> object:
    """What has become of an order, in words that do not depend on its id."""
    after = company.get(order)
    events = happened(company.book, order.order_id)
    return shipping(after), sourced(after), held(after), events, standing(company.book, order.order_id)


def no_unit_is_kept_in_vain(company: Company, *orders: Order) -> bool:
    """What is reserved is what fulfillment orders have, unit by unit."""
    wanted: dict[str, object] = {}
    for order in orders:
        for each in company.get(order).fulfillment_orders:
            assert each.source is not None
            units = sum(line.quantity for line in each.lines)
            wanted[each.source.name] = wanted.get(each.source.name, 0) + units  # pyright: ignore[reportOperatorIssue]
    return company.stock.reserved == wanted


def sold_meanwhile(company: Company) -> tuple[Company, Order]:
    """Seattle has two bags until somebody asks for them, so that a second round is needed; pickers count lines."""
    company.stock = Shelves(Seattle=2, Reno=1)
    pickers = MaximumOrderLines(name="pickers", limit=10_000, sources=("Seattle",))
    company.strategy(constraints=(*company.fulfillment.strategy(None).constraints, pickers))
    company.stock.beforehand = lambda: company.stock.fill("Seattle", 1)
    return company, company.has(3)


def test_sourcing_an_order(companies: Callable[[], Company]):
    smooth, its_order = sold_meanwhile(companies())

    for life in lives(lambda life: smooth.actions(life).run(optimizing(its_order))):
        company, order = sold_meanwhile(companies())
        before = picked(company)
        with pytest.raises(Died):
            company.actions(life).run(optimizing(order))

        company.optimize(order)

        assert company.stock.reserved == {"Seattle": 1, "Reno": 1}
        assert no_unit_is_kept_in_vain(company, order)
        assert story(company, order) == story(smooth, its_order)
        assert picked(company) == before + 1


def picked(company: Company) -> int:
    """Lines that Seattle was given today."""
    return company.sourcing().assigned_lines.count("Seattle", f"local {company.now.date()}")


def gathered(company: Company) -> tuple[Company, list[Order]]:
    """Three orders in a batch for which there is not enough."""
    company.stock = Shelves(Seattle=2, Columbus=1)
    company.strategy(batch_minutes=2, maximum_order_lines=2)
    orders = [company.has(lines, number=f"BC-{n}") for n, lines in enumerate((1, 1, 2), start=1)]
    for order in orders:
        company.sourcing().queue.put("Few and near", optimizing(order))
        company.passes(seconds=1)
    company.passes(minutes=2)
    return company, orders


def test_a_batch_of_orders(companies: Callable[[], Company]):
    smooth, its_orders = gathered(companies())

    for life in lives(lambda life: Flows().hear(smooth.sourcing(life).batches.run())):
        company, orders = gathered(companies())
        flows = Flows()
        with pytest.raises(Died):
            flows.hear(company.sourcing(life).batches.run())

        flows.hear(company.sourcing().batches.run())

        assert flows.answers.keys() == company.mine
        assert no_unit_is_kept_in_vain(company, *orders)
        assert [story(company, order) for order in orders] == [story(smooth, order) for order in its_orders]
        assert company.sourcing().batches.run().answered == ()


@pytest.mark.parametrize("of", [None, OUTAGE], ids=["death", "outage"])
def test_a_batch_of_orders_twice_in_a_row(companies: Callable[[], Company], of: BaseException | None):
    smooth, _ = gathered(companies())

    for first, second in two_deaths(lambda life: smooth.sourcing(life).batches.run(), of):
        company, orders = gathered(companies())
        flows = Flows()
        for life in (first, second):
            with suppress(Died, TransientProviderError):
                flows.hear(company.sourcing(life).batches.run())

        flows.hear(company.sourcing().batches.run())

        assert flows.answers.keys() == company.mine
        assert no_unit_is_kept_in_vain(company, *orders)
        assert company.sourcing().batches.run().answered == ()


def waiting_for_stock(company: Company) -> tuple[Company, list[Order]]:
    """Two orders that found nothing, one of them too long ago, and stock for some lines at last."""
    company.handling(cancellation_sla_days=3)
    late, other = company.has(1), company.has(3)
    company.optimize(late)
    company.passes(days=3)
    company.optimize(other)
    company.passes(days=1)
    company.stock.fill("Seattle", 1)
    company.stock.fill("Reno", 1)
    return company, [late, other]


def test_the_backorder_job(companies: Callable[[], Company]):
    smooth, its_orders = waiting_for_stock(companies())

    for life in lives(lambda life: Flows().hear(smooth.sourcing(life).backorders.run(smooth.now))):
        company, orders = waiting_for_stock(companies())
        flows, before = Flows(), events_of(company, orders)
        with pytest.raises(Died):
            flows.hear(company.sourcing(life).backorders.run(company.now))

        runs(company, flows)
        runs(company, flows)

        assert no_unit_is_kept_in_vain(company, *orders)
        assert [story(company, order) for order in orders] == [story(smooth, order) for order in its_orders]
        assert [flows.missed(company, order.order_id, before[order.order_id]) for order in orders] == [[], []]
        assert events_of(company, orders) != before


def events_of(company: Company, orders: list[Order]) -> dict[str, int]:
    """How many each has, by order id."""
    return {order.order_id: len(happened(company.book, order.order_id)) for order in orders}


def runs(company: Company, flows: Flows, life: Life | None = None) -> None:
    """The backorder job, a quarter of an hour later."""
    company.passes(minutes=15)
    flows.hear(company.sourcing(life).backorders.run(company.now))


@pytest.mark.parametrize("of", [None, OUTAGE], ids=["death", "outage"])
def test_the_backorder_job_twice_in_a_row(companies: Callable[[], Company], of: BaseException | None):
    smooth, its_orders = waiting_for_stock(companies())

    for first, second in two_deaths(lambda life: smooth.sourcing(life).backorders.run(smooth.now), of):
        company, orders = waiting_for_stock(companies())
        flows, before = Flows(), events_of(company, orders)
        for life in (first, second):
            with suppress(Died, TransientProviderError):
                runs(company, flows, life)

        runs(company, flows)

        assert no_unit_is_kept_in_vain(company, *orders)
        assert [story(company, order) for order in orders] == [story(smooth, order) for order in its_orders]
        assert [flows.missed(company, order.order_id, before[order.order_id]) for order in orders] == [[], []]


def test_a_job_that_dies_again_and_again_gets_there_in_the_end(companies: Callable[[], Company]):
    company, orders = waiting_for_stock(companies())
    flows, before = Flows(), events_of(company, orders)

    for call in range(60):
        with suppress(Died):
            runs(company, flows, Life(call % 25 + 1, after=bool(call % 2)))
    runs(company, flows)
    runs(company, flows)

    assert no_unit_is_kept_in_vain(company, *orders)
    assert company.stock.reserved == {"Seattle": 1, "Reno": 1}
    assert [flows.missed(company, order.order_id, before[order.order_id]) for order in orders] == [[], []]
