"""Dataverse speaks up: by a webhook, by Service Bus, or by both. For calls that got lost it is also asked, by a job."""

import logging

import azure.durable_functions as df
import azure.functions as func

from functions.dead_letters import WHY, give_up
from functions.inbound_calls import received
from functions.queue_triggers import Delivery, QueueTriggers
from shared.bootstrap import services
from shared.domain.errors import Malformed
from shared.messaging.names import CHANGES_QUEUE, NOTIFICATIONS_QUEUE

bp = df.Blueprint()
triggers = QueueTriggers()
log = logging.getLogger(__name__)


@bp.route(route="webhooks/dataverse", methods=["POST"], auth_level=func.AuthLevel.ANONYMOUS)
def dataverse_webhook(req: func.HttpRequest) -> func.HttpResponse:
    """Dataverse waits a minute for the answer and tries again at most once."""
    params, headers = dict(req.params), dict(req.headers)
    return received("dataverse", req, lambda body: services().dataverse_inbox.receive(params, headers, body))


@triggers.message(NOTIFICATIONS_QUEUE)
def dataverse_notifications(delivery: Delivery) -> None:
    """What the webhook would be sent. No key comes with it: only Dataverse may write to this queue."""
    try:
        ignored = services().dataverse_inbox.take(delivery.body)
    except Malformed as malformed:
        services().dead_letters.set_aside_unseen(CHANGES_QUEUE, delivery.body, str(malformed))
        return
    if ignored:
        log.info("dataverse notification ignored: %s", ignored)


@triggers.dead_letter(NOTIFICATIONS_QUEUE)
def give_up_dataverse_notification(delivery: Delivery) -> None:
    """Kept as what it would have become: that can be replayed whatever carries the messages by then."""
    try:
        change = services().dataverse_inbox.meant(delivery.body)
    except Malformed as malformed:
        services().dead_letters.set_aside_unseen(CHANGES_QUEUE, delivery.body, str(malformed))
        return
    if change is not None:
        give_up(CHANGES_QUEUE, change, WHY, services().finops_changes.give_up)
