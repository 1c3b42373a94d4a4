"""Looks at an order as the event handler does."""

from decimal import Decimal

from shared.domain.orders import FulfillmentSource, Order
from shared.domain.progress import advance
from shared.providers.flexe.readings import FlexeOrder
from shared.providers.flexe.status import Observed, observe
from tests.providers.flexe.samples import BAG, KETTLE, a_parcel, a_record

SOURCES = {"wh_12": FulfillmentSource(name="Reno", company="USMF", shipping_site="5", shipping_warehouse="51")}
BAGS, REST = a_parcel("shp_1", {BAG: 2}), a_parcel("shp_2", {KETTLE: 1})
LATER, STILL_LATER = "2026-01-02T10:00:00Z", "2026-01-02T11:00:00Z"


class Watcher:
    """Remembers what it has seen of the order."""

    def __init__(self, order: Order | None = None, **marks: str) -> None:
        self.record = a_record(order, **marks)
        self.observed: Observed | None = None

    def look(self, now: FlexeOrder) -> list[str]:
        """What has happened since the last look."""
        self.observed = observe(now, self.record, SOURCES)
        order, reported = advance(self.observed.order, self.observed.report)
        self.record = self.record.with_(order=order, marks={**self.record.marks, **self.observed.marks})
        return [event.name for event in (*reported, *self.observed.events)]

    @property
    def order(self) -> Order:
        return self.record.order

    @property
    def status(self) -> str:
        return self.order.fulfillment_orders[-1].status

    @property
    def troubles(self) -> list[str]:
        """Of the last look."""
        assert self.observed
        return [trouble.message for trouble in self.observed.troubles]

    @property
    def canceled(self) -> list[Decimal]:
        return [line.quantity_canceled for line in self.order.lines]


def units(order: Order) -> list[list[tuple[str, Decimal]]]:
    """What is in each parcel, by external line id."""
    ids = {line.line_id: line.external_line_id for line in order.lines}
    return [[(ids[item.line_id], item.quantity) for item in shipment.items] for shipment in order.shipments]
