"""Webhook registrations, and the RemoteExecutionContext they are sent (reference: dataverse.md section 6)."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any, Literal
from urllib.parse import quote
from uuid import NAMESPACE_URL, uuid4, uuid5

from sandbox.systems.finops.schema import Column
from sandbox.systems.finops.store import Change
from sandbox.systems.kit import Callback, CallbackSender

WEBHOOK_SIZE_LIMIT = 256 * 1024
RETRIED_STATUSES = frozenset({502, 503, 504})
NOBODY = "00000000-0000-0000-0000-000000000000"
FAILED = 31
_CONTRACTS = "http://schemas.microsoft.com/xrm/2011/Contracts"
_ASYNCHRONOUS_POST_OPERATION: Mapping[str, Any] = {
    "Depth": 1,
    "InitiatingUserAgent": None,
    "InitiatingUserAzureActiveDirectoryObjectId": NOBODY,
    "IsExecutingOffline": False,
    "IsInTransaction": False,
    "IsOfflinePlayback": False,
    "IsolationMode": 1,
    "Mode": 1,
    "ParentContext": None,
    "PostEntityImages": [],
    "PreEntityImages": [],
    "SecondaryEntityName": "none",
    "SharedVariables": [],
    "Stage": 40,
    "UserAzureActiveDirectoryObjectId": NOBODY,
}
_STRIPPED = ("ParentContext", "InputParameters", "PreEntityImages", "PostEntityImages")


@dataclass(frozen=True)
class WebhookAuth:
    """`key` is sent as `?code=<value>`, `query` as `?<name>=<value>`, `header` as a header of its own."""

    kind: Literal["key", "header", "query"]
    value: str
    name: str = ""


@dataclass(frozen=True)
class Webhook:
    """One asynchronous step. `columns` filter Update messages: one must be in the request, whatever its value."""

    url: str
    entity: str = "salesorder"
    messages: tuple[Literal["Create", "Update", "Delete"], ...] = ("Create", "Update")
    columns: tuple[str, ...] = ()
    auth: WebhookAuth | None = None

    def wants(self, change: Change) -> bool:
        if change.table.name != self.entity or change.message not in self.messages:
            return False
        return change.message != "Update" or not self.columns or bool(change.submitted.intersection(self.columns))

    @property
    def address(self) -> str:
        if self.auth is None or self.auth.kind == "header":
            return self.url
        name = "code" if self.auth.kind == "key" else self.auth.name
        return f"{self.url}{'&' if '?' in self.url else '?'}{quote(name)}={quote(self.auth.value, safe='')}"

    def auth_headers(self) -> dict[str, str]:
        return {self.auth.name: self.auth.value} if self.auth and self.auth.kind == "header" else {}


class Webhooks:
    """The registered webhooks; each committed change goes to those that want it, in the background."""

    def __init__(self, sender: CallbackSender, organization: str, size_limit: int) -> None:
        self._sender = sender
        self._organization = organization
        self._size_limit = size_limit
        self._registered: dict[str, Webhook] = {}
        self._failed: list[dict[str, Any]] = []

    @property
    def failed_jobs(self) -> list[dict[str, Any]]:
        """Deliveries given up for good, as Dataverse lists them among its system jobs."""
        return list(self._failed)

    def registered(self, steps: Mapping[str, Webhook]) -> list[dict[str, Any]]:
        """The registrations, `steps` too, without their secrets, which can't be read back."""
        return [
            {"id": webhook_id, **asdict(webhook), "auth": webhook.auth and webhook.auth.kind}
            for webhook_id, webhook in {**self._registered, **steps}.items()
        ]

    def register(self, webhook: Webhook) -> str:
        """Registering the same step twice doubles its messages, as in Dataverse."""
        webhook_id = str(uuid4())
        self._registered[webhook_id] = webhook
        return webhook_id

    def unregister(self, webhook_id: str) -> bool:
        return self._registered.pop(webhook_id, None) is not None

    def forget_failed_jobs(self) -> None:
        self._failed.clear()

    def unregister_all(self) -> None:
        self._registered.clear()

    def heard(self, change: Change, steps: Mapping[str, Webhook]) -> None:
        """Send the change to every webhook that wants it; `steps` are those registered through the Web API."""
        for webhook_id, webhook in {**self._registered, **steps}.items():
            if webhook.wants(change):
                self._send(webhook_id, webhook, change)

    def _send(self, webhook_id: str, webhook: Webhook, change: Change) -> None:
        context = execution_context(change, self._organization, webhook_id)
        body = _encoded(context)
        row_id, entity = context["PrimaryEntityId"], change.table.name
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "x-ms-dynamics-organization": self._organization,
            "x-ms-dynamics-entity-name": entity,
            "x-ms-dynamics-request-name": change.message,
            "x-ms-correlation-request-id": context["CorrelationId"],
            **webhook.auth_headers(),
        }
        if len(body) > self._size_limit:
            headers["x-ms-dynamics-msg-size-exceeded"] = "true"
            body = _encoded({name: value for name, value in context.items() if name not in _STRIPPED})
        job = {
            "asyncoperationid": context["OperationId"],
            "entity": entity,
            "id": row_id,
            "message": change.message,
            "owner": webhook_id,
        }

        def failed(status: int | None) -> None:
            self._failed.append({**job, "statuscode": FAILED, "http_status": status})

        self._sender.send(
            Callback(webhook.address, f"{entity}/{change.message}", body, lambda: headers, given_up=failed)
        )


def execution_context(change: Change, organization: str, step_id: str) -> dict[str, Any]:
    """The RemoteExecutionContext of a change, as an asynchronous post-operation step gets it."""
    row_id = change.row[change.table.id_column]
    user, unit, organization_id = (
        str(uuid5(NAMESPACE_URL, f"{organization}/{name}")) for name in ("User", "BusinessUnit", "Organization")
    )
    return {
        **_ASYNCHRONOUS_POST_OPERATION,
        "BusinessUnitId": unit,
        "CorrelationId": str(uuid4()),
        "InitiatingUserId": user,
        "InputParameters": [{"key": "Target", "value": _target(change)}],
        "MessageName": change.message,
        "OperationCreatedOn": f"/Date({_milliseconds(datetime.now(UTC))}+0000)/",
        "OperationId": str(uuid4()),
        "OrganizationId": organization_id,
        "OrganizationName": organization.partition(".")[0],
        "OutputParameters": [{"key": "id", "value": row_id}] if change.message == "Create" else [],
        "OwningExtension": _reference(
            "sdkmessageprocessingstep", step_id, f"{change.table.name} {change.message}", typed=False
        ),
        "PrimaryEntityId": row_id,
        "PrimaryEntityName": change.table.name,
        "RequestId": str(uuid4()),
        "UserId": user,
    }


def _target(change: Change) -> dict[str, Any]:
    """On Update the submitted columns alone, on Create all that have a value, on Delete a mere reference."""
    table, row = change.table, change.row
    row_id = row[table.id_column]
    if change.message == "Delete":
        return _reference(table.name, row_id, None)
    shown = change.submitted | {table.id_column, "modifiedon"} if change.message == "Update" else row.keys()
    attributes = [
        {"key": column.name, "value": _attribute(column, row[name])}
        for name, column in table.properties.items()
        if name in shown and (change.message == "Update" or row[name] is not None)
    ]
    return {
        "__type": f"Entity:{_CONTRACTS}",
        "Attributes": attributes,
        "EntityState": None,
        "FormattedValues": [],
        "Id": row_id,
        "KeyAttributes": [],
        "LogicalName": table.name,
        "RelatedEntities": [],
        "RowVersion": None,
    }


def _attribute(column: Column, value: Any) -> Any:
    if value is None:
        return None
    match column.kind:
        case "lookup":
            return _reference(column.target, value, None)
        case "choice":
            return {"__type": f"OptionSetValue:{_CONTRACTS}", "Value": value}
        case "money":
            return {"__type": f"Money:{_CONTRACTS}", "Value": value}
        case "datetime" | "date":
            moment = datetime.fromisoformat(value)
            return f"/Date({_milliseconds(moment if moment.tzinfo else moment.replace(tzinfo=UTC))})/"
    return value


def _reference(table: str, row_id: str, name: str | None, *, typed: bool = True) -> dict[str, Any]:
    mark = {"__type": f"EntityReference:{_CONTRACTS}"} if typed else {}
    return {**mark, "Id": row_id, "KeyAttributes": [], "LogicalName": table, "Name": name, "RowVersion": None}


def _milliseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)


def _encoded(context: Mapping[str, Any]) -> bytes:
    """JSON as .NET's data contract serializer writes it, with every slash escaped."""
    return json.dumps(context, ensure_ascii=False, separators=(",", ":")).replace("/", r"\/").encode()
