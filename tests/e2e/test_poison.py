"""Messages that nobody can read: a person sees them, the others go on."""

from tests.e2e.followed import once
from tests.e2e.town import Town

QUEUES = ("order-intake", "dataverse-changes", "provider-actions-bigcommerce", "provider-actions-finops")


def test_a_message_that_is_not_ours_ends_on_the_error_pages_and_disturbs_nobody(town: Town):
    strange = {queue: f"not for {queue}" for queue in QUEUES}
    for queue, text in strange.items():
        town.queues.put(queue, text)

    order = town.place()
    order.completes()
    town.falls_quiet()

    told = [f"{entry['message']} {entry['details']}" for entry in town.operator.errors(kind="inbound")]
    for queue, text in strange.items():
        assert any(queue in entry and text in entry for entry in told), f"nothing is told about {text}: {told}"
    assert order.received() == once()
