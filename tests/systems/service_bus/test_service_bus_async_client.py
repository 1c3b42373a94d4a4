"""The asynchronous client, which the local host uses, has what the synchronous one has."""

from azure.servicebus import NEXT_AVAILABLE_SESSION, ServiceBusMessage
from azure.servicebus.aio import ServiceBusClient

from tests.systems.service_bus.conftest import PATIENCE_SECONDS, PLAIN, SESSIONS, Bus


async def test_messages_are_sent_renewed_abandoned_and_completed(bus: Bus):
    async with ServiceBusClient.from_connection_string(bus.connection_string, retry_total=0) as client:
        async with client.get_queue_sender(PLAIN) as sender:
            await sender.send_messages(ServiceBusMessage("one"))
        async with client.get_queue_receiver(PLAIN) as link:
            [message] = await link.receive_messages(1, max_wait_time=PATIENCE_SECONDS)
            await link.renew_message_lock(message)
            await link.abandon_message(message)
            [again] = await link.receive_messages(1, max_wait_time=PATIENCE_SECONDS)
            await link.complete_message(again)

    assert (str(again), again.delivery_count) == ("one", 1)
    assert bus.messages() == []


async def test_a_session_is_accepted_and_its_lock_renewed(bus: Bus):
    async with ServiceBusClient.from_connection_string(bus.connection_string, retry_total=0) as client:
        async with client.get_queue_sender(SESSIONS) as sender:
            await sender.send_messages(ServiceBusMessage("a1", session_id="a"))
        async with client.get_queue_receiver(SESSIONS, session_id=NEXT_AVAILABLE_SESSION) as link:
            [message] = await link.receive_messages(1, max_wait_time=PATIENCE_SECONDS)
            await link.session.renew_lock()
            await link.complete_message(message)

    assert bus.messages(SESSIONS) == []
