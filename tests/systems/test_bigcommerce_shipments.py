"""What the store takes as a shipment, and what a shipment does to its order."""

from typing import TYPE_CHECKING, Any

import pytest
import requests

from sandbox.systems.bigcommerce import samples

if TYPE_CHECKING:
    from tests.systems.conftest import Shop

BAG, KETTLE, ADDRESS = samples.line_id(10427, 1), samples.line_id(10427, 2), samples.address_id(10427)
ALL_ITEMS = ({"order_product_id": BAG, "quantity": 2}, {"order_product_id": KETTLE, "quantity": 1})


def shipment(*items: dict[str, Any], **rest: Any) -> dict[str, Any]:
    return {
        "order_address_id": ADDRESS,
        "tracking_number": "1ZDEMO0000000042",
        "shipping_provider": "ups",
        "tracking_carrier": "",
        "items": list(items or ALL_ITEMS),
        **rest,
    }


def ship(shop: "Shop", body: dict[str, Any]) -> requests.Response:
    return shop.call("POST", "/v2/orders/10427/shipments", json=body)


def test_an_order_without_shipments_lists_no_content(shop: "Shop") -> None:
    shop.place(10427)

    answer = shop.call("GET", "/v2/orders/10427/shipments")

    assert (answer.status_code, answer.content) == (204, b"")
    assert shop.call("GET", "/v2/orders/10427/shipments/count").json() == {"count": 0}


def test_a_shipment_is_created_with_its_addresses_and_tracking_link(shop: "Shop") -> None:
    shop.place(10427)

    answer = ship(shop, shipment(comments="3PL order FLX-10427"))

    made = answer.json()
    assert answer.status_code == 201
    assert made["items"] == [
        {"order_product_id": BAG, "quantity": 2, "product_id": 214},
        {"order_product_id": KETTLE, "quantity": 1, "product_id": 231},
    ]
    assert made["shipping_address"]["city"] == made["billing_address"]["city"] == "Portland"
    assert (made["order_id"], made["customer_id"], made["tracking_link"]) == (10427, 58, "")
    assert made["shipping_provider_display_name"] == "UPS"
    assert made["generated_tracking_link"].endswith("1ZDEMO0000000042")
    assert shop.call("GET", "/v2/orders/10427/shipments").json() == [made]
    assert shop.call("GET", f"/v2/orders/10427/shipments/{made['id']}").json() == made


def test_a_complete_shipment_ships_the_order(shop: "Shop") -> None:
    shop.place(10427)

    ship(shop, shipment())

    order = shop.call("GET", "/v2/orders/10427").json()
    [address] = shop.call("GET", "/v2/orders/10427/shipping_addresses").json()
    assert (order["status_id"], order["status"], order["items_shipped"]) == (2, "Shipped", 3)
    assert order["date_shipped"]
    assert address["items_shipped"] == 3


def test_partial_shipments_ship_the_order_step_by_step(shop: "Shop") -> None:
    shop.place(10427)
    statuses = []

    for line, quantity in ((BAG, 1), (KETTLE, 1), (BAG, 1)):
        ship(shop, shipment({"order_product_id": line, "quantity": quantity}))
        order = shop.call("GET", "/v2/orders/10427").json()
        statuses.append((order["status_id"], order["items_shipped"], bool(order["date_shipped"])))

    assert statuses == [(3, 1, False), (3, 2, False), (2, 3, True)]
    assert shop.call("GET", "/v2/orders/10427/shipments/count").json() == {"count": 3}


def test_digital_lines_and_refunded_units_need_no_shipment(shop: "Shop") -> None:
    sample = samples.order(10427)
    sample["products"][0]["quantity_refunded"] = 1
    sample["products"][1]["type"] = "digital"
    shop.control("POST", "/orders", sample)

    ship(shop, shipment({"order_product_id": BAG, "quantity": 1}))

    assert shop.call("GET", "/v2/orders/10427").json()["status_id"] == 2


def test_an_address_id_may_be_text(shop: "Shop") -> None:
    shop.place(10427)

    assert ship(shop, shipment(order_address_id=str(ADDRESS))).json()["order_address_id"] == ADDRESS


def one(**item: Any) -> dict[str, Any]:
    return shipment({"order_product_id": BAG, "quantity": 1, **item})


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ({"items": list(ALL_ITEMS)}, "order_address_id"),
        ({"order_address_id": ADDRESS}, "items"),
        (shipment(items=[]), "items"),
        (shipment(items=["bag"]), "items"),
        (one(product_id=214), "product_id"),
        (one(order_product_id=samples.line_id(10428, 1)), "order_product_id"),
        (one(order_product_id=214), "order_product_id"),
        (one(quantity=0), "quantity"),
        (one(quantity="1"), "quantity"),
        (one(quantity=3), "quantity"),
        (shipment(*ALL_ITEMS, *ALL_ITEMS), "quantity"),
        (shipment(order_address_id=samples.address_id(10428)), "order_address_id"),
        (shipment(shipping_provider="pigeon"), "shipping_provider"),
        (shipment(tracking_number=42), "tracking_number"),
        (shipment(colour="green"), "colour"),
    ],
)
def test_a_shipment_the_store_cannot_take_is_refused_by_name(shop: "Shop", body: dict[str, Any], named: str) -> None:
    shop.place(10427)
    shop.place(10428)

    answer = ship(shop, body)

    assert (answer.status_code, answer.json()[0]["status"]) == (400, 400)
    assert named in answer.json()[0]["message"]
    assert shop.effects() == []
    assert shop.call("GET", "/v2/orders/10427").json()["items_shipped"] == 0


def test_a_line_goes_only_to_its_own_address(shop: "Shop") -> None:
    sample = samples.order(10427)
    sample["shipping_addresses"].append({**sample["shipping_addresses"][0], "id": 77})
    shop.control("POST", "/orders", sample)

    assert ship(shop, shipment(order_address_id=77)).status_code == 400


def test_what_is_shipped_cannot_be_shipped_again(shop: "Shop") -> None:
    shop.place(10427)

    answers = [ship(shop, shipment()).status_code for _ in range(2)]

    assert answers == [201, 400]
    assert len(shop.effects("shipment_created")) == 1


def test_an_order_the_merchant_marked_as_shipped_has_nothing_left_to_ship(shop: "Shop") -> None:
    shop.place(10427)
    shop.control("POST", "/orders/10427/status", {"status_id": 2})

    assert ship(shop, shipment()).status_code == 400


def test_the_child_lines_of_a_bundle_travel_with_it(shop: "Shop") -> None:
    sample = samples.order(10427)
    sample["products"][1]["parent_order_product_id"] = BAG
    shop.control("POST", "/orders", sample)

    ship(shop, shipment({"order_product_id": BAG, "quantity": 2}))

    assert shop.call("GET", "/v2/orders/10427").json()["status_id"] == 2


def test_a_custom_carrier_is_taken(shop: "Shop") -> None:
    shop.place(10427)

    made = ship(shop, shipment(shipping_provider="carrier_42", tracking_carrier="dhl")).json()

    assert made["shipping_provider_display_name"] == "carrier_42"
    assert made["generated_tracking_link"] == "https://track.aftership.com/dhl/1ZDEMO0000000042"


def test_an_own_tracking_link_replaces_the_generated_one(shop: "Shop") -> None:
    shop.place(10427)

    made = ship(shop, shipment(tracking_link="https://track.example.com/42")).json()

    assert (made["tracking_link"], made["generated_tracking_link"]) == ("https://track.example.com/42", "")


def test_a_shipment_can_be_corrected_but_not_its_items(shop: "Shop") -> None:
    shop.place(10427)
    path = f"/v2/orders/10427/shipments/{ship(shop, shipment()).json()['id']}"

    corrected = shop.call("PUT", path, json={"tracking_number": "1ZDEMO43", "shipping_provider": "ups"})
    refused = shop.call("PUT", path, json={"items": list(ALL_ITEMS)})

    assert (corrected.status_code, corrected.json()["tracking_number"]) == (200, "1ZDEMO43")
    assert corrected.json()["generated_tracking_link"].endswith("1ZDEMO43")
    assert (refused.status_code, "items" in refused.json()[0]["message"]) == (400, True)
    [effect] = shop.effects("shipment_updated")
    assert effect["fields"] == ["tracking_number"]


def test_a_shipment_of_another_order_is_not_found(shop: "Shop") -> None:
    shop.place(10427)
    shop.place(10428)
    made = ship(shop, shipment()).json()

    assert shop.call("GET", f"/v2/orders/10428/shipments/{made['id']}").status_code == 404


def test_the_effect_tells_what_was_shipped(shop: "Shop") -> None:
    shop.place(10427)

    made = ship(shop, shipment()).json()

    [effect] = shop.effects()
    assert {"n": 1, "kind": "shipment_created", "order_id": 10427, "shipment_id": made["id"]}.items() <= effect.items()
    assert (effect["tracking_number"], effect["items"]) == (made["tracking_number"], made["items"])
