"""What the store and its shopper are told as an order moves on, over real HTTP against the stand-in store."""

from typing import Any

import pytest

from sandbox.systems.bigcommerce import samples
from shared.domain.actions import ActionOutcome, Provider, ProviderAction
from shared.domain.errors import RejectedByProvider, TransientProviderError
from shared.domain.events import ALERT
from shared.domain.orders import Order
from shared.providers.bigcommerce.actions import UpdateOrderStatus
from shared.providers.bigcommerce.client import BigCommerceClient
from shared.providers.bigcommerce.parcels import parcels_of
from shared.providers.bigcommerce.source import BigCommerceOrders
from tests.providers.bigcommerce.conftest import Store
from tests.providers.bigcommerce.examples import MAPPINGS
from tests.providers.bigcommerce.test_parcels import shipped

SHIPMENTS = "POST /v2/orders/{id}/shipments"
BOTH_LINES = {"number": "1Z1", "carrier": "UPS", "units": (2, 1)}

PARCELS_OF_THREE = (
    {"number": "1Z1", "carrier": "UPS", "units": (1,)},
    {"number": "1Z2", "carrier": "UPS", "units": (1,)},
    {"number": "1Z3", "carrier": "UPS", "units": (0, 1)},
)


@pytest.fixture
def order(store: Store, client: BigCommerceClient) -> Order:
    """The sample order as pulled from the store, shipped in one parcel."""
    store.place()
    return shipped(BigCommerceOrders(client, MAPPINGS, store.connection).pull("10427").order, BOTH_LINES)


class Steps:
    """Runs the action as the steps of a flow ask for it."""

    def __init__(self, client: BigCommerceClient) -> None:
        self._update = UpdateOrderStatus(client)

    def shipped(self, order: Order) -> ActionOutcome:
        return self._run("Update BigCommerce: shipped", order)

    def invoiced(self, order: Order) -> ActionOutcome:
        return self._run("Update BigCommerce: invoiced", order)

    def parcels(self, order: Order, again: str = "") -> ActionOutcome:
        return self._run(f"Update BigCommerce: parcels{again}", order)

    def tracking(self, order: Order) -> ActionOutcome:
        return self._run("Update BigCommerce: tracking", order)

    def _run(self, step: str, order: Order) -> ActionOutcome:
        action = ProviderAction(
            order_id=order.order_id,
            provider=Provider.BIGCOMMERCE,
            name="update_order_status",
            step=step,
            generation=1,
        )
        return self._update(action, order)


@pytest.fixture
def steps(client: BigCommerceClient) -> Steps:
    return Steps(client)


def test_a_shipped_order_gets_its_parcel_and_status(store: Store, steps: Steps, order: Order):
    outcome = steps.shipped(order)

    assert outcome.result.success
    assert outcome.result.details == {"status_id": 2, "parcels": 1}
    shipment = store.order()["shipments"][0]
    assert (shipment["tracking_number"], shipment["shipping_provider"]) == ("1Z1", "ups")
    assert [(i["order_product_id"], i["quantity"]) for i in shipment["items"]] == [
        (samples.line_id(10427, 1), 2),
        (samples.line_id(10427, 2), 1),
    ]
    assert store.order()["order"]["status_id"] == 2


def test_each_parcel_is_told_as_it_leaves_and_none_twice(store: Store, steps: Steps, order: Order):
    first = shipped(order, {"number": "1Z1", "carrier": "UPS", "units": (1,)})
    second = shipped(order, *PARCELS_OF_THREE[:2])
    last = shipped(order, *PARCELS_OF_THREE)

    told = [steps.parcels(first), steps.parcels(first), steps.parcels(second, " (2)"), steps.shipped(last)]

    assert [outcome.result.details["parcels"] for outcome in told] == [1, 0, 1, 1]
    assert [shipment["tracking_number"] for shipment in store.order()["shipments"]] == ["1Z1", "1Z2", "1Z3"]
    assert [effect["status_id"] for effect in store.effects("order_updated")] == [2]


def test_tracking_that_comes_late_changes_the_parcel_and_mails_the_shopper_no_second_one(
    store: Store, steps: Steps, order: Order
):
    without = order.with_(shipments=(order.shipments[0].with_(tracking_number=""),))
    numbered = order.shipments[0].with_(more_tracking_numbers=("1Z9",), former_tracking_numbers=("",))
    steps.shipped(without)

    outcome = steps.tracking(order.with_(shipments=(numbered,)))
    again = steps.tracking(order.with_(shipments=(numbered,)))

    [shipment] = store.order()["shipments"]
    assert (shipment["tracking_number"], shipment["comments"]) == ("1Z1", "Also: 1Z9")
    assert (outcome.result.details["parcels"], again.result.details["parcels"]) == (1, 0)
    assert len(store.effects("shipment_created")) == 1


def test_a_parcel_that_the_merchant_made_by_hand_keeps_its_tracking_number(store: Store, steps: Steps, order: Order):
    by_hand = order.with_(shipments=(order.shipments[0].with_(tracking_number="HAND-1"),))
    steps.parcels(by_hand)

    steps.tracking(order.with_(shipments=(order.shipments[0].with_(former_tracking_numbers=("",)),)))

    assert [shipment["tracking_number"] for shipment in store.order()["shipments"]] == ["HAND-1"]


def test_the_shopper_hears_of_shipping_then_of_the_invoice(store: Store, steps: Steps, order: Order):
    steps.shipped(order)
    steps.invoiced(order)

    assert store.order()["order"]["status_id"] == 10
    assert len(store.effects("shipment_created")) == 1


def test_the_status_is_written_even_where_the_store_moves_itself(store: Store, steps: Steps, order: Order):
    store.exchanges.clear()

    steps.shipped(order)

    assert store.calls == [
        "GET /v2/orders/10427",
        "GET /v2/orders/10427/shipments",
        "POST /v2/orders/10427/shipments",
        "PUT /v2/orders/10427",
    ]


def test_a_second_run_finds_everything_done_and_stays_silent(store: Store, steps: Steps, order: Order):
    steps.shipped(order)
    written = len(store.effects("order_updated"))

    again = steps.shipped(order)

    assert again.result.success
    assert again.result.details == {"status_id": 2, "parcels": 0}
    assert len(store.effects("shipment_created")) == 1
    assert len(store.effects("order_updated")) == written


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_connection_lost_while_posting_a_parcel_mails_the_shopper_once(
    store: Store, steps: Steps, order: Order, moment: str
):
    store.arm(SHIPMENTS, drop=moment)
    with pytest.raises(TransientProviderError):
        steps.shipped(order)

    outcome = steps.shipped(order)

    assert outcome.result.success
    assert len(store.effects("shipment_created")) == 1
    assert store.order()["order"]["status_id"] == 2


def test_a_time_out_while_posting_a_parcel_mails_the_shopper_once(store: Store, steps: Steps, order: Order):
    store.arm(SHIPMENTS, answer_after_seconds=1)
    with store.session(timeout_seconds=0.5) as http, pytest.raises(TransientProviderError, match="in time"):
        Steps(BigCommerceClient(http)).shipped(order)

    outcome = steps.shipped(order)

    assert outcome.result.success
    assert len(store.effects("shipment_created")) == 1


@pytest.mark.parametrize(
    "call", ["GET /v2/orders/{id}", "GET /v2/orders/{id}/shipments", SHIPMENTS, "PUT /v2/orders/{id}"]
)
def test_a_crash_at_any_call_leaves_one_parcel_and_the_right_status(
    store: Store, steps: Steps, order: Order, call: str
):
    store.arm(call, status=503)
    with pytest.raises(TransientProviderError):
        steps.shipped(order)

    steps.shipped(order)

    assert len(store.effects("shipment_created")) == 1
    assert store.order()["order"]["status_id"] == 2


def test_only_the_parcel_that_is_missing_is_posted(store: Store, steps: Steps, client: BigCommerceClient, order: Order):
    both = shipped(order, {"number": "1Z1", "units": (2,)}, {"number": "1Z2", "carrier": "DHL", "units": (0, 1)})
    client.create_shipment("10427", parcels_of(both)[0].body())

    outcome = steps.shipped(both)

    assert outcome.result.details == {"status_id": 2, "parcels": 1}
    shipments = store.order()["shipments"]
    assert [(shipment["tracking_number"], shipment["tracking_carrier"]) for shipment in shipments] == [
        ("1Z1", ""),
        ("1Z2", "dhl"),
    ]


def test_an_order_without_parcels_only_changes_status(store: Store, steps: Steps, order: Order):
    outcome = steps.shipped(order.with_(shipments=()))

    assert outcome.result.success
    assert store.order()["shipments"] == []
    assert store.order()["order"]["status_id"] == 2


@pytest.mark.parametrize("status_id", [5, 6])
@pytest.mark.parametrize("step", ["parcels", "tracking", "shipped"])
def test_an_order_the_merchant_called_off_is_left_alone_and_a_person_is_told(
    store: Store, steps: Steps, order: Order, status_id: int, step: str
):
    store.set_status(status_id)

    outcome = getattr(steps, step)(order)

    assert not outcome.result.success
    assert f"10427 is {status_id} (" in outcome.result.message
    assert store.effects("shipment_created") == store.effects("order_updated") == []
    assert store.order()["order"]["status_id"] == status_id


@pytest.mark.parametrize(
    ("step", "status_id"), [("parcels", 4), ("shipped", 4), ("invoiced", 4), ("invoiced", 5), ("invoiced", 6)]
)
def test_an_order_that_was_refunded_or_called_off_once_invoiced_ends_with_the_status_that_the_merchant_gave_it(
    store: Store, steps: Steps, order: Order, step: str, status_id: int
):
    store.set_status(status_id)

    outcome = getattr(steps, step)(order)

    assert outcome.result.success
    assert [event.name for event in outcome.events] == [ALERT]
    assert f"{status_id} (" in outcome.events[0].details["message"]
    assert store.effects("shipment_created") == store.effects("order_updated") == []
    assert store.order()["order"]["status_id"] == status_id


@pytest.mark.parametrize("status_id", [13, 14])
def test_a_dispute_or_part_refund_keeps_its_status_and_a_person_is_told(
    store: Store, steps: Steps, order: Order, status_id: int
):
    store.set_status(status_id)

    outcome = steps.invoiced(order)

    assert outcome.result.success
    assert [event.name for event in outcome.events] == [ALERT]
    assert store.order()["order"]["status_id"] == status_id


def test_a_late_shipped_does_not_take_a_completed_order_back(store: Store, steps: Steps, order: Order):
    store.set_status(10)

    outcome = steps.shipped(order)

    assert outcome.result.success
    assert outcome.events == ()
    assert store.effects("order_updated") == []


def test_what_the_merchant_shipped_by_hand_is_not_shipped_again(store: Store, steps: Steps, order: Order):
    store.set_status(2)

    outcome = steps.shipped(order)

    assert outcome.result.success
    assert store.effects("shipment_created") == []


def test_a_refused_parcel_names_its_reason(store: Store, steps: Steps, order: Order):
    too_many: dict[str, Any] = {"number": "1Z1", "units": (3, 1)}

    with pytest.raises(RejectedByProvider, match="400 to POST /v2/orders/10427/shipments"):
        steps.shipped(shipped(order, too_many))

    assert store.order()["order"]["status_id"] == 11


def test_an_order_that_vanished_from_the_store_is_a_refusal(store: Store, steps: Steps, order: Order):
    store.control("POST", "/reset")

    with pytest.raises(RejectedByProvider, match="404"):
        steps.invoiced(order)
