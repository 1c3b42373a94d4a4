"""Webhooks that were registered through the Web API: the rows of an endpoint and of its steps."""

from sandbox.systems.finops.schema import SDK_MESSAGE, SDK_MESSAGE_FILTER, SERVICE_ENDPOINT, STEP
from sandbox.systems.finops.store import Row, Store
from sandbox.systems.finops.webhooks import Webhook, WebhookAuth

MESSAGES = ("Create", "Update", "Delete")
POST_OPERATION = 40


def registered_steps(store: Store) -> dict[str, Webhook]:
    """What the enabled steps ask for, by their ids. Synchronous ones are called in the background too."""
    rows = (row for row in store.rows(STEP) if row["statecode"] == 0 and row["stage"] == POST_OPERATION)
    found = {row["sdkmessageprocessingstepid"]: _webhook(store, row) for row in rows}
    return {step_id: webhook for step_id, webhook in found.items() if webhook}


def _webhook(store: Store, step: Row) -> Webhook | None:
    """None for a step without an endpoint that can be called, or for no table of its own."""
    endpoint = store.get(SERVICE_ENDPOINT, step["_eventhandler_value"])
    message = store.get(SDK_MESSAGE, step["_sdkmessageid_value"])
    table = store.get(SDK_MESSAGE_FILTER, step["_sdkmessagefilterid_value"])
    if endpoint is None or message is None or table is None or not endpoint["url"]:
        return None
    columns = tuple(name for name in (step["filteringattributes"] or "").split(",") if name)
    auth = WebhookAuth("key", endpoint["authvalue"]) if endpoint["authvalue"] else None
    return Webhook(endpoint["url"], table["primaryobjecttypecode"], (message["name"],), columns, auth)
