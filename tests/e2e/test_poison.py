"""Messages that nobody can read: a person sees them, the others go on."""

from shared.domain.actions import Provider
from shared.messaging.names import CHANGES_QUEUE, INTAKE_QUEUE, actions_queue, events_queue
from tests.e2e.followed import once
from tests.e2e.town import Town

QUEUES = (
    INTAKE_QUEUE,
    CHANGES_QUEUE,
    *(actions_queue(provider) for provider in (Provider.BIGCOMMERCE, Provider.FINOPS, Provider.FLEXE, Provider.SAP)),
    *(events_queue(provider) for provider in (Provider.FLEXE, Provider.SAP)),
)


def test_a_message_that_is_not_ours_ends_on_the_error_pages_and_disturbs_nobody(town: Town):
    strange = {queue: f"not for {queue}" for queue in QUEUES}
    for queue, text in strange.items():
        town.queues.put(queue, text)

    order = town.place()
    order.completes()
    town.falls_quiet()

    told = [entry for entry in town.operator.errors(kind="inbound") if "cannot be read" in entry["message"]]
    kept = {entry["details"]["queue"]: _body(town, entry["details"]["dead_letter"]) for entry in told}
    assert kept == strange
    assert order.received() == once()


def _body(town: Town, letter_id: str) -> str:
    return town.operator.asks("GET", f"dead-letters/{letter_id}").json()["body"]
