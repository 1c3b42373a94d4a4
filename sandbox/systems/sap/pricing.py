"""SAP's own pricing of a sales order: the caller's amounts are conditions, never totals."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal

from sandbox.systems.sap.config import ConditionKind
from sandbox.systems.sap.store import Row

CENT = Decimal("0.01")


def to_cents(amount: Decimal) -> Decimal:
    return amount.quantize(CENT, ROUND_HALF_UP)


def item_net(
    quantity: Decimal, list_price: Decimal, conditions: Iterable[Row], kinds: Mapping[str, ConditionKind]
) -> Decimal:
    """The last price sent, else the list price, times the quantity, and each amount once."""
    price, amounts = list_price, Decimal(0)
    for condition in conditions:
        rate: Decimal = condition["ConditionRateValue"]
        if kinds[condition["ConditionType"]] == "price":
            price = rate / (condition["ConditionQuantity"] or Decimal(1))
        else:
            amounts += rate
    return to_cents(price * quantity + amounts)


def spread(amount: Decimal, over: Sequence[Decimal]) -> list[Decimal]:
    """`amount` in shares by value that add up to it to the cent; in equal ones when nothing has a value."""
    weights = over if any(over) else [Decimal(1)] * len(over)
    total, shares, before, given = sum(weights, Decimal(0)), [], Decimal(0), Decimal(0)
    for weight in weights:
        before += weight
        upto = to_cents(amount * before / total) if total else given
        shares.append(upto - given)
        given = upto
    return shares


def part(amount: Decimal, quantity: Decimal, done: Decimal, whole: Decimal) -> Decimal:
    """The share of `quantity` in an amount for `whole`, `done` before it; the shares of all parts add up."""
    return to_cents(amount * (done + quantity) / whole) - to_cents(amount * done / whole)
