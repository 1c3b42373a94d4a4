"""Stock asked for a run, so that a product nobody can speak of stops only the orders that want it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from shared.domain.errors import RejectedByProvider
from shared.domain.stock import Stock, StockPlace


@dataclass(frozen=True)
class OnHand:
    """`cells`: units by source and product; `unanswered`: by product, why the service does not say."""

    cells: dict[str, dict[str, Decimal]] = field(default_factory=dict)
    unanswered: dict[str, str] = field(default_factory=dict)


def on_hand(stock: Stock, company: str, places: Sequence[StockPlace], products: Sequence[str]) -> OnHand:
    """Raises TransientProviderError."""
    if not places or not products:
        return OnHand()
    try:
        return OnHand(_copied(stock.available(company, places, products)))
    except RejectedByProvider as refusal:
        if len(products) == 1:
            return OnHand(unanswered={products[0]: str(refusal)})
    return _merged([on_hand(stock, company, places, [product]) for product in products])


def _merged(answers: Sequence[OnHand]) -> OnHand:
    merged = OnHand()
    for answer in answers:
        merged.unanswered.update(answer.unanswered)
        for source, cells in answer.cells.items():
            merged.cells.setdefault(source, {}).update(cells)
    return merged


def _copied(cells: Mapping[str, Mapping[str, Decimal]]) -> dict[str, dict[str, Decimal]]:
    return {source: dict(found) for source, found in cells.items()}
