"""Which of our parcels the store must still be told of, and in which words."""

from decimal import Decimal
from typing import Any

import pytest

from sandbox.systems.bigcommerce import samples
from shared.domain.errors import RejectedByProvider
from shared.domain.orders import Order, Shipment, ShipmentItem
from shared.providers.bigcommerce.parcels import not_reported, parcels_of, still_shippable
from tests.providers.bigcommerce.examples import the_addresses, the_products, transformed

BAGS, KETTLE = samples.line_id(10427, 1), samples.line_id(10427, 2)
HOME = samples.address_id(10427)


def shipped(order: Order, *parcels: dict[str, Any]) -> Order:
    """The order with these parcels: tracking number, carrier, and units of the first, second... line."""
    shipments = tuple(
        Shipment(
            tracking_number=parcel.get("number", "1Z1"),
            carrier=parcel.get("carrier", ""),
            items=tuple(
                ShipmentItem(line_id=line.line_id, quantity=Decimal(units))
                for line, units in zip(order.lines, parcel["units"], strict=False)
                if Decimal(units)
            ),
        )
        for parcel in parcels
    )
    return order.with_(shipments=shipments)


def bodies(order: Order) -> list[dict[str, Any]]:
    return [parcel.body() for parcel in parcels_of(order)]


def a_shipment(number: str | None, **units: int) -> dict[str, Any]:
    lines = {"bags": BAGS, "kettle": KETTLE}
    items = [{"order_product_id": lines[name], "product_id": 214, "quantity": n} for name, n in units.items()]
    return {"id": 1, "tracking_number": number, "items": items}


def test_a_parcel_names_lines_address_and_carrier_in_the_store_s_words():
    order = shipped(transformed().order, {"number": " 1Z1 ", "carrier": "UPS", "units": (2, 1)})

    assert bodies(order) == [
        {
            "order_address_id": HOME,
            "tracking_number": "1Z1",
            "shipping_provider": "ups",
            "items": [{"order_product_id": BAGS, "quantity": 2}, {"order_product_id": KETTLE, "quantity": 1}],
        }
    ]


@pytest.mark.parametrize(
    ("carrier", "words"),
    [
        ("FedEx", {"shipping_provider": "fedex"}),
        ("Royal Mail", {"shipping_provider": "royalmail"}),
        ("DHL Express", {"tracking_carrier": "dhl-express"}),
        ("", {}),
        (" - ", {}),
    ],
)
def test_a_carrier_the_store_does_not_know_goes_by_its_slug(carrier: str, words: dict[str, str]):
    body = bodies(shipped(transformed().order, {"carrier": carrier, "units": (1,)}))[0]

    assert {name: body[name] for name in ("shipping_provider", "tracking_carrier") if name in body} == words


def test_a_parcel_for_two_addresses_is_two_shipments():
    office = the_addresses()[0] | {"id": 9121}
    products = the_products({}, {"order_address_id": 9121})
    order = transformed(products=products, addresses=[the_addresses()[0], office]).order

    posted = bodies(shipped(order, {"units": (2, 1)}))

    assert [(body["order_address_id"], body["items"]) for body in posted] == [
        (HOME, [{"order_product_id": BAGS, "quantity": 2}]),
        (9121, [{"order_product_id": KETTLE, "quantity": 1}]),
    ]


def test_digital_goods_are_in_no_parcel():
    order = transformed(products=the_products({"type": "digital"})).order

    posted = bodies(shipped(order, {"units": (2, 1)}))

    assert [body["items"] for body in posted] == [[{"order_product_id": KETTLE, "quantity": 1}]]


def test_half_a_unit_cannot_be_told():
    with pytest.raises(RejectedByProvider, match=r"1\.5 of BAG-CNV-OLV"):
        bodies(shipped(transformed().order, {"units": ("1.5",)}))


def test_a_tracking_number_too_long_for_the_store_is_refused():
    with pytest.raises(RejectedByProvider, match="50 characters"):
        bodies(shipped(transformed().order, {"number": "9" * 51, "units": (1,)}))


@pytest.mark.parametrize(
    ("known", "left"),
    [
        ([], [("1Z1", {BAGS: 2}), ("1Z2", {KETTLE: 1})]),
        ([a_shipment("1Z1", bags=2)], [("1Z2", {KETTLE: 1})]),
        ([a_shipment("1Z1 ", bags=2), a_shipment("1Z2", kettle=1)], []),
        ([a_shipment("1Z1", bags=1)], [("1Z1", {BAGS: 1}), ("1Z2", {KETTLE: 1})]),
        ([a_shipment("1Z1", bags=1), a_shipment("1Z1", bags=1)], [("1Z2", {KETTLE: 1})]),
        ([a_shipment("other", bags=2)], [("1Z1", {BAGS: 2}), ("1Z2", {KETTLE: 1})]),
        ([a_shipment(None, bags=2), {"id": 3, "items": None}], [("1Z1", {BAGS: 2}), ("1Z2", {KETTLE: 1})]),
    ],
)
def test_units_reported_under_the_same_number_are_not_reported_again(
    known: list[dict[str, Any]], left: list[tuple[str, dict[int, int]]]
):
    order = shipped(transformed().order, {"number": "1Z1", "units": (2,)}, {"number": "1Z2", "units": (0, 1)})

    missing = not_reported(parcels_of(order), known)

    assert [(parcel.tracking_number, parcel.units) for parcel in missing] == left


def test_two_like_parcels_without_a_number_are_told_apart_by_count():
    order = shipped(transformed().order, {"number": "", "units": (1,)}, {"number": "", "units": (1,)})

    missing = not_reported(parcels_of(order), [a_shipment("", bags=1)])

    assert [parcel.units for parcel in missing] == [{BAGS: 1}]


@pytest.mark.parametrize(
    ("by_hand", "left"), [((0, 0), [{BAGS: 2, KETTLE: 1}]), ((1, 1), [{BAGS: 1}]), ((2, 1), []), ((3, 1), [])]
)
def test_units_shipped_by_hand_are_not_shipped_again(by_hand: tuple[int, int], left: list[dict[int, int]]):
    order = shipped(transformed().order, {"units": (2, 1)})
    products = the_products(*({"quantity_shipped": units} for units in by_hand))

    assert [parcel.units for parcel in still_shippable(parcels_of(order), products)] == left
