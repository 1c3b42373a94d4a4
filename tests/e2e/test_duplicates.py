"""Every message may come any number of times; each effect happens once."""

from concurrent.futures import ThreadPoolExecutor

from shared.application.finops_changes import ChangeMessage
from shared.domain.actions import Provider, ProviderAction
from shared.domain.sources import IntakeMessage
from shared.messaging.names import CHANGES_QUEUE, INTAKE_QUEUE, actions_queue
from tests.e2e.followed import (
    ALL_EVENTS,
    ALL_STEPS,
    COMPLETED,
    NEW,
    SENDING,
    SENT,
    TELL_INVOICED,
    TELL_SHIPPED,
    VALIDATED,
    VALIDATED_EVENTS,
    VALIDATION,
    Followed,
    once,
)
from tests.e2e.town import F_AND_O_SHIPS, Town

ACTIONS = (
    (Provider.FINOPS, "send_order_to_fulfillment", SENDING),
    (Provider.BIGCOMMERCE, "update_order_status", TELL_SHIPPED),
    (Provider.BIGCOMMERCE, "update_order_status", TELL_INVOICED),
)


def _intake_message(order: Followed) -> str:
    return IntakeMessage(source="bigcommerce", external_id=order.external_id).model_dump_json()


def _changed(order: Followed) -> str:
    return ChangeMessage(entity="salesorder", row_id=order.order_id).model_dump_json()


def _put_all_actions_again(town: Town, order: Followed) -> None:
    for provider, name, step in ACTIONS:
        action = ProviderAction(order_id=order.order_id, provider=provider, name=name, step=step, generation=1)
        town.queues.put(actions_queue(provider), *[action.model_dump_json()] * 3)


def test_an_order_told_of_many_times_at_once_is_taken_in_once(town: Town):
    town.shop.callbacks("store/order/created", duplicate=5)
    order = town.place()

    with ThreadPoolExecutor(5) as callers:
        body = town.caller.callback(order.external_id)
        answers = list(callers.map(town.caller.posts, [body] * 5))
    town.queues.put(INTAKE_QUEUE, *[_intake_message(order)] * 3)
    order.completes()

    town.falls_quiet()
    assert answers == [202] * 5
    assert order.events() == ALL_EVENTS
    assert order.steps() == [(step, 1, True) for step in ALL_STEPS]
    assert order.received() == once()


def test_an_order_told_of_in_every_scope_and_never_with_the_same_hash_is_taken_in_once(town: Town):
    order = town.place()
    number = int(order.external_id)
    status = {"previous_status_id": 0, "new_status_id": 11}
    told = [
        ("store/order/created", {"type": "order", "id": number}),
        ("store/order/updated", {"type": "order", "id": number}),
        ("store/order/statusUpdated", {"type": "order", "id": number, "status": status}),
        ("store/order/transaction/created", {"type": "transaction", "order_id": str(number), "transaction_id": "7"}),
        ("store/channel/1/order/updated", {"order_id": number}),
    ]
    bodies = [
        town.caller.callback(order.external_id, scope=scope, data=data, hash=f"{n:040x}", created_at=1767268800 + n)
        for n, (scope, data) in enumerate(told * 2)
    ]

    with ThreadPoolExecutor(5) as callers:
        answers = list(callers.map(town.caller.posts, bodies))
    order.completes()

    town.falls_quiet()
    assert answers == [202] * len(bodies)
    assert order.events() == ALL_EVENTS
    assert order.received() == once()


def test_an_order_of_f_and_o_that_two_registrations_tell_of_starts_once(town: Town):
    town.office.callbacks("salesorder/Create", duplicate=2)
    order = town.enter(F_AND_O_SHIPS).reaches(NEW)

    town.office.callbacks("salesorder/Update", duplicate=2)
    order.is_confirmed().reaches(VALIDATED)

    town.falls_quiet()
    assert order.events() == ["New Order", "Order Confirmed", *VALIDATED_EVENTS]
    assert order.steps() == [(VALIDATION, 1, True)]
    assert order.errors() == []


def test_status_messages_of_finance_and_operations_that_come_five_times_count_once(town: Town):
    order = town.place().reaches(SENT)
    people_act = (order.is_picked, order.is_packed, order.is_invoiced)

    for act in people_act:
        town.office.callbacks("salesorder/Update", duplicate=5)
        act()
        town.queues.put(CHANGES_QUEUE, *[_changed(order)] * 2)

    town.falls_quiet()
    assert order.reaches(COMPLETED).events() == ALL_EVENTS
    assert order.received() == once()


def test_copies_of_an_action_that_are_in_hand_at_once_tell_the_store_once(town: Town):
    order = town.place().reaches(SENT).is_picked()
    town.shop.fails(f"GET /v2/orders/{order.external_id}/shipments", delay_seconds=2)
    provider, name, step = ACTIONS[1]
    copy = ProviderAction(order_id=order.order_id, provider=provider, name=name, step=step, generation=1)

    town.office.pack(order.number)
    order.hears("Order Shipped")
    town.queues.put(actions_queue(provider), *[copy.model_dump_json()] * 3)
    order.succeeds(TELL_SHIPPED).is_invoiced().reaches(COMPLETED)

    town.falls_quiet()
    assert order.received() == once()


def test_messages_put_on_their_queues_again_by_hand_change_nothing(town: Town):
    order = town.place()
    order.completes()
    town.falls_quiet()
    effects, timeline = order.effects(), order.timeline()

    town.queues.put(INTAKE_QUEUE, *[_intake_message(order)] * 3)
    town.queues.put(CHANGES_QUEUE, *[_changed(order)] * 3)
    _put_all_actions_again(town, order)

    town.falls_quiet()
    assert order.effects() == effects
    assert order.timeline() == timeline
    assert order.received() == once()
