"""What a durable client binding gets: the URLs of the management API (reference: functions-host.md section 11)."""

import json

WEBHOOKS = "runtime/webhooks/durabletask"
RPC = "durabletask"


def management_urls(origin: str, hub: str, instance_id: str, key: str | None) -> dict[str, str]:
    """The management URLs of an instance; `{eventName}` and `{text}` are for the caller to fill in."""
    base = f"{origin}/{WEBHOOKS}/instances/{instance_id}"
    query = f"taskHub={hub}&connection=Storage" + (f"&code={key}" if key else "")
    return {
        "id": instance_id,
        "statusQueryGetUri": f"{base}?{query}",
        "sendEventPostUri": f"{base}/raiseEvent/{{eventName}}?{query}",
        "terminatePostUri": f"{base}/terminate?reason={{text}}&{query}",
        "rewindPostUri": f"{base}/rewind?reason={{text}}&{query}",
        "purgeHistoryDeleteUri": f"{base}?{query}",
        "restartPostUri": f"{base}/restart?{query}",
        "suspendPostUri": f"{base}/suspend?reason={{text}}&{query}",
        "resumePostUri": f"{base}/resume?reason={{text}}&{query}",
    }


def client_input(*, origin: str, rpc_origin: str, hub: str, key: str | None) -> str:
    """The JSON text of the binding; origins without a trailing slash, `key` the system key when keys are enforced."""
    creation = f"{origin}/{WEBHOOKS}/orchestrators/{{functionName}}[/{{instanceId}}]"
    code = f"code={key}" if key else ""
    wait = "timeout={timeoutInSeconds}&pollingInterval={intervalInSeconds}"
    return json.dumps(
        {
            "taskHubName": hub,
            "creationUrls": {
                "createNewInstancePostUri": f"{creation}?{code}",
                "createAndWaitOnNewInstancePostUri": f"{creation}?{wait}&{code}",
            },
            "managementUrls": management_urls(origin, hub, "INSTANCEID", key),
            "baseUrl": f"{origin}/{WEBHOOKS}",
            "requiredQueryStringParameters": code,
            "rpcBaseUrl": f"{rpc_origin}/{RPC}/",
        }
    )
