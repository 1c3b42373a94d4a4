"""A person steps in: an order is held and let go on, and a message that was given up is sent again."""

from tests.e2e.followed import Followed, once
from tests.e2e.town import REDELIVERY_ATTEMPTS, Town
from tests.e2e.waiting import until

WHY = {"reason": "the shopper will call back"}


def test_a_held_order_is_told_to_nobody_until_it_is_resumed(town: Town):
    written = town.order()
    order = town.follow(written)
    town.office.fails(f"PATCH /api/data/v9.2/salesorders({order.order_id})", times=REDELIVERY_ATTEMPTS - 1, status=503)
    town.shop.place(written)
    until(lambda: _is_held(order), "it is held before it is sent", seen=order.events)
    town.office.mended()

    town.falls_quiet()
    assert order.position() == "On Hold / Held by Operator"
    assert order.received()["sales_orders"] == 0
    assert [town.operator.asks("POST", f"orders/{order.order_id}/resume").status_code for _ in range(2)] == [202, 202]

    order.completes()
    town.falls_quiet()
    assert order.received() == once()
    assert order.errors() == []


def test_an_order_whose_message_was_given_up_is_taken_in_when_it_is_replayed(town: Town):
    written = town.order()
    order = town.follow(written)
    town.shop.fails(f"GET /v2/orders/{order.external_id}", times=REDELIVERY_ATTEMPTS, status=503)
    town.shop.place(written)
    until(order.errors, "its message is given up", seen=order.events)
    (error,) = order.errors()
    letter = f"dead-letters/{error['details']['dead_letter']}"

    clicked = [town.operator.asks("POST", f"{letter}/replay").json()["status"] for _ in range(2)]

    assert clicked == ["replayed", "replayed"]
    order.completes()
    town.falls_quiet()
    assert order.received() == once()
    assert order.errors() == []


def _is_held(order: Followed) -> bool:
    """As soon as it has a flow."""
    return order.operator.asks("POST", f"orders/{order.order_id}/hold", json=WHY).status_code == 202
