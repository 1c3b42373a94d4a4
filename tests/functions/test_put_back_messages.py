"""A delivery that died may have stored events untold. An outage that its next delivery meets does not hide them."""

from typing import Any, NamedTuple

import pytest

from shared.application.finops_changes import ChangeMessage
from shared.application.provider_events import ProviderEvent
from shared.application.redelivery import Redelivery
from shared.domain.actions import Provider
from shared.domain.errors import NotTried
from shared.domain.messages import Message
from shared.message_transport import Transport
from shared.messaging.names import CHANGES_QUEUE, events_queue
from tests.application.samples import RecordingQueues
from tests.functions.conftest import Serve
from tests.functions.recording_client import RecordingClient
from tests.functions.requests import a_message
from tests.functions.world import LAST_ATTEMPT

OF_FLEXE = ProviderEvent(provider=Provider.FLEXE, document="obo_1", reference="BC-10427")
OF_SAP = ProviderEvent(provider=Provider.SAP, document="90000001")
OF_FINOPS = ChangeMessage(entity="salesorder", row_id="5f0e9a55-3d0f-5c1f-8a1e-0a8fb2b07d5c")


class About(NamedTuple):
    """A message, its queue, and the function that takes it from there."""

    function: str
    queue: str
    message: Message


pytestmark = [
    pytest.mark.parametrize("transport", list(Transport)),
    pytest.mark.parametrize(
        "about",
        [
            About("flexe_events", events_queue(Provider.FLEXE), OF_FLEXE),
            About("sap_events", events_queue(Provider.SAP), OF_SAP),
            About("finops_status_events", CHANGES_QUEUE, OF_FINOPS),
        ],
        ids=["flexe", "sap", "finops"],
    ),
]


class Handler:
    """Of a system that does not answer, so that it is not asked; keeps how it was called."""

    def __init__(self) -> None:
        self.redelivered: list[bool] = []

    def handle(self, _: Message, *, redelivered: bool) -> Any:
        self.redelivered.append(redelivered)
        raise NotTried("left in peace for now", retry_after=31.5)


@pytest.fixture
def handler(serve: Serve, queues: RecordingQueues) -> Handler:
    handler = Handler()
    redelivery = Redelivery(queues, LAST_ATTEMPT, 2, 300)
    serve(provider_events=lambda _: handler, finops_changes=handler, redelivery=redelivery)
    return handler


async def test_what_a_delivery_that_died_has_stored_is_told_after_an_outage(
    call, client: RecordingClient, queues: RecordingQueues, handler: Handler, about: About
):
    await call(about.function, a_message(about.message, delivery=2), client)
    (back,) = queues.messages(about.queue)

    await call(about.function, a_message(back.encode()), client)

    assert handler.redelivered == [True, True]


async def test_an_outage_alone_uses_up_no_attempt(
    call, client: RecordingClient, queues: RecordingQueues, handler: Handler, about: About
):
    await call(about.function, a_message(about.message), client)

    assert queues.messages(about.queue) == [about.message.model_dump_json()]
    assert handler.redelivered == [False]


async def test_a_long_outage_after_a_delivery_that_died_uses_up_no_further_attempt(
    call, client: RecordingClient, queues: RecordingQueues, handler: Handler, about: About
):
    arriving = a_message(about.message, delivery=2)
    for _ in range(LAST_ATTEMPT + 1):
        await call(about.function, arriving, client)
        arriving = a_message(queues.messages(about.queue)[-1].encode())

    assert queues.messages(about.queue) == [about.message.next_attempt().model_dump_json()] * (LAST_ATTEMPT + 1)
