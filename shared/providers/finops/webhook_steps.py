"""What makes Dataverse call us: a service endpoint, and a step for each message on orders.

Reference: dataverse.md section 6.1. Documented: the tables, contract 8, `authtype` 4 (WebhookKey), the navigation
names. Assumed: that both tables take an upsert, that steps can be found by `_eventhandler_value`, and that an endpoint
keeps its key when its address changes. The key cannot be read back: a wrong one is not noticed here.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit
from uuid import NAMESPACE_URL, uuid5

from shared.domain.webhooks import MayNotRegister, Registration
from shared.providers.answers import RefusedCall
from shared.providers.finops.batch import UPDATE_ONLY, Write
from shared.providers.finops.client import DataverseClient
from shared.providers.finops.connection import DataverseConnection

CALLBACK_PATH = "/api/webhooks/dataverse"
TABLE = "salesorder"
MESSAGES = ("Create", "Update")
# An update fires when one of these is in the request, changed or not.
WATCHED_COLUMNS = ("msdyn_processingstatus", "statecode", "statuscode")
WEBHOOK, WEBHOOK_KEY, HTTP_HEADER = 8, 4, 5
# A synchronous step would hold up dual-write, and undo it when we are down.
_ASYNCHRONOUS: Mapping[str, int] = {"stage": 40, "mode": 1}
_ENABLED: Mapping[str, int] = {"statecode": 0, "statuscode": 1}
_ENDPOINTS, _STEPS = "serviceendpoints", "sdkmessageprocessingsteps"
_ENDPOINT_COLUMNS = ("serviceendpointid", "name", "url", "authtype")
_STEP_COLUMNS = (
    *("sdkmessageprocessingstepid", "stage", "mode", "statecode", "filteringattributes"),
    *("_sdkmessageid_value", "_sdkmessagefilterid_value"),
)
Row = Mapping[str, Any]


@dataclass(frozen=True)
class Finding:
    """One row that there should be: what was found, and the write that makes it so; None for nothing to do."""

    registration: Registration
    row_id: str
    write: Write | None


@dataclass(frozen=True)
class Occasion:
    """A message on orders, as a step is bound to it."""

    message: str
    message_id: str
    filter_id: str


def decide_endpoint(endpoints: Iterable[Row], url: str, key: str) -> Finding:
    """Ours is that of our path, the one of the very address first; those of others stay."""
    ours = [row for row in endpoints if _path(row["url"]) == _path(url)]
    if not ours:
        row_id = str(uuid5(NAMESPACE_URL, url))
        new = {"name": "Order orchestrator", "url": url, "contract": WEBHOOK}
        return _finding("service endpoint", _ENDPOINTS, row_id, None, {**new, **_key(key)})
    there = next((row for row in ours if row["url"] == url), ours[0])
    changes = {} if there["url"] == url else {"url": url}
    if there["authtype"] not in {WEBHOOK_KEY, HTTP_HEADER}:
        changes |= _key(key)
    return _finding("service endpoint", _ENDPOINTS, there["serviceendpointid"], there, changes)


def decide_step(steps: Iterable[Row], endpoint_id: str, occasion: Occasion) -> Finding:
    """`steps` are the endpoint's. A step that hears more than we need is left as it is."""
    name = f"{TABLE} {occasion.message}"
    bound = (occasion.message_id, occasion.filter_id)
    there = next(
        (row for row in steps if (row["_sdkmessageid_value"], row["_sdkmessagefilterid_value"]) == bound), None
    )
    if there is None:
        row_id = str(uuid5(NAMESPACE_URL, f"{endpoint_id}/{name}"))
        return _finding(name, _STEPS, row_id, None, _new_step(name, endpoint_id, occasion))
    changes: dict[str, Any] = {column: value for column, value in _ASYNCHRONOUS.items() if there[column] != value}
    heard = [column for column in (there["filteringattributes"] or "").split(",") if column]
    if occasion.message == "Update" and heard and not set(WATCHED_COLUMNS) <= set(heard):
        changes["filteringattributes"] = ",".join(dict.fromkeys([*heard, *WATCHED_COLUMNS]))
    if there["statecode"] != _ENABLED["statecode"]:
        changes |= _ENABLED
    return _finding(name, _STEPS, there["sdkmessageprocessingstepid"], there, changes)


@dataclass(frozen=True)
class DataverseSteps:
    """`Registrar` of one environment. Our application user may lack the right to these tables: MayNotRegister.

    `public_url` has no slash at its end.
    """

    client: DataverseClient
    connection: DataverseConnection
    public_url: str

    def look(self) -> list[Registration]:
        return [finding.registration for finding in self._findings()]

    def restore(self) -> list[Registration]:
        findings = self._findings()
        try:
            for finding in findings:
                if finding.write:
                    self.client.write(finding.write)
        except RefusedCall as refusal:
            raise _barred(refusal) from refusal
        return [finding.registration for finding in findings]

    def _findings(self) -> list[Finding]:
        """The endpoint first: its steps are bound to it."""
        try:
            rows = self.client.find(_ENDPOINTS, _ENDPOINT_COLUMNS, f"contract eq {WEBHOOK}")
            key = self.connection.webhook_key.get_secret_value()
            endpoint = decide_endpoint(rows, self.public_url + CALLBACK_PATH, key)
            steps = self.client.find(_STEPS, _STEP_COLUMNS, f"_eventhandler_value eq {endpoint.row_id}")
            return [endpoint, *(decide_step(steps, endpoint.row_id, each) for each in self._occasions())]
        except RefusedCall as refusal:
            raise _barred(refusal) from refusal

    def _occasions(self) -> list[Occasion]:
        names = " or ".join(f"name eq '{message}'" for message in MESSAGES)
        ids = {
            row["name"]: row["sdkmessageid"] for row in self.client.find("sdkmessages", ("name", "sdkmessageid"), names)
        }
        columns = ("sdkmessagefilterid", "_sdkmessageid_value")
        filters = self.client.find("sdkmessagefilters", columns, f"primaryobjecttypecode eq '{TABLE}'")
        by_message = {row["_sdkmessageid_value"]: row["sdkmessagefilterid"] for row in filters}
        try:
            return [Occasion(message, ids[message], by_message[ids[message]]) for message in MESSAGES]
        except KeyError:
            raise MayNotRegister(f"Dataverse does not show our user the messages {MESSAGES} of {TABLE}") from None


def _finding(name: str, entity_set: str, row_id: str, there: Row | None, changes: Mapping[str, Any]) -> Finding:
    if there is None:
        return Finding(Registration(name, exists=False), row_id, Write(entity_set, row_id, changes))
    write = Write(entity_set, row_id, changes, UPDATE_ONLY) if changes else None
    return Finding(Registration(name, exists=True, wrong=tuple(changes)), row_id, write)


def _new_step(name: str, endpoint_id: str, occasion: Occasion) -> dict[str, Any]:
    filtered = {"filteringattributes": ",".join(WATCHED_COLUMNS)} if occasion.message == "Update" else {}
    return {
        "name": f"Order orchestrator: {name}",
        **_ASYNCHRONOUS,
        **filtered,
        "rank": 1,
        "supporteddeployment": 0,  # on the server alone
        "asyncautodelete": True,  # system jobs that succeeded would fill the database
        "sdkmessageid@odata.bind": f"/sdkmessages({occasion.message_id})",
        "sdkmessagefilterid@odata.bind": f"/sdkmessagefilters({occasion.filter_id})",
        "eventhandler_serviceendpoint@odata.bind": f"/serviceendpoints({endpoint_id})",
    }


def _key(key: str) -> dict[str, Any]:
    return {"authtype": WEBHOOK_KEY, "authvalue": key}


def _barred(refusal: RefusedCall) -> RefusedCall | MayNotRegister:
    if refusal.status != 403:
        return refusal
    return MayNotRegister(f"our user may not register webhooks in Dataverse, a person must ({refusal})")


def _path(url: str | None) -> str:
    return urlsplit(url or "").path.rstrip("/")
